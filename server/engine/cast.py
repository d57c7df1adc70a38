"""Who is who in an example: from the names that it uses to the records they stand for, and what is whose."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from server.engine.beginnings import begun
from server.engine.examples import PROGRAM, SITE, Example, Figure, Given, Name
from server.engine.facts import SURROUNDINGS, Facts, Kind, Past, Record, Ref, Situation
from server.engine.moves import free_place
from server.engine.ruleset import Ruleset
from server.engine.values import USER

SELF = "self"
"""The scope of an actor that is somebody on their own records."""

WHOLE = Ref(Kind.PROGRAM, 1)
"""The program of an example."""

_WHOLE_SCOPES = frozenset({"all", "program"})
_PLACED = "partner_site"


class MissingError(Exception):
    """An example names a record that is not there at that point."""


class Cast:
    """The people of an example by name; their personas and pairs are found by way of them."""

    def __init__(self, ruleset: Ruleset, example: Example) -> None:
        self._ruleset = ruleset
        self._acts_as = example.acts_as
        named = [given.name for given in example.given]
        people = dict.fromkeys(name.figures[0].person for name in named if name.kind not in SURROUNDINGS)
        self.people = {person: Ref(Kind.USER, number) for number, person in enumerate(people, 1)}
        placed = [f"{SITE}{given.values[_PLACED]}" for given in example.given if given.values.get(_PLACED)]
        sites = dict.fromkeys([*(name.text for name in named if name.kind is Kind.SITE), *placed])
        self._around = {site: Ref(Kind.SITE, number) for number, site in enumerate(sites, 1)} | {PROGRAM: WHOLE}

    def called(self, ref: Ref, facts: Facts) -> str:
        """What the example would call a record."""
        record = facts.records[ref]
        if ref.kind is Kind.USER and ref in self.people.values():
            return next(person for person, known in self.people.items() if known == ref)
        if ref.kind is Kind.PERSONA:
            owner, role = record.links["user"], record.values["role"]
            alike = [other for other in facts.personas[owner] if facts.records[other].values["role"] == role]
            number = f" {alike.index(ref) + 1}" if len(alike) > 1 else ""
            return f"{self.called(owner, facts)}.{str(role).lower()}{number}"
        if ref.kind is Kind.PAIR:
            return " & ".join(self.called(facts.records[side].links["user"], facts) for side in record.links.values())
        if ref.kind is Kind.RECORD:
            return f"{record.sort} of {self.called(next(iter(record.links.values())), facts)}"
        return next((name for name, known in self._around.items() if known == ref), f"{ref.kind} {ref.id}")

    def find(self, name: Name, facts: Facts) -> Ref:
        """The record that a name stands for now. Raises MissingError."""
        ref = self._begun_at(name, facts)
        for sort in name.further:
            linked = [each for each in facts.linked.get(ref, ()) if facts.records[each].declared == sort]
            if not linked:
                raise MissingError(name.text)
            ref = linked[-1]
        return ref

    def _begun_at(self, name: Name, facts: Facts) -> Ref:
        every = [self.of_figure(figure, facts) for figure in name.figures]
        if len(every) == 1:
            return every[0][0]
        one, other = every
        pairs = [ref for ref, record in facts.records.items() if ref.kind is Kind.PAIR and _joins(record, one, other)]
        if not pairs:
            raise MissingError(name.text)
        return max(pairs, key=lambda ref: ref.id)

    def of_figure(self, figure: Figure, facts: Facts) -> tuple[Ref, ...]:
        """The record of a figure; after a person all their personas. Raises MissingError."""
        if figure.person in self._around:
            return (self._around[figure.person],)
        user = self.people.get(figure.person)
        if user is None:
            raise MissingError(figure.person)
        personas = facts.personas.get(user, ())
        if figure.role is None:
            return (user, *personas)
        alike = [ref for ref in personas if facts.records[ref].values["role"] == figure.role]
        if len(alike) < figure.number:
            number = f" {figure.number}" if figure.number > 1 else ""
            raise MissingError(f"{figure.person}.{figure.role.lower()}{number}")
        return (alike[figure.number - 1],)

    def actor(self, who: str) -> Ref | None:
        """The record of who acts; None for a role."""
        return self.people.get(who)

    def roles(self, who: str, facts: Facts, *refs: Ref) -> frozenset[str]:
        """As what somebody acts on records: a role as that role everywhere, a person as oneself on what is theirs."""
        user = self.people.get(who)
        if user is None:
            is_far = WHOLE in refs and self._ruleset.actors[who].scope not in _WHOLE_SCOPES
            return frozenset() if is_far else frozenset({who})
        situation = Situation(facts)
        is_own = all(user in situation.people(facts.records[ref]) for ref in refs)
        oneself = {key for key, actor in self._ruleset.actors.items() if actor.scope == SELF} if is_own else set()
        return self._acts_as.get(who, frozenset()) | oneself

    def records(self, example: Example, now: datetime) -> list[Record]:
        """The records an example begins with. Raises MissingError where a pair has no two such personas."""
        facts, told = Facts((), now), {given.name.text for given in example.given}
        untold = [Given(Name(text, (Figure(text),), example.place)) for text in self._around if text not in told]
        for kind in Kind:
            for given in (*untold, *example.given):
                if given.name.kind is kind:
                    facts = Facts([*facts.records.values(), self._record(given, facts)], now)
        return list(facts.records.values())

    def _record(self, given: Given, facts: Facts) -> Record:
        kind = given.name.kind
        known = {**self.people, **self._around}
        number = 1 + sum(ref.kind is kind for ref in facts.records)
        ref = Ref(kind, number) if kind in {Kind.PERSONA, Kind.PAIR} else known[given.name.figures[0].person]
        links, situation = self._links(given, facts), Situation(facts)
        proposer = self.people[given.proposer] if given.proposer else None
        fresh = Record(ref, 1, {}, self._values(given), links, lists=given.lists, proposer=proposer)
        statuses = {**begun(self._ruleset, situation, fresh).statuses, **given.statuses}
        past = {key: tuple(Past(each, None, facts.now) for each in had) for key, had in given.been.items()}
        history = {key: (*past.get(key, ()), Past(status, None, facts.now)) for key, status in statuses.items()}
        record = replace(fresh, statuses=statuses, since=dict.fromkeys(statuses, facts.now), past=history)
        return replace(record, places=self._places(record, situation))

    def values(self, key: str, held: tuple[str, ...]) -> tuple[str, ...]:
        """What a field is to hold, people by their ids."""
        return tuple(self._value(key, text) for text in held)

    def _values(self, given: Given) -> Mapping[str, str | None]:
        role = {"role": given.name.figures[0].role} if given.name.kind is Kind.PERSONA else {}
        return {**{key: self._value(key, value) for key, value in given.values.items()}, **role}

    def _value(self, key: str, value: str) -> str:
        field = self._ruleset.fields.get(key)
        return f"User-{self.people[value].id}" if field is not None and field.type == USER else value

    def _links(self, given: Given, facts: Facts) -> dict[str, Ref]:
        figures = given.name.figures
        if given.name.kind in {Kind.USER, *SURROUNDINGS}:
            return {}
        if given.name.kind is Kind.PERSONA:
            placed = self._around.get(f"{SITE}{given.values.get(_PLACED)}")
            return {"user": self.people[figures[0].person], **({} if placed is None else {"site": placed})}
        found = _sides(figures, tuple(self._ruleset.roles), facts, self)
        if found is None:
            raise MissingError(given.name.text)
        return found

    def _places(self, record: Record, situation: Situation) -> dict[str, int]:
        opens = any(self._ruleset.status(machine, status).opens for machine, status in record.statuses.items())
        sides = record.links.items() if opens and record.ref.kind is Kind.PAIR else ()
        found = ((role, free_place(self._ruleset, situation, record.ref, role, ref)) for role, ref in sides)
        return {role: place for role, place in found if place is not None}


def _sides(figures: tuple[Figure, ...], roles: tuple[str, ...], facts: Facts, cast: Cast) -> dict[str, Ref] | None:
    """The personas of a new pair by role, whichever of the two figures is which."""
    for one, other in (figures, figures[::-1]):
        sides = [replace(figure, role=figure.role or role) for figure, role in zip((one, other), roles, strict=True)]
        if tuple(side.role for side in sides) != roles:
            continue
        try:
            return {role: cast.of_figure(side, facts)[0] for role, side in zip(roles, sides, strict=True)}
        except MissingError:
            continue
    return None


def _joins(pair: Record, one: tuple[Ref, ...], other: tuple[Ref, ...]) -> bool:
    first, second = pair.links.values()
    return (first in one and second in other) or (first in other and second in one)
