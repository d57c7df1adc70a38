"""Values: what a record holds beside its statuses, as text in one canonical form each, and how they compare.

``integer``: decimal digits; ``boolean``: true or false; ``date``: 2026-09-01; ``instant``: UTC with a Z at
the end; ``choice``: the key; ``site``: its key; ``user``: its id. Dates and instants so written sort as text.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.engine.durations import NO_TIME, Duration, on_the_wall
from server.engine.paths import Operand, Path, Scope, UnknownRecordError, value_at

INTEGER, BOOLEAN, DATE, INSTANT, TEXT, CHOICE, SITE, USER = (
    "integer",
    "boolean",
    "date",
    "instant",
    "text",
    "choice",
    "site",
    "user",
)
TYPES = (TEXT, INTEGER, BOOLEAN, DATE, INSTANT, CHOICE, SITE, USER)
ORDERED = frozenset({INTEGER, DATE, INSTANT})
"""The types of which one value comes before another."""

_EARLIEST, _LATEST = date(1000, 1, 1), date(9000, 1, 1)

_AROUND = 4
"""By how many days sums over months may miss: the last of a month counts for several days of another."""

_DIGITS = 18
"""What 64 bits hold."""
_LARGEST = int("9" * _DIGITS)
_BIAS = 10**_DIGITS
"""Added to whole numbers, so that their digits sort as they do."""


def parts_of(text: str) -> tuple[str, ...]:
    """The keys of which the text of several choices is made: ``A, B``."""
    return tuple(part for each in text.split(",") if (part := each.strip()))


def joined(parts: Iterable[str]) -> str:
    """Several choices as one text."""
    return ", ".join(parts)


def is_value(type_: str, text: str) -> bool:
    """Whether a text, just as it is, is a value of this type."""
    return _FORMS[type_](text) is not None


def canonical(type_: str, text: str) -> str | None:
    """The canonical form of a value given as text; None where it is none of this type."""
    return _FORMS[type_](text.strip())


def _integer(text: str) -> str | None:
    digits = text.removeprefix("-")
    fine = digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS
    return str(int(text)) if fine else None


def _date(text: str) -> str | None:
    try:
        return text if date.fromisoformat(text).isoformat() == text else None
    except ValueError:
        return None


def _instant(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment_text(moment)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day that a moment is on by the calendar of a place."""
    return moment.astimezone(zone).date()


def instant_of(text: str) -> datetime:
    """The moment that a canonical instant says, moved into the years for which sums can be made."""
    moment = datetime.fromisoformat(text)
    return datetime.combine(within_calendar(moment.date()), moment.timetz())


def within_calendar(day: date) -> date:
    """A day, moved into the years for which sums can be made."""
    return min(max(day, _EARLIEST), _LATEST)


def moment_text(moment: datetime) -> str:
    """A moment in its canonical form."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


_FORMS: Mapping[str, Callable[[str], str | None]] = {
    INTEGER: _integer,
    BOOLEAN: lambda text: text if text in {"true", "false"} else None,
    DATE: _date,
    INSTANT: _instant,
    TEXT: lambda text: text or None,
    CHOICE: lambda text: text or None,
    SITE: lambda text: text or None,
    USER: lambda text: text or None,
}


def kept(number: int) -> int:
    """A whole number as far as it can be kept: it stops at 18 digits instead of growing on."""
    return max(-_LARGEST, min(_LARGEST, number))


def order_key(type_: str, value: str) -> str:
    """A value in a form that sorts: whole numbers by size, everything else whatever its case."""
    return f"{int(value) + _BIAS:020d}" if type_ == INTEGER else value.casefold()


def difference(type_: str, one: str, other: str) -> int:
    """1, 0 or -1: whether one value comes after, with or before the other."""
    if type_ == INTEGER:
        return (int(one) > int(other)) - (int(one) < int(other))
    return (one > other) - (one < other)


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the file."""

    text: str

    def value(self, scope: Scope) -> str | None:  # noqa: ARG002 - see Operand
        """See :class:`Operand`."""
        return self.text


