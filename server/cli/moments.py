"""Moments as people write them on a command line, so many days or a date, and as JSON tells them."""

import re
from datetime import UTC, datetime, timedelta

from server.cli.output import USAGE, refuse

_DAYS = re.compile(r"([1-9][0-9]{0,3})d", re.ASCII)


def moment_before(option: str, text: str, now: datetime) -> datetime:
    """The moment that an option means: so many days ago, or a date, in UTC unless it says otherwise, at its start."""
    days = _DAYS.fullmatch(text)
    if days:
        return now - timedelta(days=int(days[1]))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"{option} is 7d, 2026-01-31 or 2026-01-31T12:00:00Z, not '{text}'.", USAGE)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def iso(moment: datetime | None) -> str | None:
    """A moment as JSON tells it."""
    return moment.isoformat() if moment else None
