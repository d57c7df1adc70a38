"""Compiles transitions: the move, who may press it, what it needs, asks and warns of, what follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from server.engine.conditions import Condition
from server.engine.facts import Kind, Sort
from server.engine.kinds import BETWEEN
from server.engine.outcomes import Case
from server.engine.places import Place
from server.engine.questions import Input, Question
from server.engine.ruleset import PLATFORM, Caution, Requirement, Transition
from server.rules.acts import OFFERED
from server.rules.allowed import allowed
from server.rules.automatic import Automatics
from server.rules.conditions import Conditions
from server.rules.diagnostics import Findings
from server.rules.effects import Effects
from server.rules.intake import Intakes
from server.rules.names import CREATED, Lookup, Names, created, platform_too
from server.rules.nodes import Node, Table, child, flag, section, word
from server.rules.outcomes import Outcomes
from server.rules.questions import Questions
from server.rules.sections import Sections
from server.rules.typed import Asked

_BY_ITSELF = "what happens by itself is pressed by nobody"
_NO_ANSWERS = "the situation decides whether a button is offered, before anything is answered"


@dataclass(frozen=True, slots=True)
class Transitions:
    """Compiles the transitions of one file."""

    names: Names
    sections: Sections
    conditions: Conditions
    effects: Effects
    outcomes: Outcomes
    inputs: dict[str, Input]
    findings: Findings

    def compile(self) -> dict[str, Transition]:
        """All transitions, in the order of the file; those with an unknown machine are left out."""
        found = {key: self._transition(key, node) for key, node in self.sections.things("transitions")}
        return {key: transition for key, transition in found.items() if transition is not None}

    def _transition(self, key: str, node: Table) -> Transition | None:
        machine, lookup = word(node, "machine") or "", Lookup(self.names, self.findings)
        allow = self._actors(node, lookup) | platform_too(node)
        known = lookup.known("machine", machine, self.names.owners, _value(node, "machine"))
        if not known or machine not in self.names.statuses:
            return None
        owner, creates = self.names.owners[machine], self._creates(node)
        place = section(self.sections.root, "transitions").place_of(key)
        self._check_creates(node, creates, owner, machine)
        asked = self._asked(owner, creates)
        pressed = replace(asked, nobody=_BY_ITSELF if platform_too(node) else None)
        automatics = Automatics(self.conditions, self.findings)
        follows = self._after(key, node, Kind.PERSONA if creates is Kind.USER else owner)
        cases = self.outcomes.cases(key, node, replace(pressed, questions=self.names.transitions[key].asked), follows)
        sources = self._sources(key, node, machine, place)
        cases = tuple(replace(case, back=sources) if case.stays else case for case in cases)
        nowhere = sources.intersection(case.to for case in cases)
        self._check_restarts(node, cases)
        self._check_moves(key, node, nowhere)
        return Transition(
            id=key,
            machine=machine,
            label=word(node, "label") or "",
            cases=cases,
            sources=sources,
            allow=allow,
            place=place,
            help=word(node, "help"),
            creates=creates,
            roles=self.sections.roles_of(machine, node, creates),
            requires=self._requires(section(node, "require"), pressed),
            asks=self._asks(node, pressed),
            cautions=self._cautions(section(node, "warn"), pressed),
            effects=self.effects.compile(node.get("then"), follows, self.names.transitions[key].certain),
            event=automatics.event(node, lookup),
            automatic=automatics.compile(key, node, asked, nowhere=nowhere, stays=any(case.stays for case in cases)),
            undo=self._undo(node, creates, lookup),
            allow_if=self._allow_if(node, replace(asked, nobody=None)),
            partners=self._partners(node, creates),
            quiet=self.outcomes.quiet(node),
            existing=self.outcomes.existing(key, node, creates),
            intake=Intakes(self.names, self.findings).compile(key, node, creates),
            offered=OFFERED not in node.entries,
            restarts=flag(node, "restarts"),
        )

    def _actors(self, node: Table, lookup: Lookup) -> frozenset[str]:
        """Whom its allow names, with or without a condition."""
        found: set[str] = set()
        for each in allowed(node.get("allow")):
            if not lookup.known("actor", each.key, self.names.actors, each.place):
                continue
            if each.key in found:
                self.findings.error("duplicate-item", each.place, f"{each.key} is named twice in allow")
            if each.key == PLATFORM and each.condition is not None:
                message = f"{PLATFORM} is nobody of whom anything could hold"
                self.findings.error("contradiction", each.place, message, "put the condition under require")
            found.add(each.key)
        return frozenset(found)

    def _allow_if(self, node: Table, asked: Asked) -> Mapping[str, Condition]:
        """What must hold for an actor to count, for those of whom something must."""
        given = allowed(node.get("allow"))
        return {each.key: self.conditions.compile(each.condition, asked) for each in given if each.condition}

    def _creates(self, node: Table) -> Sort | None:
        name = word(node, "creates")
        if name is None:
            return None
        lookup, known = Lookup(self.names, self.findings), (*CREATED, *self.names.kinds)
        lookup.known("kind", name, known, _value(node, "creates"))
        return created(name, self.names.kinds)

    def _partners(self, node: Table, creates: Sort | None) -> Condition | None:
        """Who can be named unseen as the second of two: asked of that record, ``this`` being the one who names."""
        between = () if creates is None else self.names.ends(creates)
        if "partners" not in node.entries:
            return None
        if len(between) < BETWEEN:
            message = "partners says who can be named as the other side of a new pair, or of what stands between two"
            self.findings.error("contradiction", node.place_of("partners"), message, "write it beside creates: pair")
            return None
        asked = Asked(between[1], between[0], unanswered=_NO_ANSWERS, nobody=None)
        return self._condition(node, "partners", asked)

    @staticmethod
    def _asked(owner: Sort, creates: Sort | None) -> Asked:
        """Where its conditions stand: on the record it moves, or on the user who is given a persona."""
        if creates in {Kind.USER, Kind.PERSONA}:
            return Asked(Kind.USER, Kind.USER, Kind.PERSONA, None, _NO_ANSWERS)
        return Asked(owner, owner, None, None, _NO_ANSWERS)

    def _check_creates(self, node: Table, creates: Sort | None, owner: Sort, machine: str) -> None:
        if creates is not None and creates != owner:
            message = f"creates: {creates}, but {machine} lives on a {owner}"
            self.findings.error("contradiction", _value(node, "creates"), message)

    def _check_restarts(self, node: Table, cases: tuple[Case, ...]) -> None:
        if "restarts" in node.entries and not any(case.stays for case in cases):
            message = "time in a status begins anew in any case for what comes into it"
            self.findings.error("contradiction", node.place_of("restarts"), message, "restarts belongs to to: same")

    def _sources(self, key: str, node: Table, machine: str, place: Place) -> frozenset[str]:
        start, creates, lookup = node.get("from"), node.get("creates"), Lookup(self.names, self.findings)
        if creates is not None:
            if start is not None:
                message = f"{key} creates a record, so it starts from nothing"
                self.findings.error("contradiction", node.place_of("from"), message, "take away from, or creates")
            return frozenset()
        if start is None:
            hint = "say from which statuses it starts, or what it creates"
            self.findings.error("missing-key", place, f"transitions.{key} needs the key from", hint)
            return frozenset()
        if isinstance(start, Table):
            every = frozenset(self.names.statuses[machine])
            return every - lookup.statuses(machine, start.get("except"))
        return lookup.statuses(machine, start)

    def _check_moves(self, key: str, node: Table, nowhere: frozenset[str]) -> None:
        for status in sorted(nowhere):
            message, hint = f"{key} leads from {status} to {status}, which is no change", f"leave {status} out of from"
            self.findings.warn("moves-nowhere", node.place_of("from"), message, f"{hint}, or write to: same")

    def _requires(self, node: Table, asked: Asked) -> tuple[Requirement, ...]:
        found = [(code, self._condition(entry.node, "that", asked), entry) for code, entry in node.entries.items()]
        return tuple(
            Requirement(code, that, word(entry.node, "otherwise") or "", entry.place)
            for code, that, entry in found
            if that is not None
        )

    def _cautions(self, node: Table, asked: Asked) -> tuple[Caution, ...]:
        return tuple(
            Caution(code, word(entry.node, "text") or "", self._condition(entry.node, "when", asked), entry.place)
            for code, entry in node.entries.items()
        )

    def _condition(self, node: Node, key: str, asked: Asked) -> Condition | None:
        return self.conditions.given(child(node, key), asked)

    def _asks(self, node: Table, asked: Asked) -> tuple[Question, ...]:
        things = self.sections.things("inputs")
        defaults = {key: found for key, each in things if (found := each.get("default")) is not None}
        questions = Questions(self.names, self.conditions, self.inputs, defaults, self.findings)
        return questions.compile(node.get("ask"), asked)

    def _after(self, key: str, node: Table, owner: Sort) -> Asked:
        """Where what follows stands: on the record that was moved or made, the answers being known."""
        nobody = _BY_ITSELF if platform_too(node) else None
        return Asked(owner, owner, None, self.names.transitions[key].asked, nobody=nobody)

    def _undo(self, node: Table, creates: Sort | None, lookup: Lookup) -> str | None:
        undo = word(node, "undo")
        if undo is None:
            return None
        place = _value(node, "undo")
        if creates is None:
            self.findings.error("contradiction", node.place_of("undo"), "undo belongs to what creates a record")
        elif lookup.known("transition", undo, self.names.transitions, place):
            kind = self.names.transitions[undo].kind
            if kind is not None and (kind != creates or self.names.transitions[undo].creates is not None):
                message = f"{undo} does not move the {creates} that is created"
                self.findings.error("wrong-kind", place, message)
        return undo


def _value(node: Table, key: str) -> Place:
    """Where the value of a key stands; where the map begins when it has no such key."""
    return (node.get(key) or node).place
