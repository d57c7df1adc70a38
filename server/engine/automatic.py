"""What makes a transition happen by itself: a time in a status, a date, the calendar, or something that is true."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.engine.conditions import Condition
from server.engine.durations import NO_TIME, Duration, on_the_wall
from server.engine.paths import Path
from server.engine.values import DATE, day_of, instant_of, moment_text, within_calendar

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The days as the file names them, in their order."""

EVERY_DAY, WEEKDAYS = frozenset(range(7)), frozenset(range(5))


@dataclass(frozen=True, slots=True)
class After:
    """So long after the record entered the status that it is in; of several ages at each.

    ``late``: how late it may still happen, here as in the other clocks; None: however late that is.
    """

    ages: tuple[Duration, ...]
    late: Duration | None = None

    def spoken(self) -> str:
        """In words, to follow *it happens*."""
        return f"after {_listed(self.ages)} in the status"


@dataclass(frozen=True, slots=True)
class Dated:
    """At a date or an instant that a field holds, or so long after (``sign`` 1) or before (-1) it; of several at each.

    ``path`` leads there by links that never change. ``at``: the time of day, for a date.
    """

    path: Path
    type: str
    shifts: tuple[Duration, ...] = ()
    sign: int = 1
    at: time = time()
    late: Duration | None = None

    def spoken(self) -> str:
        """In words, to follow *it happens*."""
        clock = f" at {self.at:%H:%M}" if self.type == DATE else ""
        if not self.shifts:
            return f"{'on' if self.type == DATE else 'at'} {self.path.text}{clock}"
        return f"{_listed(self.shifts)} {'after' if self.sign > 0 else 'before'} {self.path.text}{clock}"

    def moments(self, value: str, zone: ZoneInfo) -> tuple[datetime, ...]:
        """When it happens for a value of the field, in UTC."""
        return tuple(self._moment(value, shift, zone) for shift in self.shifts or (NO_TIME,))

    def _moment(self, value: str, shift: Duration, zone: ZoneInfo) -> datetime:
        if self.type != DATE:
            return shift.moved(instant_of(value), zone, self.sign)
        day = shift.day_from(within_calendar(date.fromisoformat(value)), self.sign)
        return on_the_wall(datetime.combine(day, self.at), zone) + self.sign * timedelta(seconds=shift.seconds)

    def last_value(self, until: datetime, zone: ZoneInfo) -> str:
        """A value after which no other makes it happen by a moment; never too early."""
        shifts = self.shifts or (NO_TIME,)
        last = max(shift.latest_start(until) if self.sign > 0 else shift.latest_end(until) for shift in shifts)
        if self.type != DATE:
            return moment_text(last)
        return (day_of(last, zone) + timedelta(days=1)).isoformat()


@dataclass(frozen=True, slots=True)
class When:
    """As soon as a condition is true of the record."""

    condition: Condition

    def spoken(self) -> str:
        """In words, to follow *it happens*."""
        return "as soon as its condition holds"


@dataclass(frozen=True, slots=True)
class Daily:
    """At a time of day, every day or on some ``days`` of the week (0 is Monday)."""

    at: time
    days: frozenset[int] = EVERY_DAY
    late: Duration | None = None

    def spoken(self) -> str:
        """In words, to follow *it happens*."""
        names = {EVERY_DAY: "day", WEEKDAYS: "weekday"}
        days = names.get(self.days) or _enumerated(WEEK[day].title() for day in sorted(self.days))
        return f"every {days} at {self.at:%H:%M}"

    def first_from(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first date at or after a moment, in UTC."""
        return next(date for date in self._dates(moment, zone) if date >= moment)

    def _dates(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        # A clock put forward may move a date past midnight, hence the day before as well.
        day = day_of(moment, zone) - timedelta(days=1)
        while True:
            if day.weekday() in self.days:
                yield on_the_wall(datetime.combine(day, self.at), zone)
            day += timedelta(days=1)

    def first_kept(self, moment: datetime, now: datetime, zone: ZoneInfo) -> datetime:
        """The first date at or after a moment that it is not too late for by now."""
        date = self.first_from(moment, zone)
        while self.late is not None and self.late.after(date, zone) < now:
            date = self.first_from(date + timedelta(microseconds=1), zone)
        return date


Clock = After | Dated | Daily
"""What goes by time alone; ``server.engine.due`` says when each is due."""

Automatic = Clock | When


def _listed(durations: Iterable[Duration]) -> str:
    return _enumerated(duration.spoken() for duration in durations)


def _enumerated(parts: Iterable[str]) -> str:
    *first, last = parts
    return " and ".join((", ".join(first), last)) if first else last
