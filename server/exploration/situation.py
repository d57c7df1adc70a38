"""Situations: people who hang together, with all they have, in a form in which those alike are equal."""

from collections.abc import Hashable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from server.engine.facts import SURROUNDINGS, Facts, Kind, Record, Ref
from server.engine.ruleset import Ruleset
from server.exploration.lens import Lens
from server.exploration.looks import Looks
from server.exploration.renaming import renumbered

Key = Hashable

_RANK = {kind: rank for rank, kind in enumerate(Kind)}


class Trait(NamedTuple):
    """What tells a record from others: the number of what the lens sees of it, and to whom it is linked, by name.

    ``over``: it is a pair that nothing leads on from.
    """

    seen: int
    links: tuple[tuple[str, Ref], ...]
    over: bool


Shape = Mapping[Ref, Trait]
"""A situation as far as the rules can tell it from others."""


class Canon:
    """Gives situations the form in which those alike are equal, under the rules of one program."""

    __slots__ = ("_colours", "_looks", "_ordered", "_parts", "_ruleset", "_traits")

    def __init__(self, ruleset: Ruleset, lens: Lens) -> None:
        self._ruleset, self._looks, self._ordered = ruleset, Looks(ruleset, lens), lens.ordered
        self._parts = not lens.past_pairs
        self._traits: dict[int, tuple[Record, datetime, Trait]] = {}
        self._colours: dict[tuple[int, ...], int] = {}

    def trait(self, record: Record, now: datetime) -> Trait:
        """What tells one record from others."""
        known = self._traits.get(id(record))
        if known is not None and known[1] == now:
            return known[2]
        links = [(name, ref) for name, ref in record.links.items() if ref.kind not in SURROUNDINGS]
        made_by = [] if record.proposer is None else [("", record.proposer)]
        over = self._parts and _is_over(record, self._ruleset)
        trait = Trait(self._looks.seen(record, now), (*sorted(links), *made_by), over)
        self._traits[id(record)] = record, now, trait  # which keeps the record alive, so that its id stays its own
        return trait

    def shape(self, facts: Facts) -> Shape:
        """A situation in what tells it from others."""
        return {ref: self.trait(record, facts.now) for ref, record in facts.records.items()}

    def key(self, facts: Facts) -> tuple[Key, tuple[Ref, ...]]:
        """What tells a situation from others, and its records in the order in which that names them.

        Two situations with equal keys are alike, record by record in this order.
        """
        return self.ordered(self.shape(facts))

    def ordered(self, shape: Shape) -> tuple[Key, tuple[Ref, ...]]:
        """The same as :meth:`key`, of a shape."""
        near = _near(shape)
        colours = {ref: trait.seen for ref, trait in shape.items()}
        for _ in range(2):  # what a record is near to tells it from its like
            colours = {
                ref: self._colour((colours[ref], *sorted([colours[each] for each in near[ref]]))) for ref in near
            }
        if self._ordered:
            order = tuple(sorted(shape, key=lambda ref: (_RANK[ref.kind], ref.id)))
        else:
            order = tuple(sorted(shape, key=lambda ref: (_RANK[ref.kind], colours[ref], ref.id)))
        number = {ref: position for position, ref in enumerate(order)}
        return tuple(_named(shape[ref], number) for ref in order), order

    def _colour(self, parts: tuple[int, ...]) -> int:
        return self._colours.setdefault(parts, len(self._colours))

    def separated(self, facts: Facts) -> tuple[Facts, ...]:
        """The groups of people who have nothing to do with one another any more, as :meth:`parted` tells them."""
        groups = self.parted(self.shape(facts))
        return tuple(Facts([facts.records[ref] for ref in group], facts.now) for group in groups)

    def parted(self, shape: Shape) -> tuple[Shape, ...]:
        """The groups of people who have nothing to do with one another any more, each with the surroundings.

        A pair that nothing leads on from, and that no condition can see, is forgotten.
        """
        if any(trait.over for trait in shape.values()):
            held = {end for ref, trait in shape.items() if ref.kind is Kind.RECORD for _, end in trait.links}
            shape = {ref: trait for ref, trait in shape.items() if not trait.over or ref in held}
        users = [ref for ref in shape if ref.kind is Kind.USER]
        near, groups = _near(shape) if len(users) > 1 else {}, list[set[Ref]]()
        for user in users if near else ():
            if not any(user in group for group in groups):
                groups.append(_together(near, user))
        if len(groups) <= 1:
            return (shape,)
        return tuple(
            {ref: trait for ref, trait in shape.items() if ref in group or ref.kind in SURROUNDINGS}
            for group in sorted(groups, key=min)
        )


