"""The situation a decision is made in: records with their statuses, and how they hang together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """The kinds of record that carry statuses; the values are the words of the rules file."""

    PROGRAM = "program"
    SITE = "site"
    USER = "user"
    PERSONA = "persona"
    PAIR = "pair"
    RECORD = "record"


THEIRS = (Kind.USER, Kind.PERSONA, Kind.PAIR)
"""The kinds whose records are people's own."""

STANDING = tuple(kind for kind in Kind if kind is not Kind.RECORD)
"""The kinds that every program has; ``RECORD`` stands for all that a program declares."""

Sort = str
"""What the rules file calls a kind of record: the word of a standing kind, or the key of one that it declares."""


def kind_of(sort: Sort) -> Kind:
    """The kind of record that a word of the rules file names."""
    return next((kind for kind in STANDING if kind == sort), Kind.RECORD)


SURROUNDINGS = (Kind.PROGRAM, Kind.SITE)
"""What people are part of, many of them at once, from the widest on."""


class Ref(NamedTuple):
    """Names one record. Ids are positive; a record that a plan is about to create has a negative one."""

    kind: Kind
    id: int


class Past(NamedTuple):
    """One entry in the history of a record: in which status it was after a transition, and when that took effect."""

    status: str
    transition: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """One record as the engine sees it.

    ``statuses`` and ``since``: by machine. ``values``: by attribute (role, partner_site,
    mentor_site_list) or field; ``lists``: the fields that hold several values. ``links``: a persona's
    ``user``, and its ``site`` where it has one; a pair's sides by role (a side that is not known, as in the offer
    of a match, is left out). A record of a declared kind has that kind's key as ``declared``, and its links by their
    names. ``program``: the number of the program, which is a record itself.
    ``past``: by machine, its history, oldest first, filled in for the machines that the ruleset recalls.
    ``entered``: by field, when its value was entered, where that is known.
    ``places``: a pair's open places by role; ``proposer``: the user who made it, None where it was somebody
    without a record.
    """

    ref: Ref
    program: int
    statuses: Mapping[str, str]
    values: Mapping[str, str | None] = field(default_factory=dict)
    links: Mapping[str, Ref] = field(default_factory=dict)
    since: Mapping[str, datetime] = field(default_factory=dict)
    past: Mapping[str, tuple[Past, ...]] = field(default_factory=dict)
    places: Mapping[str, int] = field(default_factory=dict)
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    proposer: Ref | None = None
    entered: Mapping[str, datetime] = field(default_factory=dict)
    declared: str | None = None

    @property
    def sort(self) -> Sort:
        """What the rules file calls records like this."""
        return self.declared or self.ref.kind


def _age(ref: Ref) -> tuple[bool, int]:
    """Creation order: known records by id, then the ones a plan creates, in the order it creates them."""
    return ref.id < 0, abs(ref.id)


class Facts:
    """Everything a decision may look at; never changed. ``now`` is the clock of the act.

    ``whole``: the users of whom every persona, pair and further record is here; None: all of them.
    ``linked``: by record, the records of declared kinds that are linked to it.
    """

    __slots__ = ("linked", "now", "pairs", "personas", "records", "whole")

    def __init__(self, records: Iterable[Record], now: datetime, whole: frozenset[Ref] | None = None) -> None:
        self.now = now
        self.whole = whole
        self.records: Mapping[Ref, Record] = {record.ref: record for record in records}
        personas: dict[Ref, tuple[Ref, ...]] = {}
        pairs: dict[Ref, tuple[Ref, ...]] = {}
        linked: dict[Ref, tuple[Ref, ...]] = {}
        for ref in sorted(self.records, key=_age):
            ends = frozenset(self.records[ref].links.values())
            if ref.kind is Kind.PERSONA:
                user = self.records[ref].links["user"]
                personas[user] = (*personas.get(user, ()), ref)
            elif ref.kind is Kind.PAIR or ref.kind is Kind.RECORD:
                table = pairs if ref.kind is Kind.PAIR else linked
                table.update({end: (*table.get(end, ()), ref) for end in ends})
        self.personas: Mapping[Ref, tuple[Ref, ...]] = personas
        self.pairs: Mapping[Ref, tuple[Ref, ...]] = pairs
        self.linked: Mapping[Ref, tuple[Ref, ...]] = linked


