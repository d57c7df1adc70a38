"""Derived values: numbers and statuses that no record holds, worked out from the situation whenever they are asked for.

Whatever is missing makes the number missing, except in a sum and in a count, which leave it out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from server.engine.conditions import Condition, sure
from server.engine.facts import Record
from server.engine.paths import Operand, Path, Scope, UnknownRecordError, records_at, unchosen
from server.engine.values import DATE, Now, day_of, kept, within_calendar

_PERCENT = 100
_LONGEST = 36_600
"""About a hundred years of days: what lies farther away is not looked for."""


def chosen(of: Path, where: Condition | None, scope: Scope) -> tuple[Record, ...]:
    """The records of a list that satisfy a condition. Raises UnknownRecordError where that is not sure of each."""
    records = records_at(of, scope)
    if unchosen(of, scope):
        raise UnknownRecordError
    return tuple(record for record in records if where is None or sure(where, scope.at(record)))


@dataclass(frozen=True, slots=True)
class Counted:
    """How many records of a list satisfy a condition."""

    of: Path
    where: Condition | None = None

    def value(self, scope: Scope) -> str | None:
        """See :class:`server.engine.paths.Operand`."""
        return str(len(chosen(self.of, self.where, scope)))


@dataclass(frozen=True, slots=True)
class Summed:
    """What a number comes to over the records of a list; where it is missing it adds nothing."""

    amount: Operand
    of: Path
    where: Condition | None = None

    def value(self, scope: Scope) -> str | None:
        """See :class:`server.engine.paths.Operand`."""
        found = (self.amount.value(scope.at(record)) for record in chosen(self.of, self.where, scope))
        return str(kept(sum(int(number) for number in found if number is not None)))


@dataclass(frozen=True, slots=True)
class Share:
    """How many of a hundred records of a list satisfy a condition, rounded down; missing where the list is empty."""

    of: Path
    that: Condition
    where: Condition | None = None

    def value(self, scope: Scope) -> str | None:
        """See :class:`server.engine.paths.Operand`."""
        every = chosen(self.of, self.where, scope)
        fitting = sum(sure(self.that, scope.at(record)) for record in every)
        return str(_PERCENT * fitting // len(every)) if every else None


def _add(one: int, other: int) -> int:
    return one + other


def _take(one: int, other: int) -> int:
    return one - other


def _multiply(one: int, other: int) -> int:
    return one * other


ARITHMETIC = {"plus": _add, "minus": _take, "times": _multiply}
"""The words that make one number of several, from left to right."""


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """Several numbers added, taken away or multiplied, from left to right."""

    operator: str
    parts: tuple[Operand, ...]

    def value(self, scope: Scope) -> str | None:
        """See :class:`server.engine.paths.Operand`."""
        reckon, numbers = ARITHMETIC[self.operator], list[int]()
        for part in self.parts:
            number = part.value(scope)
            if number is None:
                return None
            numbers.append(int(number))
        *_, result = accumulate(numbers, lambda one, other: kept(reckon(one, other)))
        return str(result)


@dataclass(frozen=True, slots=True)
class Steps:
    """What a table says of a number: the entry of the largest threshold that it reaches; missing below them all."""

    of: Operand
    table: Mapping[int, int]

    def value(self, scope: Scope) -> str | None:
        """See :class:`server.engine.paths.Operand`."""
        number = self.of.value(scope)
        reached = [] if number is None else [threshold for threshold in self.table if threshold <= int(number)]
        return str(self.table[max(reached)]) if reached else None


@dataclass(frozen=True, slots=True)
class Days:
    """How many days lie between two days, the second counted and the first not.

    A moment stands for the day on which it lies by the calendar of ``zone``.
    """

    start: Operand
    end: Operand
    zone: ZoneInfo

    def value(self, scope: Scope) -> str | None:
        """See :class:`server.engine.paths.Operand`."""
        start, end = (operand.value(scope) for operand in (self.start, self.end))
        if start is None or end is None:
            return None
        return str((_day(end, self.zone) - _day(start, self.zone)).days)

    def turns(self, days: int, scope: Scope) -> Iterator[datetime]:
        """The moments around which it comes to a number, if one of its sides is the present; some more than there are.

        Raises UnknownRecordError.
        """
        for present, other, sign in ((self.end, self.start, 1), (self.start, self.end, -1)):
            fixed = None if isinstance(other, Now) else other.value(scope)
            if isinstance(present, Now) and fixed is not None and abs(days) <= _LONGEST:
                day = within_calendar(_day(fixed, self.zone)) + timedelta(days=sign * days)
                yield from replace(present, type=DATE).turns(day.isoformat())


def _day(text: str, zone: ZoneInfo) -> date:
    moment = datetime.fromisoformat(text)
    return moment.date() if moment.tzinfo is None else day_of(moment, zone)


@dataclass(frozen=True, slots=True)
class Cases:
    """The first of several words whose condition holds (None: it always does); missing where none does."""

    cases: tuple[tuple[str, Condition | None], ...]

    def value(self, scope: Scope) -> str | None:
        """See :class:`server.engine.paths.Operand`."""
        return next((word for word, when in self.cases if when is None or sure(when, scope)), None)