def _named(trait: Trait, number: Mapping[Ref, int]) -> tuple[object, ...]:
    return (trait.seen, *((name, number[ref]) for name, ref in trait.links if ref in number))


def _near(shape: Shape) -> Mapping[Ref, list[Ref]]:
    """Of each record those that it is linked to, and those linked to it."""
    near: dict[Ref, list[Ref]] = {ref: [] for ref in shape}
    for ref, trait in shape.items():
        for _, other in trait.links:
            if other in near:
                near[ref].append(other)
                near[other].append(ref)
    return near


def _together(near: Mapping[Ref, list[Ref]], start: Ref) -> set[Ref]:
    found, waiting = {start}, [start]
    while waiting:
        fresh = set(near[waiting.pop()]) - found
        found |= fresh
        waiting += fresh
    return found


def _is_over(record: Record, ruleset: Ruleset) -> bool:
    if record.ref.kind is not Kind.PAIR:
        return False
    ended = all(
        record.statuses.get(transition.machine) not in transition.sources or transition.machine not in record.statuses
        for transition in ruleset.transitions.values()
        if transition.creates is None
    )
    return ended and not any(ruleset.status(*status).opens for status in record.statuses.items())


def size_of(shape: Shape) -> int:
    """How many personas a situation has, and how many matches and further records beyond the first between the same."""
    personas = sum(ref.kind is Kind.PERSONA for ref in shape)
    further = [(ref.kind, trait.links) for ref, trait in shape.items() if ref.kind in {Kind.PAIR, Kind.RECORD}]
    return personas + len(further) - len(set(further))


def people_of(facts: Facts) -> tuple[Ref, ...]:
    """The users, in the order in which they came."""
    return tuple(sorted(ref for ref in facts.records if ref.kind is Kind.USER))


def moved_apart(facts: Facts, by: int) -> Facts:
    """The same people under other numbers, so that they can meet others; the surroundings keep theirs."""
    of = {ref: _other(ref, by) for ref in facts.records}
    return Facts([renumbered(record, of) for record in facts.records.values()], facts.now)


def apart(shape: Shape, by: int) -> Shape:
    """The same as :func:`moved_apart`, of a shape."""
    return {
        _other(ref, by): Trait(trait.seen, tuple((name, _other(end, by)) for name, end in trait.links), trait.over)
        for ref, trait in shape.items()
    }


def _other(ref: Ref, by: int) -> Ref:
    return ref if ref.kind in SURROUNDINGS else Ref(ref.kind, ref.id + by)


def united(one: Facts, other: Facts) -> Facts:
    """Two groups of people in one situation; those whose clock is behind have done the same, later."""
    now = max(one.now, other.now)
    parts = (_later(group, now - group.now) for group in (other, one))
    return Facts([record for part in parts for record in part], now)


def _later(facts: Facts, by: timedelta) -> list[Record]:
    """The records as if all had happened so much later."""
    if not by:
        return list(facts.records.values())
    return [
        replace(
            record,
            since={key: at + by for key, at in record.since.items()},
            past={key: tuple(each._replace(at=each.at + by) for each in past) for key, past in record.past.items()},
            entered={key: at + by for key, at in record.entered.items()},
        )
        for record in facts.records.values()
    ]
