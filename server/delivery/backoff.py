"""When a message that was not taken is tried again: soon at first, then ever later, and at last no more."""

from collections.abc import Callable
from datetime import datetime, timedelta

ATTEMPTS = 12
"""How often a message is tried; then it waits for somebody to send it anew."""

FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=6)


def next_attempt(attempts: int, now: datetime, chance: Callable[[], float]) -> datetime | None:
    """When to try again after so many attempts; None: no more.

    Pauses double, from half a minute up to six hours, so that all of them together take about half a
    day. ``chance`` (from 0 to 1) spreads them by a quarter either way: receivers that come back are not
    overrun.
    """
    if attempts >= ATTEMPTS:
        return None
    pause = min(FIRST_PAUSE * (1 << (attempts - 1)), LONGEST_PAUSE)
    return now + pause * (0.75 + chance() / 2)
