"""Lengths of time as people mean them: months and days by the calendar of a place, hours by the clock."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_FORM = re.compile(
    r"P(?=\d|T\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?", re.ASCII
)
_MONTHS_OF_YEAR = 12
_DAYS_OF_WEEK = 7
_SHORTEST_MONTH, _LONGEST_MONTH = 28, 31
_LONGEST_DAYS = 36_600
"""About a hundred years, so that no sum leaves the calendar."""

_SLACK = timedelta(days=2)
"""How much shorter than that some days were: clocks put forward, and an island that changed sides."""

_UNITS = (("month", "months"), ("day", "days"), ("hour", "hours"), ("minute", "minutes"), ("second", "seconds"))


@dataclass(frozen=True, slots=True)
class Duration:
    """Months, then days, by the calendar; then seconds by the clock. All whole, none negative."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def after(self, start: datetime, zone: ZoneInfo) -> datetime:
        """The moment that lies this long after another, in UTC.

        Months and days keep the time on the wall of ``zone``: the 31st becomes the last of a shorter month, a
        time that a clock put forward leaves out comes as much later, one that it shows twice counts at first.
        """
        return self.moved(start, zone, 1)

    def moved(self, moment: datetime, zone: ZoneInfo, sign: int) -> datetime:
        """The moment that lies this long after (1) or before (-1) another, in UTC, as :meth:`after` has it."""
        local = moment.astimezone(zone).replace(tzinfo=None)
        if self.months or self.days:
            moment = on_the_wall(datetime.combine(self.day_from(local.date(), sign), local.time()), zone)
        return moment.astimezone(UTC) + sign * timedelta(seconds=self.seconds)

    def day_from(self, day: date, sign: int) -> date:
        """The day that lies the months and days of this after (1) or before (-1) another."""
        return _months_later(day, sign * self.months) + timedelta(days=sign * self.days)

    def latest_start(self, end: datetime) -> datetime:
        """A moment after which nothing can have begun that is this long before ``end``; never too early."""
        shortest = timedelta(days=self.months * _SHORTEST_MONTH + self.days, seconds=self.seconds)
        return end - shortest + (_SLACK if self.months or self.days else timedelta())

    def latest_end(self, start: datetime) -> datetime:
        """A moment after which nothing can lie that is this long after ``start``; never too early."""
        longest = timedelta(days=self.months * _LONGEST_MONTH + self.days, seconds=self.seconds)
        return start + longest + (_SLACK if self.months or self.days else timedelta())

    def spoken(self) -> str:
        """In words: ``3 months and 2 days``."""
        hours, rest = divmod(self.seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        numbers = zip((self.months, self.days, hours, minutes, seconds), _UNITS, strict=True)
        parts = [f"{number} {unit[number != 1]}" for number, unit in numbers if number]
        return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


NO_TIME = Duration()
"""No time at all, which no file can say."""


def parse_duration(text: str) -> Duration | None:
    """Reads ISO 8601 (``P21D``, ``P1M``, ``PT36H``); None for what is none, is nothing, or exceeds a century."""
    found = _FORM.fullmatch(text)
    if found is None or max(len(part or "") for part in found.groups()) > 9:  # noqa: PLR2004 - digits enough for all
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    whole = Duration(
        years * _MONTHS_OF_YEAR + months, weeks * _DAYS_OF_WEEK + days, (hours * 60 + minutes) * 60 + seconds
    )
    length = whole.months * 31 + whole.days + whole.seconds // 86_400
    return whole if whole != NO_TIME and length <= _LONGEST_DAYS else None


def on_the_wall(local: datetime, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which clocks in a zone first show a time, or would have shown it."""
    return local.replace(tzinfo=zone, fold=0).astimezone(UTC)


def shown(moment: datetime, zone: ZoneInfo) -> str:
    """A moment as clocks in a zone show it, to the minute and never too early: ``2026-02-01 09:30``."""
    local = moment.astimezone(zone)
    rounded = local.replace(second=0, microsecond=0)
    if rounded != local:
        rounded += timedelta(minutes=1)
    return f"{rounded:%Y-%m-%d}" if (rounded.hour, rounded.minute) == (0, 0) else f"{rounded:%Y-%m-%d %H:%M}"


def _months_later(day: date, months: int) -> date:
    year, month = divmod(day.year * _MONTHS_OF_YEAR + day.month - 1 + months, _MONTHS_OF_YEAR)
    first_of_next = date(year + (month + 1) // _MONTHS_OF_YEAR, (month + 1) % _MONTHS_OF_YEAR + 1, 1)
    return date(year, month + 1, min(day.day, (first_of_next - timedelta(days=1)).day))
