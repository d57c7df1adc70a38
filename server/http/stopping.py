"""Tells answers that go on and on that the server is about to stop, before it waits for them."""

import asyncio
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Stopping:
    """Whether this process is about to stop. The server itself says so only when all answers have ended."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    def tell(self) -> None:
        """Lets everything that waits for it end; on the event loop."""
        self._told.set()

    async def told(self) -> None:
        """Waits until the server is about to stop."""
        await self._told.wait()

    @contextmanager
    def on_signals(self) -> Iterator[None]:
        """Tells when the process is asked to stop, besides what is done about it anyway."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals come to the main thread alone
            return
        loop = asyncio.get_running_loop()
        before = {number: signal.getsignal(number) for number in _SIGNALS}

        def heard(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.tell)
            handler = before[signal.Signals(number)]
            if callable(handler):
                handler(number, frame)

        for number in _SIGNALS:
            signal.signal(number, heard)
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
