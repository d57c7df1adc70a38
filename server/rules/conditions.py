"""Compiles conditions: from maps and words to the engine's conditions, every path and value checked."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from server.engine.conditions import All, AnyOf, At, Condition, Named, Not, OneOf, Same
from server.engine.facts import Kind, Sort
from server.engine.places import Place
from server.rules.answered import Answers
from server.rules.counts import Counts
from server.rules.diagnostics import Diagnostic, Findings
from server.rules.fields import NEVER, FieldRules
from server.rules.memory import Memory
from server.rules.names import Lookup, Names
from server.rules.nodes import Entry, Items, Node, Scalar, Table, items_of
from server.rules.relations import Relations
from server.rules.suggestions import did_you_mean, quoted
from server.rules.typed import INPUT, ROLE, Asked, PathError, Typed, resolve

_TALLEST = 5
"""How many facts may be built on one another: conditions are read by people, and by recursion."""


@dataclass(frozen=True, slots=True)
class _Fact:
    condition: Condition
    problems: tuple[Diagnostic, ...]
    height: int


class Conditions:
    """Compiles the conditions of one file. ``recalls`` and ``used`` fill up as it goes.

    ``recalls``: machines whose past some condition asks for. ``used``: the facts that are asked somewhere.
    """

    def __init__(self, names: Names, facts: Table, findings: Findings, zone: ZoneInfo) -> None:
        self.zone = zone
        self.recalls: set[str] = set()
        self.used: set[str] = set()
        self._names = names
        self._facts = facts
        self._findings = findings
        self._lookup = Lookup(names, findings)
        self._compiled: dict[tuple[str, Sort], _Fact] = {}
        self._open: tuple[str, ...] = ()
        self._height = 0
        self._words: dict[str, Callable[[Node, Asked], Condition]] = {
            "any": lambda node, asked: AnyOf(self._parts(node, asked)),
            "all": lambda node, asked: All(self._parts(node, asked)),
            "not": lambda node, asked: Not(self.compile(node, asked)),
            "some": lambda node, asked: self._counts().some(node, asked),
            "none": lambda node, asked: self._counts().none(node, asked),
            "count": lambda node, asked: self._counts().count(node, asked),
            "last": lambda node, asked: self._counts().last(node, asked),
            "been": lambda node, asked: self._memory().been(node, asked),
            "did": lambda node, asked: self._memory().did(node, asked),
            "age": lambda node, asked: self._memory().age(node, asked),
        }

    def compile(self, node: Node, asked: Asked) -> Condition:
        """One condition. What is wrong with it goes to the findings; something harmless then stands in."""
        if isinstance(node, Scalar):
            return self._fact(str(node.value), node.place, asked)
        if isinstance(node, Table):
            parts = tuple(self._part(key, entry, asked) for key, entry in node.entries.items())
            return parts[0] if len(parts) == 1 else All(parts)
        return NEVER

    def given(self, node: Node | None, asked: Asked) -> Condition | None:
        """The condition that may stand there; None where there is none."""
        return None if node is None else self.compile(node, asked)

    def _counts(self) -> Counts:
        return Counts(self.fields(), self.compile)

    def _memory(self) -> Memory:
        return Memory(self.fields(), self.recalls)

    def fields(self) -> FieldRules:
        """What is said of fields, with the problems going where those of conditions go."""
        return FieldRules(self._names, self._findings, self.zone)

    def _parts(self, node: Node, asked: Asked) -> tuple[Condition, ...]:
        return tuple(self.compile(item, asked) for item in items_of(node))

    def _part(self, key: str, entry: Entry, asked: Asked) -> Condition:
        if key in self._words:
            return self._words[key](entry.node, asked)
        if key.partition(".")[0] == INPUT:
            return Answers(self.fields()).test(key.partition(".")[2], entry, asked)
        try:
            typed = resolve(key, asked, self._names)
        except PathError as error:
            near = "" if "." in key or "did you mean" in error.message else did_you_mean(key, self._words)
            self._findings.error("unknown-path", entry.place, f"{error.message}{near}", error.hint)
            return NEVER
        return self._test(key, typed, entry, asked)

    def _test(self, key: str, typed: Typed, entry: Entry, asked: Asked) -> Condition:
        path = typed.path
        if path.many is not None:
            hint = f"write some: {{of: {key}, where: ...}}, or none, or count"
            self._findings.error("not-a-value", entry.place, f"{quoted(key)} is a list of records", hint)
            return NEVER
        if path.value is None:
            return self._of_record(key, typed, entry, asked)
        if self._names.head(path.value) is not None:
            return self.fields().test(key, typed, entry.node, asked)
        return self._of_status(key, typed, entry, asked)

    def _of_status(self, key: str, typed: Typed, entry: Entry, asked: Asked) -> Condition:
        path = typed.path
        if isinstance(entry.node, Table) or (isinstance(entry.node, Scalar) and not isinstance(entry.node.value, str)):
            message = f"{quoted(key)} is compared with a word or a list of words"
            self._findings.error("wrong-type", entry.node.place, message)
            return NEVER
        same = self._same(typed, entry.node, asked)
        if same is not None:
            return same
        return OneOf(path, self._values(str(path.value), entry.node))

    def _of_record(self, key: str, typed: Typed, entry: Entry, asked: Asked) -> Condition:
        identical = Relations(self._names, self._findings).identical(key, typed, entry.node, asked)
        if identical is not None:
            return identical
        if isinstance(entry.node, Items) or (isinstance(entry.node, Scalar) and not isinstance(entry.node.value, str)):
            message = f"{quoted(key)} is a record: ask a fact or a condition of it"
            self._findings.error("wrong-type", entry.node.place, message, f"{key}: {{...}}")
            return NEVER
        return At(typed.path, self.compile(entry.node, asked.at(typed.kind)))

    def _values(self, value: str, node: Node) -> frozenset[str]:
        if value == ROLE:
            return self._lookup.set_of("role", node, self._names.roles)
        return self._lookup.statuses(value, node)

    def _same(self, typed: Typed, node: Node, asked: Asked) -> Condition | None:
        """A comparison with another path, which has a dot; None for a plain word."""
        text = node.value if isinstance(node, Scalar) else None
        if not isinstance(node, Scalar) or not isinstance(text, str) or "." not in text:
            return None
        other = self._lookup.path(node, asked)
        if other is None:
            return NEVER
        if other.path.value != typed.path.value:
            message = f"{quoted(text)} cannot be compared with {typed.path.value}"
            self._findings.error("wrong-type", node.place, message, f"both must end in {typed.path.value}")
        return Same(typed.path, other.path)

    def _fact(self, name: str, place: Place, asked: Asked) -> Condition:
        if not self._lookup.known("fact", name, self._names.facts, place):
            return NEVER
        self.used.add(name)
        if name in self._open:
            circle = " -> ".join((*self._open[self._open.index(name) :], name))
            message = f"the facts are defined by each other: {circle}"
            self._findings.error("fact-cycle", place, message, "let one of them name none of the others")
            return NEVER
        found = self._fact_on(name, asked.kind) if len(self._open) < _TALLEST else None
        if found is None or len(self._open) + found.height > _TALLEST:
            self._findings.error("too-deep", place, f"more than {_TALLEST} facts are built on one another here")
            return NEVER
        self._height = max(self._height, found.height)
        if found.problems and self._fits_somewhere(name):
            message = f"the fact {name} cannot be asked of a {asked.kind}: {found.problems[0].message}"
            sides = f"ask it of a side: {{mentor: {name}}} or {{mentee: {name}}}" if asked.kind is Kind.PAIR else None
            self._findings.error("fact-not-for-kind", place, message, sides or found.problems[0].hint)
        return Named(name, found.condition)

    def _fits_somewhere(self, name: str) -> bool:
        return any(not self._fact_on(name, kind).problems for kind in self._names.sorts)

    def _fact_on(self, name: str, kind: Sort) -> _Fact:
        known = self._compiled.get((name, kind))
        if known is None:
            outer, self._findings = self._findings, self._findings.apart()
            self._lookup = Lookup(self._names, self._findings)
            self._open, outer_height, self._height = (*self._open, name), self._height, 0
            condition = self.compile(self._facts.entries[name].node, Asked(kind))
            known = _Fact(condition, self._findings.all(), self._height + 1)
            self._open, self._height = self._open[:-1], outer_height
            self._findings, self._lookup = outer, Lookup(self._names, outer)
            self._compiled[name, kind] = known
        return known

    def facts(self, broken: frozenset[str]) -> dict[str, Condition]:
        """All facts, each as asked of the first kind of record it fits; those that fit none are told."""
        found: dict[str, Condition] = {}
        for name in self._facts.entries:
            if name in broken:
                continue
            attempts = [self._fact_on(name, kind) for kind in (Kind.PERSONA, Kind.USER, Kind.PAIR, *self._names.sorts)]
            best = min(attempts, key=lambda attempt: len(attempt.problems))
            found[name] = best.condition
            for problem in best.problems:
                self._findings.add(problem)
        return found
