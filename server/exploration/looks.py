"""What can be looked at of situations, in values that are equal where no rule can tell them apart."""

from collections.abc import Mapping
from datetime import datetime

from server.engine.facts import Facts, Record, Ref
from server.engine.ruleset import Ruleset
from server.engine.values import USER
from server.exploration.lens import Lens

Look = tuple[str, ...]
"""A table of the facts or an attribute of a record by its name, and in the attribute perhaps a key."""

ENDS: Look = ("links",)
"""Whether a record is there, and to whom it is linked."""

WHOLE: Look = ("whole",)
"""All of a record that a decision can look at, or that tells a situation from others."""

TABLES = ("personas", "pairs", "linked")
"""The tables of the facts that say which records belong to one."""

ATTRIBUTES = ("statuses", "values", "since", "past", "places", "lists", "entered")
"""What a record holds by name, other than links."""

_NOTHING: tuple[Ref, ...] = ()
_MISSING = object()


class Looks:
    """Looks at situations of one program."""

    __slots__ = ("_lens", "_naming", "_numbers", "_ruleset", "_times", "_wholes")

    def __init__(self, ruleset: Ruleset, lens: Lens) -> None:
        self._ruleset, self._lens, self._times = ruleset, lens, bool(lens.pauses)
        self._naming = [key for key in lens.kept if key in ruleset.fields and ruleset.fields[key].type == USER]
        self._numbers: dict[object, int] = {}
        self._wholes: dict[int, tuple[Record, datetime, tuple[int, tuple[Ref, ...]]]] = {}

    def seen(self, record: Record, now: datetime) -> int:
        """The number of what tells a situation with this record from others."""
        return self._number(self._lens.seen(record, now, self._ruleset))

    def found(self, look: Look, ref: Ref, facts: Facts) -> tuple[object, tuple[Ref, ...]]:
        """What is found where somebody looks, and the records that it leads to."""
        name = look[0]
        if name in TABLES:
            table: Mapping[Ref, tuple[Ref, ...]] = getattr(facts, name)
            return None, table.get(ref, _NOTHING)
        record = facts.records.get(ref)
        if record is None:
            return _MISSING, _NOTHING
        if look is WHOLE:
            return self._whole(record, facts.now)
        if look is ENDS:
            return (record.declared, *record.links), _ends(record)
        held: Mapping[str, object] = getattr(record, name)
        return (tuple(held) if len(look) == 1 else self._held(record, name, look[1])), _NOTHING

    def _held(self, record: Record, name: str, key: str) -> object:
        """What an attribute holds. Of the past only what rules remember, unless they count time."""
        held: Mapping[str, object] = getattr(record, name)
        if name == "past" and not self._times:
            return self._lens.remembered(record, key)
        if key in self._naming and held.get(key):
            return record.ref
        return held.get(key, _MISSING)

    def _whole(self, record: Record, now: datetime) -> tuple[int, tuple[Ref, ...]]:
        known = self._wholes.get(id(record))
        if known is None or known[1] != now:
            known = record, now, (self._number(self._exactly(record, now)), _ends(record))
            self._wholes[id(record)] = known  # which keeps the record alive, so that its id stays its own
        return known[2]

    def _exactly(self, record: Record, now: datetime) -> object:
        held = (record.values.get(key) for key in self._lens.free.get(record.sort, ()))
        looked = (self._lens.seen(record, now, self._ruleset), *held, *record.links, *sorted(record.places.items()))
        times = (record.since, record.past, record.entered) if self._times else ()
        names = (record.ref if record.values.get(key) else None for key in self._naming)
        return (*looked, *(tuple(sorted(each.items())) for each in times), *names)

    def _number(self, seen: object) -> int:
        return self._numbers.setdefault(seen, len(self._numbers))


def _ends(record: Record) -> tuple[Ref, ...]:
    """The records that one is linked to."""
    return (*record.links.values(), *(_NOTHING if record.proposer is None else (record.proposer,)))