class Situation:
    """The facts as they stand in the middle of a cascade: each effect sees all before it.

    A layer of changes over facts that stay as they are, so that a decision leaves no trace. ``now`` is the
    moment of the act: the clock's, or an earlier one at which it took effect.
    """

    __slots__ = ("_facts", "_linked", "_pairs", "_personas", "_records", "now")

    def __init__(self, facts: Facts, moment: datetime | None = None) -> None:
        self._facts = facts
        self.now = moment or facts.now
        self._records: dict[Ref, Record] = {}
        self._personas: dict[Ref, tuple[Ref, ...]] = {}
        self._pairs: dict[Ref, tuple[Ref, ...]] = {}
        self._linked: dict[Ref, tuple[Ref, ...]] = {}

    def at(self, moment: datetime) -> "Situation":
        """The same situation at another moment."""
        other = Situation(self._facts, moment)
        other._records, other._personas, other._pairs = self._records, self._personas, self._pairs
        other._linked = self._linked
        return other

    def is_whole(self, user: Ref) -> bool:
        """Whether every persona, pair and further record of a user is known here."""
        return self._facts.whole is None or user.id < 0 or user in self._facts.whole

    def find(self, ref: Ref) -> Record | None:
        """The record as it is now, or None where the facts do not hold it."""
        return self._records.get(ref) or self._facts.records.get(ref)

    def record(self, ref: Ref) -> Record:
        """The record as it is now. Raises LookupError where the facts do not hold it."""
        record = self.find(ref)
        if record is None:
            raise LookupError(f"{ref.kind} {ref.id} is not part of the facts")
        return record

    def personas_of(self, user: Ref) -> tuple[Record, ...]:
        """All personas of a user, in creation order."""
        refs = self._personas.get(user) or self._facts.personas.get(user, ())
        return tuple(self.record(ref) for ref in refs)

    def pairs_of(self, persona: Ref) -> tuple[Record, ...]:
        """All pairs of a persona, in creation order."""
        refs = self._pairs.get(persona) or self._facts.pairs.get(persona, ())
        return tuple(self.record(ref) for ref in refs)

    def linked_to(self, ref: Ref) -> tuple[Record, ...]:
        """All records of declared kinds that are linked to a record, in creation order."""
        refs = self._linked.get(ref) or self._facts.linked.get(ref, ())
        return tuple(self.record(each) for each in refs)

    def people(self, record: Record) -> tuple[Ref, ...]:
        """The users whose record it is: a pair's and a further record's are those behind its links, as far as known."""
        if record.ref.kind is Kind.USER:
            return (record.ref,)
        if record.ref.kind is Kind.PERSONA:
            return (record.links["user"],)
        ends = (end for ref in record.links.values() if (end := self.find(ref)) is not None)
        return tuple(dict.fromkeys(user for end in ends for user in self.people(end)))

    def move(
        self,
        ref: Ref,
        machine: str,
        status: str,
        places: Mapping[str, int],
        transition: str,
        *,
        keeps_time: bool = False,
    ) -> None:
        """Puts one record into a status; ``places`` are a pair's open places afterwards.

        ``keeps_time``: it has been in the status since when it was before.
        """
        record = self.record(ref)
        before = record.past.get(machine) or (
            Past(record.statuses[machine], None, record.since.get(machine, self.now)),
        )
        past = {**record.past, machine: (*before, Past(status, transition, self.now))}
        statuses = {**record.statuses, machine: status}
        since = record.since if keeps_time else {**record.since, machine: self.now}
        self._records[ref] = replace(record, statuses=statuses, since=since, places=places, past=past)

    def set(self, ref: Ref, values: Mapping[str, str | None], lists: Mapping[str, frozenset[str]]) -> None:
        """Gives one record other values."""
        record = self.record(ref)
        kept, listed = {**record.values, **values}, {**record.lists, **lists}
        other = {key for key in values if values[key] != record.values.get(key)}
        entered = {**record.entered, **dict.fromkeys(other, self.now)}
        self._records[ref] = replace(record, values=kept, lists=listed, entered=entered)

    def add(self, record: Record) -> None:
        """Adds a record that the plan creates."""
        self._records[record.ref] = record
        if record.ref.kind is Kind.PERSONA:
            user = record.links["user"]
            self._personas[user] = (*(r.ref for r in self.personas_of(user)), record.ref)
        for side in record.links.values() if record.ref.kind is Kind.PAIR else ():
            self._pairs[side] = (*(r.ref for r in self.pairs_of(side)), record.ref)
        for end in frozenset(record.links.values()) if record.ref.kind is Kind.RECORD else ():
            self._linked[end] = (*(r.ref for r in self.linked_to(end)), record.ref)

    def changed(self) -> tuple[Record, ...]:
        """The records that the cascade has touched so far, in the order it first touched them."""
        return tuple(self._records.values())
