"""Situations: people who hang together, with all they have, in a form in which those alike are equal."""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from datetime import timedelta

from server.engine.facts import SURROUNDINGS, Facts, Kind, Record, Ref
from server.engine.ruleset import Ruleset
from server.exploration.lens import Lens

Key = Hashable

_RANK = {kind: rank for rank, kind in enumerate(Kind)}


class Canon:
    """Gives situations the form in which those alike are equal, under the rules of one program."""

    __slots__ = ("_lens", "_ruleset", "_seen")

    def __init__(self, ruleset: Ruleset, lens: Lens) -> None:
        self._ruleset, self._lens = ruleset, lens
        self._seen: dict[int, tuple[Record, tuple[object, ...], str]] = {}

    def key(self, facts: Facts) -> tuple[Key, tuple[Ref, ...]]:
        """What tells a situation from others, and its records in the order in which that names them.

        Two situations with equal keys are alike, record by record in this order.
        """
        seen = {ref: self._look(record, facts) for ref, record in facts.records.items()}
        about = {ref: text for ref, (_, _, text) in seen.items()}
        for _ in range(2):  # what a record is near to tells it from its like
            about = {ref: "".join((about[ref], *sorted(about[each] for each in _near(facts, ref)))) for ref in about}
        made: Callable[[Ref], int] = (lambda ref: ref.id) if self._lens.ordered else (lambda _: 0)
        order = tuple(sorted(about, key=lambda ref: (_RANK[ref.kind], made(ref), about[ref], ref.id)))
        number = {ref: position for position, ref in enumerate(order)}
        key = tuple((seen[ref][1], _linked(facts.records[ref], number)) for ref in order)
        return key, order

    def _look(self, record: Record, facts: Facts) -> tuple[Record, tuple[object, ...], str]:
        known = self._seen.get(id(record))
        if known is None or self._lens.ages:  # the entry keeps the record alive, so that its id stays its own
            found = self._lens.seen(record, facts.now, self._ruleset)
            known = (record, found, repr(found))
            self._seen[id(record)] = known
        return known


def _linked(record: Record, number: Mapping[Ref, int]) -> tuple[tuple[str, int], ...]:
    links = sorted((name, number[ref]) for name, ref in record.links.items() if ref.kind not in SURROUNDINGS)
    proposer = record.proposer
    made_by = [("", number[proposer])] if proposer is not None and proposer in number else []
    return (*links, *made_by)


def _near(facts: Facts, ref: Ref) -> tuple[Ref, ...]:
    links = (each for each in facts.records[ref].links.values() if each.kind not in SURROUNDINGS)
    return (*links, *facts.personas.get(ref, ()), *facts.pairs.get(ref, ()), *facts.linked.get(ref, ()))


def size_of(facts: Facts) -> int:
    """How many personas a situation has, and how many matches and further records beyond the first between the same."""
    personas = sum(ref.kind is Kind.PERSONA for ref in facts.records)
    further = [record for ref, record in facts.records.items() if ref.kind in {Kind.PAIR, Kind.RECORD}]
    return personas + len(further) - len({(each.sort, tuple(sorted(each.links.items()))) for each in further})


def people_of(facts: Facts) -> tuple[Ref, ...]:
    """The users, in the order in which they came."""
    return tuple(sorted(ref for ref in facts.records if ref.kind is Kind.USER))


def separated(facts: Facts, lens: Lens, ruleset: Ruleset) -> tuple[Facts, ...]:
    """The groups of people who have nothing to do with one another any more.

    A pair that nothing leads on from, and that no condition can see, is forgotten.
    """
    kept = [record for record in facts.records.values() if lens.past_pairs or not _is_over(record, facts, ruleset)]
    alive = Facts(kept, facts.now)
    around = [record for record in kept if record.ref.kind in SURROUNDINGS]
    groups: list[set[Ref]] = []
    for user in people_of(alive):
        if not any(user in group for group in groups):
            groups.append(_together(alive, user))
    if len(groups) <= 1:
        return (alive,)
    return tuple(Facts([*around, *(record for record in kept if record.ref in group)], facts.now) for group in groups)


def _is_over(record: Record, facts: Facts, ruleset: Ruleset) -> bool:
    if record.ref.kind is not Kind.PAIR or facts.linked.get(record.ref):
        return False
    ended = all(
        record.statuses.get(transition.machine) not in transition.sources or transition.machine not in record.statuses
        for transition in ruleset.transitions.values()
        if transition.creates is None
    )
    return ended and not any(ruleset.status(*status).opens for status in record.statuses.items())


def _together(facts: Facts, start: Ref) -> set[Ref]:
    found, waiting = {start}, [start]
    while waiting:
        ref = waiting.pop()
        proposer = facts.records[ref].proposer
        near = {*_near(facts, ref), *([proposer] if proposer in facts.records and proposer is not None else [])}
        fresh = near - found
        found |= fresh
        waiting += fresh
    return found


def moved_apart(facts: Facts, by: int) -> Facts:
    """The same people under other numbers, so that they can meet others; the surroundings keep theirs."""

    def other(ref: Ref) -> Ref:
        return ref if ref.kind in SURROUNDINGS else Ref(ref.kind, ref.id + by)

    return Facts([_renumbered(record, other) for record in facts.records.values()], facts.now)


def _renumbered(record: Record, other: Callable[[Ref], Ref]) -> Record:
    links = {name: other(ref) for name, ref in record.links.items()}
    proposer = None if record.proposer is None else other(record.proposer)
    return replace(record, ref=other(record.ref), links=links, proposer=proposer)


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
