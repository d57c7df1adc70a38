"""Keeps the scheduler under the rules in force: it begins anew whenever they are exchanged."""

import asyncio
from collections.abc import Callable

from server.services.in_force import InForce
from server.services.rulebook import Rulebook
from server.services.scheduler import Scheduler


class Timekeeping:
    """Runs one scheduler after another, each under one rulebook; the act that one is at is finished first."""

    def __init__(self, in_force: InForce, scheduler: Callable[[Rulebook], Scheduler]) -> None:
        self._in_force, self._scheduler = in_force, scheduler
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Lets it end after the act it is at."""
        self._stopping.set()

    async def keep_time(self) -> None:
        """Runs until it is told to stop."""
        while not self._stopping.is_set():
            rulebook = self._in_force.rulebook
            scheduler = self._scheduler(rulebook)
            keeping = asyncio.create_task(scheduler.keep_time())
            ends = [asyncio.create_task(end) for end in (self._stopping.wait(), self._in_force.outdated(rulebook))]
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            for end in ends:
                end.cancel()
            scheduler.stop()
            await keeping
