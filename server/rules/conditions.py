"""Compiles conditions: from maps and words to the engine's conditions, every path and value checked."""

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from server.engine.conditions import All, Answered, AnyOf, At, Been, Condition, Count, Filled, Named, Not, OneOf, Same
from server.engine.facts import Kind
from server.engine.paths import Path
from server.engine.places import Place
from server.rules.diagnostics import Diagnostic, Findings
from server.rules.fields import FieldRules
from server.rules.names import Lookup, Names
from server.rules.nodes import Entry, Items, Node, Scalar, Table
from server.rules.relations import Relations
from server.rules.suggestions import did_you_mean, listed, quoted
from server.rules.times import read_age
from server.rules.typed import INPUT, PLACEMENTS, ROLE, Asked, PathError, Typed, resolve

_NEVER = All(())
"""What stands in for a condition that could not be compiled; the errors keep it from being used."""

_PRESENCE = {"set": True, "empty": False}
_COUNTS = ("at_least", "at_most", "exactly")
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
        self._zone = zone
        self.recalls: set[str] = set()
        self.used: set[str] = set()
        self._names = names
        self._facts = facts
        self._findings = findings
        self._lookup = Lookup(names, findings)
        self._compiled: dict[tuple[str, Kind], _Fact] = {}
        self._open: tuple[str, ...] = ()
        self._height = 0
        self._words: dict[str, Callable[[Node, Asked], Condition]] = {
            "any": lambda node, asked: AnyOf(self._parts(node, asked)),
            "all": lambda node, asked: All(self._parts(node, asked)),
            "not": lambda node, asked: Not(self.compile(node, asked)),
            "some": lambda node, asked: self._listed(node, asked, 1, None),
            "none": lambda node, asked: self._listed(node, asked, 0, 0),
            "count": self._count,
            "been": lambda node, asked: self._of_machines(node, asked, self._been_one),
            "age": lambda node, asked: self._of_machines(node, asked, self._age_one),
        }

    def compile(self, node: Node, asked: Asked) -> Condition:
        """One condition. What is wrong with it goes to the findings; something harmless then stands in."""
        if isinstance(node, Scalar):
            return self._fact(str(node.value), node.place, asked)
        if isinstance(node, Table):
            parts = tuple(self._part(key, entry, asked) for key, entry in node.entries.items())
            return parts[0] if len(parts) == 1 else All(parts)
        return _NEVER

    def _parts(self, node: Node, asked: Asked) -> tuple[Condition, ...]:
        return tuple(self.compile(item, asked) for item in node.items) if isinstance(node, Items) else ()

    def _part(self, key: str, entry: Entry, asked: Asked) -> Condition:
        if key in self._words:
            return self._words[key](entry.node, asked)
        if key.partition(".")[0] == INPUT:
            return self._answered(key.partition(".")[2], entry, asked)
        try:
            typed = resolve(key, asked, self._names.values_of)
        except PathError as error:
            near = "" if "." in key or "did you mean" in error.message else did_you_mean(key, self._words)
            self._findings.error("unknown-path", entry.place, f"{error.message}{near}", error.hint)
            return _NEVER
        return self._test(key, typed, entry, asked)

    def _test(self, key: str, typed: Typed, entry: Entry, asked: Asked) -> Condition:
        path = typed.path
        if path.many is not None:
            hint = f"write some: {{of: {key}, where: ...}}, or none, or count"
            self._findings.error("not-a-value", entry.place, f"{quoted(key)} is a list of records", hint)
            return _NEVER
        if path.value is None:
            return self._of_record(key, typed, entry, asked)
        if path.value in self._names.fields:
            return FieldRules(self._names, self._findings).test(key, typed, entry.node, asked)
        return self._of_status(key, typed, entry, asked)

    def _of_status(self, key: str, typed: Typed, entry: Entry, asked: Asked) -> Condition:
        path = typed.path
        if isinstance(entry.node, Table) or (isinstance(entry.node, Scalar) and not isinstance(entry.node.value, str)):
            message = f"{quoted(key)} is compared with a word or a list of words"
            self._findings.error("wrong-type", entry.node.place, message)
            return _NEVER
        same = self._same(typed, entry.node, asked)
        if same is not None:
            return same
        if path.value in PLACEMENTS:
            return self._filled(typed, entry.node)
        return OneOf(path, self._values(str(path.value), entry.node))

    def _of_record(self, key: str, typed: Typed, entry: Entry, asked: Asked) -> Condition:
        identical = Relations(self._names, self._findings).identical(key, typed, entry.node, asked)
        if identical is not None:
            return identical
        if isinstance(entry.node, Items) or (isinstance(entry.node, Scalar) and not isinstance(entry.node.value, str)):
            message = f"{quoted(key)} is a record: ask a fact or a condition of it"
            self._findings.error("wrong-type", entry.node.place, message, f"{key}: {{...}}")
            return _NEVER
        return At(typed.path, self.compile(entry.node, asked.at(typed.kind)))

    def _values(self, value: str, node: Node) -> frozenset[str]:
        if value == ROLE:
            return self._lookup.set_of("role", node, self._names.roles)
        return self._lookup.statuses(value, node)

    def _same(self, typed: Typed, node: Node, asked: Asked) -> Condition | None:
        """A comparison with another path, which begins with this or created; None for a plain word."""
        text = node.value if isinstance(node, Scalar) else None
        if not isinstance(text, str) or text.split(".")[0] not in {"this", "created", "actor"}:
            return None
        try:
            other = resolve(text, asked, self._names.values_of)
        except PathError as error:
            self._findings.error("unknown-path", node.place, error.message, error.hint)
            return _NEVER
        if other.path.value != typed.path.value:
            message = f"{quoted(text)} cannot be compared with {typed.path.value}"
            self._findings.error("wrong-type", node.place, message, f"both must end in {typed.path.value}")
        return Same(typed.path, other.path)

    def _filled(self, typed: Typed, node: Node) -> Condition:
        text = node.value if isinstance(node, Scalar) else None
        if not isinstance(text, str) or text not in _PRESENCE:
            message = f"{typed.path.value} can be asked whether it is set or empty"
            self._findings.error("unknown-value", node.place, message, listed(_PRESENCE))
            return _NEVER
        return Filled(typed.path, _PRESENCE[text])

    def _answered(self, key: str, entry: Entry, asked: Asked) -> Condition:
        if asked.questions is None:
            self._findings.error("answer-not-known", entry.place, f"input.{quoted(key)}: {asked.unanswered}")
            return _NEVER
        if not self._lookup.known("input", key, self._names.types, entry.place):
            return _NEVER
        if key in asked.later:
            message = f"{key} is not asked before this question, so its answer is not known"
            self._findings.error("not-asked", entry.place, message, f"ask {key} further up")
        elif key not in asked.questions:
            message = f"the transition does not ask {key}"
            self._findings.error("not-asked", entry.place, message, f"add {key} to its ask")
        kind = self._names.types[key]
        if kind == "boolean":
            return Answered(key, self._truths(entry.node))
        if kind != "choice":
            message = f"{key} is a {kind}: only answers of the types choice and boolean can be compared"
            self._findings.error("wrong-type", entry.place, message)
            return _NEVER
        return Answered(key, self._lookup.set_of(f"choice of {key}", entry.node, self._names.choices[key]))

    def _truths(self, node: Node) -> frozenset[str]:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return frozenset({str(node.value).lower()})
        self._findings.error("wrong-type", node.place, "this answer is true or false")
        return frozenset()

    def _of_machines(self, node: Node, asked: Asked, one: Callable[[str, Entry, Asked], Condition]) -> Condition:
        """A map whose keys are paths to machines."""
        entries = node.entries.items() if isinstance(node, Table) else ()
        parts = tuple(one(key, entry, asked) for key, entry in entries)
        return parts[0] if len(parts) == 1 else All(parts)

    def _machine(self, key: str, entry: Entry, asked: Asked, said: str) -> Path | None:
        try:
            path = resolve(key, asked, self._names.values_of).path
        except PathError as error:
            self._findings.error("unknown-path", entry.place, error.message, error.hint)
            return None
        if path.value is None or path.value not in self._names.owners:
            message = f"{said}; {quoted(key)} is none"
            self._findings.error("wrong-type", entry.place, message, listed(self._names.owners))
            return None
        return path

    def _been_one(self, key: str, entry: Entry, asked: Asked) -> Condition:
        path = self._machine(key, entry, asked, "been asks for statuses a record has had")
        if path is None or path.value is None:
            return _NEVER
        self.recalls.add(path.value)
        return Been(path, self._lookup.statuses(path.value, entry.node))

    def _age_one(self, key: str, entry: Entry, asked: Asked) -> Condition:
        path = self._machine(key, entry, asked, "age asks how long a record has been in a status")
        return _NEVER if path is None else read_age(path, self._zone, entry.node, self._findings)

    def _listed(self, node: Node, asked: Asked, at_least: int, at_most: int | None) -> Condition:
        of = node.get("of") if isinstance(node, Table) else None
        if not isinstance(node, Table) or not isinstance(of, Scalar):
            return _NEVER
        typed = self.records(of, asked)
        if typed is None:
            return _NEVER
        where = node.get("where")
        inner = None if where is None else self.compile(where, asked.at(typed.kind))
        return Count(typed.path, inner, at_least, at_most)

    def records(self, node: Scalar, asked: Asked) -> Typed | None:
        """The path of a list of records; None, with an error, where it is none."""
        try:
            typed = resolve(str(node.value), asked, self._names.values_of)
        except PathError as error:
            self._findings.error("unknown-path", node.place, error.message, error.hint)
            return None
        if typed.path.many is None:
            message = f"{quoted(node.value)} is not a list of records"
            self._findings.error("not-a-list", node.place, message, listed(("personas", "matches", "sides")))
            return None
        return typed

    def _count(self, node: Node, asked: Asked) -> Condition:
        limits = {key: _whole(node, key) for key in _COUNTS}
        if limits["exactly"] is not None:
            if limits["at_least"] is not None or limits["at_most"] is not None:
                self._findings.error("contradiction", node.place, "exactly stands alone, without at_least and at_most")
            return self._listed(node, asked, limits["exactly"], limits["exactly"])
        least, most = limits["at_least"], limits["at_most"]
        if least is None and most is None:
            self._findings.error("missing-key", node.place, "count needs at_least, at_most or exactly")
        elif least is not None and most is not None and least > most:
            self._findings.error("contradiction", node.place, f"at_least {least} is more than at_most {most}")
        return self._listed(node, asked, least or 0, most)

    def _fact(self, name: str, place: Place, asked: Asked) -> Condition:
        if not self._lookup.known("fact", name, self._names.facts, place):
            return _NEVER
        self.used.add(name)
        if name in self._open:
            circle = " -> ".join((*self._open[self._open.index(name) :], name))
            self._findings.error("fact-cycle", place, f"the facts are defined by each other: {circle}")
            return _NEVER
        found = self._fact_on(name, asked.kind) if len(self._open) < _TALLEST else None
        if found is None or len(self._open) + found.height > _TALLEST:
            self._findings.error("too-deep", place, f"more than {_TALLEST} facts are built on one another here")
            return _NEVER
        self._height = max(self._height, found.height)
        if found.problems and self._fits_somewhere(name):
            message = f"the fact {name} cannot be asked of a {asked.kind.value}: {found.problems[0].message}"
            self._findings.error("fact-not-for-kind", place, message, found.problems[0].hint)
        return Named(name, found.condition)

    def _fits_somewhere(self, name: str) -> bool:
        return any(not self._fact_on(name, kind).problems for kind in Kind)

    def _fact_on(self, name: str, kind: Kind) -> _Fact:
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
            attempts = [self._fact_on(name, kind) for kind in (Kind.PERSONA, Kind.USER, Kind.PAIR)]
            best = min(attempts, key=lambda attempt: len(attempt.problems))
            found[name] = best.condition
            for problem in best.problems:
                self._findings.add(problem)
        return found


def _whole(node: Node, key: str) -> int | None:
    found = node.get(key) if isinstance(node, Table) else None
    return found.value if isinstance(found, Scalar) and isinstance(found.value, int) else None
