"""The calendar of the story: what happens when, in order, and the clock that goes with it."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from heapq import heappop, heappush


class Agenda:
    """Things to do by moment; what lies past the end never happens."""

    __slots__ = ("_ends", "_entered", "_entries", "now")

    def __init__(self, starts: date, ends: date) -> None:
        self.now = datetime.combine(starts, time(), UTC)
        self._ends = datetime.combine(ends, time(), UTC)
        self._entries: list[tuple[datetime, int, Callable[[], None]]] = []
        self._entered = 0

    def clock(self) -> datetime:
        """The time in the story."""
        return self.now

    def at(self, moment: datetime, action: Callable[[], None]) -> None:
        """Enters something to do; of two at the same moment the one entered first comes first."""
        self._entered += 1
        if moment < self._ends:
            heappush(self._entries, (moment, self._entered, action))

    def run(self, turned: Callable[[date], None]) -> None:
        """Does everything in order; ``turned`` is told each day on which there is something to do."""
        day = None
        while self._entries:
            self.now, _, action = heappop(self._entries)
            if self.now.date() != day:
                day = self.now.date()
                turned(day)
            action()
