"""Compiles the examples of a rules file, every name checked, and tells of those that do not go as they say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from server.engine.examples import Example, Expectation, Fill, Look, Name, Pass, Press, Send, Sent, Step
from server.engine.facts import Kind, Sort
from server.engine.plan import BUILT_IN
from server.engine.rehearsal import NOT_CONFIGURED, NOT_FOUND, rehearse
from server.engine.ruleset import PLATFORM, Ruleset
from server.engine.values import joined
from server.rules.conditions import Conditions
from server.rules.diagnostics import Findings
from server.rules.example_given import Beginnings
from server.rules.example_names import Naming, people_in
from server.rules.names import Names
from server.rules.nodes import Entry, Items, Node, Scalar, Table, section, text_of, word, words
from server.rules.times import read_duration
from server.rules.typed import ROLE, Asked

_DEEDS = ("does", "sends", "sets", "later")
_LOOKS = {"may": (True, True), "may_not": (True, False), "sees": (False, True), "sees_no": (False, False)}
"""Of each: whether it is about a button, and whether it is wanted."""
_GO_WITH = {
    "as": ("does", "sends", "sets", *_LOOKS),
    "upon": ("does", "sends", "sets", *_LOOKS),
    "partner": ("does",),
    "with": ("does", "sends"),
    "confirm": ("does",),
    "refused": ("does", "sends", "sets"),
}
"""Of each word of a step, the ones without which it says nothing."""
_NO_ANSWERS = "an example gives answers by with"


def check_examples(ruleset: Ruleset, findings: Findings) -> None:
    """Plays every example of a ruleset; where one goes otherwise than it says is an error at that line."""
    for example in ruleset.examples:
        for failure in rehearse(ruleset, example):
            message = f'in the example "{example.key}": {failure.text}'
            hint = f"mend the rule or the example; a program drops it by remove: examples.{example.key}"
            findings.error("example-failed", failure.place, message, hint)


@dataclass(frozen=True, slots=True)
class Examples:
    """Reads the examples of one file."""

    root: Table
    names: Names
    conditions: Conditions
    findings: Findings

    def compile(self, things: list[tuple[str, Table]]) -> tuple[Example, ...]:
        """Every example that has the right shape."""
        return tuple(self._example(key, node) for key, node in things)

    def _example(self, key: str, node: Table) -> Example:
        beginnings = Beginnings(Naming(self.conditions.fields(), {}))
        given = beginnings.compile(section(node, "given"))
        steps = node.get("steps")
        if isinstance(steps, Items):
            for extra in [slot for slot in node.entries if slot not in {"given", "steps", "starts"}]:
                message = f"{extra} stands in one of the steps, or is the only step instead of them"
                self.findings.error("contradiction", node.place_of(extra), message)
            every = tuple(item for item in steps.items if isinstance(item, Table))
        else:
            every = (node,)
        reading = _Steps(self, beginnings.naming)
        place = section(self.root, "examples").place_of(key)
        compiled = tuple(reading.step(step) for step in every)
        return Example(key, place, given, compiled, beginnings.acts_as, self._day(node))

    def _day(self, node: Table) -> date | None:
        text, at = word(node, "starts"), node.get("starts")
        if text is None or at is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.findings.error("out-of-range", at.place, f"there is no day {text}", "write it as 2026-09-01")
            return None


@dataclass(frozen=True, slots=True)
class _Steps:
    """Reads the steps of one example, which may bring further people in."""

    examples: Examples
    naming: Naming

    @property
    def _names(self) -> Names:
        return self.naming.names

    def step(self, node: Table) -> Step:
        """One step, with what it expects."""
        deeds = [slot for slot in _DEEDS if slot in node.entries]
        self._check_words(node, deeds)
        self._check_actor(node)
        upon = self._upon(node)
        deed = self._deed(deeds[0], node, upon) if deeds else None
        looks = tuple(look for slot in _LOOKS for look in self._looks(slot, node, upon))
        messages = node.get("messages")
        return Step(
            place=node.place_of(deeds[0]) if deeds else node.place,
            deed=deed,
            actor=word(node, "as"),
            upon=upon,
            refused=self._refused(node) if "refused" in node.entries else None,
            expected=tuple(self._expected(section(node, "expect"))),
            messages=tuple(self._messages(messages)) if isinstance(messages, Table) else None,
            looks=looks,
            messages_place=node.place_of("messages"),
        )

    def _check_words(self, node: Table, deeds: list[str]) -> None:
        findings = self.naming.findings
        if len(deeds) > 1:
            message = f"one thing happens in a step: {' or '.join(deeds)}"
            findings.error("contradiction", node.place_of(deeds[1]), message, "make a step of each")
        if not deeds and not any(slot in node.entries for slot in (*_LOOKS, "expect", "messages")):
            hint = f"write one of {', '.join((*_DEEDS, *_LOOKS, 'expect', 'messages'))}"
            findings.error("missing-key", node.place, "nothing happens here, and nothing is expected", hint)
        for slot, others in _GO_WITH.items():
            present = [other for other in others if other in node.entries]
            if slot in node.entries and not present:
                findings.error("contradiction", node.place_of(slot), f"{slot} goes with {' or '.join(others)}")
            elif slot in {"as", "upon"} and present and slot not in node.entries:
                findings.error("missing-key", node.place_of(present[0]), f"{present[0]} needs the key {slot}")

    def _check_actor(self, node: Table) -> None:
        actor, at = word(node, "as"), node.get("as")
        if actor is not None and at is not None:
            actors = [key for key in self._names.actors if key != PLATFORM]
            self.naming.lookup.known("actor or person", actor, (*self.naming.people, *actors), at.place)

    def _deed(self, slot: str, node: Table, upon: Name | None) -> Press | Send | Fill | Pass | None:
        at = node.entries[slot].node
        if slot == "later":
            duration = read_duration(at, self.naming.findings)
            return None if duration is None else Pass(duration)
        if slot == "sets":
            return Fill(dict(self._fields(at, upon)))
        key = word(node, slot) or ""
        if slot == "sends":
            self.naming.lookup.known("event", key, self._names.events, at.place)
            return Send(key, self._with(node, None).answers)
        known = self.naming.lookup.known("transition", key, self._names.transitions, at.place)
        return self._press(key, node) if known else None

    def _press(self, key: str, node: Table) -> Press:
        creates = self._created_by(key)
        partner, confirmed = word(node, "partner"), node.get("confirm")
        second, other = (self._names.ends(creates)[1:] if creates else ()), None
        if partner is not None and not second:
            message = f"{key} makes nothing between two, so it takes no partner"
            self.naming.findings.error("contradiction", node.place_of("partner"), message)
        elif partner is not None:
            other = self.naming.of_kind(partner, node.place_of("partner"), second[0], "partner")
        codes = self.naming.lookup.set_of("code", confirmed, self._codes_of("warn"))
        return Press(key, self._with(node, creates), other, codes)

    def _created_by(self, transition: str) -> Sort | None:
        return self._names.transitions[transition].creates if transition in self._names.transitions else None

    def _with(self, node: Table, creates: Sort | None) -> Sent:
        """What is sent along: the role and the fields of what is created, and the answers."""
        role, answers, fields = None, dict[str, str](), dict[str, tuple[str, ...]]()
        makes_persona = creates in {Kind.USER, Kind.PERSONA}
        owners: tuple[Sort, ...] = (Kind.USER, Kind.PERSONA) if creates is Kind.USER else ()
        owners = (Kind.PERSONA,) if creates is Kind.PERSONA else owners
        held = [key for kind in owners for key in self.naming.fields_of(kind)]
        for key, entry in section(node, "with").entries.items():
            if key == ROLE:
                role = text_of(entry.node)
                self.naming.lookup.known("role", role, self._names.roles, entry.node.place)
                if not makes_persona:
                    self.naming.findings.error("contradiction", entry.place, "no persona is created that takes a role")
            elif key in held and key not in self._names.types:
                fields[key] = self.naming.field(key, entry.node, self._names.fields[key].owner)
            elif self.naming.lookup.known("input", key, (*self._names.types, *held), entry.place):
                several = isinstance(entry.node, Items)
                answers[key] = joined(text for text, _ in words(entry.node)) if several else text_of(entry.node)
        return Sent(role, answers, fields)

    def _fields(self, node: Node, upon: Name | None) -> Iterator[tuple[str, tuple[str, ...]]]:
        for key, entry in node.entries.items() if isinstance(node, Table) else ():
            known = self.naming.fields_of(upon.sort if upon else None)
            if self.naming.lookup.known("field", key, known, entry.place):
                yield key, self.naming.field(key, entry.node, self._names.fields[key].owner)

    def _fields_of(self, upon: Name | None) -> list[str]:
        return [key for key, head in self._names.fields.items() if upon is None or head.owner == upon.sort]

    def _kind_of(self, transition: str) -> Sort | None:
        head = self._names.transitions.get(transition)
        return None if head is None else self._names.fired_on(head)

    def _upon(self, node: Table) -> Name | None:
        text, place, key = word(node, "upon"), (node.get("upon") or node).place, word(node, "does") or ""
        if text is None:
            return None
        if self._created_by(key) is Kind.USER:
            self._come_in(text, node)
        kind = self._kind_of(key)
        return self.naming.record(text, place) if kind is None else self.naming.of_kind(text, place, kind, key)

    def _come_in(self, text: str, node: Table) -> None:
        """Somebody who is registered gets the name under which the steps that follow know them."""
        if people_in(text) != (text,) or text in self.naming.people:
            message = f"{text} is there already" if text in self.naming.people else f"{text} is no name for a person"
            self.naming.findings.error("contradiction", node.place_of("upon"), message, "give a new name: Carl")
        self.naming.people.update(dict.fromkeys(people_in(text)))

    def _refused(self, node: Table) -> frozenset[str]:
        known = (*self._codes_of("require"), *self._codes_of("warn"), *sorted(BUILT_IN), NOT_FOUND, NOT_CONFIGURED)
        return self.naming.lookup.set_of("code", node.get("refused"), known)

    def _codes_of(self, slot: str) -> tuple[str, ...]:
        """The codes of the requirements or warnings of all transitions."""
        every = section(self.examples.root, "transitions").entries.values()
        return tuple(dict.fromkeys(code for entry in every for code in section(entry.node, slot).entries))

    def _looks(self, slot: str, node: Table, upon: Name | None) -> Iterator[Look]:
        is_button, wanted = _LOOKS[slot]
        for text, place in words(node.get(slot)):
            known = self._names.transitions if is_button else self._fields_of(upon)
            if not self.naming.lookup.known("transition" if is_button else "field", text, known, place):
                continue
            kind = self._kind_of(text) if is_button else None
            if kind is not None and upon is not None:
                self.naming.require_kind(upon, kind, text)
            yield Look(text, is_button, wanted, place)

    def _messages(self, node: Table) -> Iterator[tuple[str, str]]:
        lookup, actors = self.naming.lookup, self._names.actors
        for recipient, entry in node.entries.items():
            lookup.known("actor or person", recipient, (*self.naming.people, *actors), entry.place)
            for key, place in words(entry.node):
                lookup.known("message", key, self._names.messages, place)
                yield recipient, key

    def _expected(self, node: Table) -> Iterator[Expectation]:
        for text, entry in node.entries.items():
            name = self.naming.record(text, entry.place)
            if name is None:
                continue
            asked = Asked(name.sort, name.sort, unanswered=_NO_ANSWERS)
            parts: Mapping[str, Entry] = entry.node.entries if isinstance(entry.node, Table) else {}
            for key, part in parts.items():
                condition = self.examples.conditions.compile(Table({key: part}, part.place), asked)
                yield Expectation(name, condition, self._wanted(key, part.node), part.place)
            if isinstance(entry.node, Scalar):
                condition = self.examples.conditions.compile(entry.node, asked)
                yield Expectation(name, condition, text_of(entry.node), entry.node.place)

    def _wanted(self, key: str, node: Node) -> str:
        """What is expected, as the file writes it, statuses by their labels."""
        machine = section(section(section(self.examples.root, "machines"), key.rpartition(".")[2]), "statuses")
        if machine.entries and not isinstance(node, Table):
            labels = [word(machine.get(text), "label") or text for text, _ in words(node)]
            return f"{key} {' or '.join(labels)}"
        return f"{key}: {_written(node)}"


def _written(node: Node) -> str:
    """A value as it could stand in the file, on one line."""
    if isinstance(node, Table):
        return f"{{{', '.join(f'{key}: {_written(entry.node)}' for key, entry in node.entries.items())}}}"
    if isinstance(node, Items):
        return f"[{', '.join(_written(item) for item in node.items)}]"
    return text_of(node)
