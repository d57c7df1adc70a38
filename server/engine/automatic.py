"""What makes a transition happen by itself: after a time, as soon as something is true, or by the calendar."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from server.engine.conditions import Condition
from server.engine.durations import Duration, on_the_wall

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class After:
    """So long after the record entered the status that it is in."""

    duration: Duration

    def spoken(self) -> str:
        """In words, to follow *it happens*."""
        return f"after {self.duration.spoken()} in the status"


@dataclass(frozen=True, slots=True)
class When:
    """As soon as a condition is true of the record."""

    condition: Condition

    def spoken(self) -> str:
        """In words, to follow *it happens*."""
        return "as soon as its condition holds"


@dataclass(frozen=True, slots=True)
class Daily:
    """Every day, or every weekday, at a time of day.

    ``tolerance``: how long after its time a missed date is still kept; None: it is made up whenever that is.
    """

    at: time
    weekdays: bool = False
    tolerance: Duration | None = None

    def spoken(self) -> str:
        """In words, to follow *it happens*."""
        return f"every {'weekday' if self.weekdays else 'day'} at {self.at:%H:%M}"

    def first_from(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The first date at or after a moment, in UTC."""
        return next(date for date in self._dates(moment, zone) if date >= moment)

    def _dates(self, moment: datetime, zone: ZoneInfo) -> Iterator[datetime]:
        # A clock put forward may move a date past midnight, hence the day before as well.
        day = moment.astimezone(zone).date() - timedelta(days=1)
        while True:
            if not (self.weekdays and day.weekday() >= _SATURDAY):
                yield on_the_wall(datetime.combine(day, self.at), zone)
            day += timedelta(days=1)

    def last_until(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """The last date at or before a moment, in UTC."""
        date = self.first_from(moment - timedelta(days=5), zone)
        while (later := self.first_from(date + timedelta(microseconds=1), zone)) <= moment:
            date = later
        return date

    def first_kept(self, moment: datetime, now: datetime, zone: ZoneInfo) -> datetime:
        """The first date at or after a moment that is not missed beyond the tolerance by now."""
        date = self.first_from(moment, zone)
        while self.tolerance is not None and self.tolerance.after(date, zone) < now:
            date = self.first_from(date + timedelta(microseconds=1), zone)
        return date


Automatic = After | When | Daily
"""A later way, such as a date that a field holds, is one more of these; ``server.engine.due`` says when each is due."""