@dataclass(frozen=True, slots=True)
class ValueOf:
    """What a path leads to."""

    path: Path

    def value(self, scope: Scope) -> str | None:
        """See :class:`Operand`."""
        return value_at(self.path, scope)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a question; nothing while nothing is answered yet."""

    key: str

    def value(self, scope: Scope) -> str | None:
        """See :class:`Operand`."""
        if scope.answers is None:
            raise UnknownRecordError
        return scope.answers.get(self.key)


@dataclass(frozen=True, slots=True)
class Now:
    """The time of the act, or so long after or before it: as an instant, or as the date where the program is.

    ``sign``: 1 adds the shift, -1 takes it away. A date is shifted by its months and days.
    """

    type: str
    zone: ZoneInfo
    shift: Duration = NO_TIME
    sign: int = 1

    def value(self, scope: Scope) -> str | None:
        """See :class:`Operand`."""
        return self.at(scope.situation.now)

    def at(self, now: datetime) -> str:
        """The time of an act at a moment."""
        if self.type == DATE:
            return self.shift.day_from(day_of(now, self.zone), self.sign).isoformat()
        return moment_text(self.shift.moved(now, self.zone, self.sign))

    def turns(self, text: str) -> Iterator[datetime]:
        """The moments around which it comes to, and passes, a value; some more than there are."""
        if self.type == DATE:
            day = self.shift.day_from(within_calendar(date.fromisoformat(text)), -self.sign)
            days = (day + timedelta(days=off) for off in range(-_AROUND, _AROUND + 1))
            yield from (on_the_wall(datetime.combine(each, time()), self.zone) for each in days)
            return
        exact = self.shift.moved(instant_of(text), self.zone, -self.sign)
        for off in range(-_AROUND, _AROUND + 1) if self.shift.months or self.shift.days else (0,):
            yield exact + timedelta(days=off)
            yield exact + timedelta(days=off, microseconds=1)


@dataclass(frozen=True, slots=True)
class Sum:
    """A whole number plus (or, with a negative ``add``, minus) a constant; nothing plus something is that something."""

    base: Operand
    add: int

    def value(self, scope: Scope) -> str | None:
        """See :class:`Operand`."""
        return str(kept(int(self.base.value(scope) or 0) + self.add))


OPERATORS: Mapping[str, frozenset[int]] = {
    "equals": frozenset({0}),
    "at_least": frozenset({0, 1}),
    "at_most": frozenset({-1, 0}),
    "more_than": frozenset({1}),
    "less_than": frozenset({-1}),
    "not_before": frozenset({0, 1}),
    "not_after": frozenset({-1, 0}),
    "after": frozenset({1}),
    "before": frozenset({-1}),
}
"""The words that compare, with the signs of the difference for which they hold; the last four are for time."""


@dataclass(frozen=True, slots=True)
class Compare:
    """A value of the record compares so with another; where either is missing it does not hold."""

    path: Path
    operator: str
    operand: Operand
    type: str

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`server.engine.conditions.Condition`."""
        return _compares(ValueOf(self.path), self.operator, self.operand, self.type, scope)


@dataclass(frozen=True, slots=True)
class AnswerIs:
    """The answer to a question compares so with a value; where either is missing it does not hold."""

    key: str
    operator: str
    operand: Operand
    type: str

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`server.engine.conditions.Condition`. Unknown while nothing is answered yet."""
        return _compares(Answer(self.key), self.operator, self.operand, self.type, scope)


def _compares(left: Operand, operator: str, right: Operand, type_: str, scope: Scope) -> bool | None:
    try:
        one, other = left.value(scope), right.value(scope)
    except UnknownRecordError:
        return None
    return one is not None and other is not None and difference(type_, one, other) in OPERATORS[operator]
