"""From nodes to a ruleset: all names and types checked, every problem told, nothing half-made handed out."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from server.engine.conditions import Condition
from server.engine.examples import Example
from server.engine.facts import Kind, Sort
from server.engine.places import Place
from server.engine.ruleset import Field, Invariant, Requirement, Ruleset
from server.engine.surroundings import looked_at
from server.rules.acts import written_out
from server.rules.conditions import Conditions
from server.rules.derived import Derivations
from server.rules.diagnostics import Findings
from server.rules.effects import Effects, check_chains
from server.rules.examples import Examples, check_examples
from server.rules.intake import check_strangers
from server.rules.layout import places
from server.rules.lint import lint
from server.rules.messages import Messages
from server.rules.moved import moved
from server.rules.names import Lookup, gather
from server.rules.nodes import Items, Node, Table, child, section, word
from server.rules.outcomes import Outcomes, led_back, returning, started
from server.rules.sections import Sections
from server.rules.settling import check_settling
from server.rules.shape import check_shape
from server.rules.sight import Sight
from server.rules.times import zone_of
from server.rules.transitions import Transitions
from server.rules.typed import Asked

_NO_QUESTIONS = "answers are known only in the effects of the transition that asks"


def compile_rules(root: Node, texts: tuple[str, ...], findings: Findings, *, examined: bool = True) -> Ruleset | None:
    """Compiles a complete set of rules. ``texts`` are the effective text, of which the revision is the hash.

    ``examined``: its examples are played; without it, only read. None when there are errors; they are in the
    findings, all of them.
    """
    checked = findings.apart()
    broken = check_shape(root, checked)
    ruleset = _Compiler.of(root, broken, checked).ruleset(texts) if isinstance(root, Table) else None
    if ruleset is not None and examined:
        check_examples(ruleset, checked)
    failed = checked.failed
    for found in checked.all():
        findings.add(found)
    return None if failed else ruleset


def revision_of(texts: tuple[str, ...]) -> str:
    """The name of rules with this effective text."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "replace")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class _Compiler:
    root: Table
    places: Mapping[str, Place]
    zone: ZoneInfo
    sections: Sections
    conditions: Conditions
    effects: Effects
    messages: Messages
    findings: Findings

    @classmethod
    def of(cls, file: Table, broken: frozenset[tuple[str, ...]], findings: Findings) -> "_Compiler":
        root = written_out(file, broken, findings)
        names, zone = gather(root), zone_of(root, findings)
        conditions = Conditions(names, section(root, "facts"), findings, zone)
        sections = Sections(root, names, findings, broken)
        messages = Messages(root, names, findings, broken)
        effects = Effects(names, conditions, messages, findings)
        return cls(root, places(file), zone, sections, conditions, effects, messages, findings)

    def ruleset(self, texts: tuple[str, ...]) -> Ruleset | None:
        sections, names = self.sections, self.sections.names
        categories, inputs = sections.categories(), sections.inputs(self.zone)
        sight = Sight(names, self.conditions, self.findings)
        check_chains(names, self.findings)
        outcomes = Outcomes(names, self.conditions, self.effects, self.findings)
        compiling = Transitions(names, sections, self.conditions, self.effects, outcomes, inputs, self.findings)
        machines = sections.machines(categories, outcomes)
        transitions = led_back(started(compiling.compile(), machines), self.root, self.findings)
        sections.check_groups()
        compiled = Ruleset(
            program=word(self.root, "program") or "",
            title=word(self.root, "title") or "",
            revision=revision_of(texts),
            texts=texts,
            machines=machines,
            transitions=transitions,
            categories=categories,
            actors=sections.actors(),
            roles=sections.roles(),
            acts=sections.allowed("acts"),
            events=sections.allowed("events"),
            facts=self.conditions.facts(self._broken_facts()),
            inputs=inputs,
            kinds=sections.kinds(),
            fields=sight.fields(sections.fields(), sections.things("fields")),
            finds=sight.finds(sections.things("finds")),
            derived=self._derived(),
            can_communicate=self._can_communicate(),
            invariants=tuple(self._invariants()),
            examples=self._examples(),
            messages=self.messages.compile(),
            support_contact=word(self.root, "support_contact"),
            zone=self.zone,
            moved=moved(self.root, names, self.findings, sections.broken),
            places=self.places,
            recalls=frozenset(self.conditions.recalls).union(returning(transitions)),
        )
        if not self.findings.failed:
            check_settling(compiled, self.root, self.findings)
            check_strangers(compiled, self.findings)
        if self.findings.failed:
            return None
        used = {"facts": self.conditions.used, "groups": names.groups_used}
        lint(compiled, self.root, used, self.findings)
        return replace(compiled, surroundings=looked_at(compiled))

    def _examples(self) -> tuple[Example, ...]:
        # Their conditions are compiled apart: what only an example asks, no rule recalls or uses.
        names = self.sections.names
        conditions = Conditions(names, section(self.root, "facts"), self.findings, self.zone)
        return Examples(self.root, names, conditions, self.findings).compile(self.sections.things("examples"))

    def _derived(self) -> dict[str, Field]:
        sections = self.sections
        return Derivations(self.root, sections.names, self.conditions, self.findings, sections.broken).compile()

    def _broken_facts(self) -> frozenset[str]:
        every = section(self.root, "facts").entries
        broken = self.sections.broken
        return frozenset(every) if ("facts",) in broken else frozenset(k for k in every if ("facts", k) in broken)

    def _can_communicate(self) -> tuple[Requirement, ...]:
        node = self.root.get("can_communicate")
        if not isinstance(node, Items) or any(path[0] == "can_communicate" for path in self.sections.broken if path):
            return ()
        asked = Asked(Kind.PAIR, Kind.PAIR, unanswered=_NO_QUESTIONS)
        return tuple(
            Requirement(
                f"CAN_COMMUNICATE_{position}",
                self._condition(item, "that", asked),
                word(item, "otherwise") or "",
                item.place,
            )
            for position, item in enumerate(node.items, 1)
        )

    def _condition(self, node: Node, key: str, asked: Asked) -> Condition:
        return self.conditions.compile(child(node, key) or node, asked)

    def _invariants(self) -> Iterator[Invariant]:
        sorts = self.sections.names.sorts
        for key, node in self.sections.things("invariants"):
            named, place = word(node, "about") or Kind.USER, (node.get("about") or node).place
            if Lookup(self.sections.names, self.findings).known("kind", named, sorts, place):
                yield self._invariant(key, node, next(sort for sort in sorts if sort == named))

    def _invariant(self, key: str, node: Table, about: Sort) -> Invariant:
        if "per" in node.entries and about not in {Kind.USER, Kind.PERSONA}:
            message = f"per: role looks at the personas of one person; a {about} is not about one"
            self.findings.error("contradiction", node.place_of("per"), message)
        never = self._condition(node, "never", Asked(about, about, unanswered=_NO_QUESTIONS))
        place = section(self.root, "invariants").place_of(key)
        return Invariant(key, about, "per" in node.entries, never, word(node, "because") or "", place)
