"""Conditions on the past: which statuses a record has been in, what has been done to it, how often and how long ago."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from server.engine.durations import Duration
from server.engine.facts import Record
from server.engine.paths import Operand, Path, Scope, UnknownRecordError, record_at
from server.engine.values import Constant

ONCE = Constant("1")


@dataclass(frozen=True, slots=True)
class Recently:
    """How far back is looked, by the calendar of ``zone``; ``within`` None: to the beginning."""

    within: Duration | None = None
    zone: ZoneInfo = field(default=ZoneInfo("UTC"))

    def reaches(self, moment: datetime | None, now: datetime) -> bool:
        """Whether something counts that lasted until a moment (None: it lasts)."""
        ends = self.ends(moment)
        return ends is None or now < ends

    def ends(self, moment: datetime | None) -> datetime | None:
        """When it ceases to count; None: never by time alone."""
        return None if moment is None or self.within is None else self.within.after(moment, self.zone)


class Stay(NamedTuple):
    """One time that a record was in a status; ``until`` None: it still is."""

    status: str
    until: datetime | None


def stays(record: Record, machine: str) -> tuple[Stay, ...]:
    """Every time that a record was in a status of a machine, as far as the ruleset recalls it; the last is now."""
    found: list[Stay] = []
    for past in record.past.get(machine, ()):
        if found and found[-1].status == past.status:
            continue
        found = [*found[:-1], *(stay._replace(until=past.at) for stay in found[-1:]), Stay(past.status, None)]
    present = record.statuses.get(machine)
    return tuple(found) or ((Stay(present, None),) if present is not None else ())


@dataclass(frozen=True, slots=True)
class Been:
    """The record has so often, or once, been in one of the statuses of a machine, in which ``path`` ends."""

    path: Path
    values: frozenset[str]
    recently: Recently = Recently()
    at_least: Operand = ONCE

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`server.engine.conditions.Condition`. There being no record, it does not hold."""
        try:
            ends, least = self.ends(scope), self.at_least.value(scope)
        except UnknownRecordError:
            return None
        return _often([self.recently.reaches(end, scope.situation.now) for end in ends], least)

    def ends(self, scope: Scope) -> tuple[datetime | None, ...]:
        """Until when it was in them, each time. Raises UnknownRecordError."""
        record = record_at(self.path, scope)
        if record is None or self.path.value is None:
            return ()
        return tuple(stay.until for stay in stays(record, self.path.value) if stay.status in self.values)


@dataclass(frozen=True, slots=True)
class Did:
    """One of the transitions has so often, or once, been carried out on the record."""

    transitions: frozenset[str]
    recently: Recently = Recently()
    at_least: Operand = ONCE

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`server.engine.conditions.Condition`."""
        try:
            least = self.at_least.value(scope)
        except UnknownRecordError:
            return None
        return _often([self.recently.reaches(end, scope.situation.now) for end in self.ends(scope)], least)

    def ends(self, scope: Scope) -> tuple[datetime | None, ...]:
        """When it was, each time."""
        every = (past for machine in scope.self.past.values() for past in machine)
        return tuple(past.at for past in every if past.transition in self.transitions)


def _often(verdicts: list[bool], least: str | None) -> bool:
    return least is not None and sum(verdicts) >= int(least)


def memory_turns(condition: Been | Did, scope: Scope) -> Iterator[datetime]:
    """The moments at which something ceases to count."""
    try:
        found = condition.ends(scope)
    except UnknownRecordError:
        return
    yield from (end for moment in found if (end := condition.recently.ends(moment)) is not None)
