"""Wakes whoever waits in this process for something to have changed."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Ear:
    """One who waits. What is rung while they are busy is not lost: they hear it as soon as they listen again."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop, self._event = loop, asyncio.Event()

    def hear(self) -> None:
        """Remembers that it was rung; on the loop's own thread."""
        self._event.set()

    async def rung(self, at_most: float) -> bool:
        """Waits until it was rung since the last time, at most so many seconds. Whether it was."""
        try:
            async with asyncio.timeout(at_most):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True


class Bell:
    """Rung by any thread, heard on event loops. However often it is rung meanwhile, each ear hears it once."""

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._ears: set[Ear] = set()

    @property
    def heard(self) -> bool:
        """Whether anybody listens."""
        return bool(self._ears)

    def ring(self) -> None:
        """Wakes all."""
        with self._gate:
            ears = list(self._ears)
        for ear in ears:
            with suppress(RuntimeError):  # a loop that is closed has nobody left to tell
                ear.loop.call_soon_threadsafe(ear.hear)

    @contextmanager
    def ear(self) -> Iterator[Ear]:
        """Listens until the block ends; on an event loop."""
        ear = Ear(asyncio.get_running_loop())
        with self._gate:
            self._ears.add(ear)
        try:
            yield ear
        finally:
            with self._gate:
                self._ears.discard(ear)
