"""The store on SQLite: reads in place over one connection, acts through the one writer."""

import asyncio
import math
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event

from server.store.bell import Bell
from server.store.failures import translate_failures
from server.store.sessions import ReadSession, Session
from server.store.writer import Job, Writer

T = TypeVar("T")

READ_SECONDS = 2.0
"""How long a read may take before it is stopped: reads run on the event loop, where all others wait."""

_LOOK_SECONDS = 1.0
"""How often it is looked whether another process has written: a few microseconds each time."""

_STEPS_BETWEEN_LOOKS = 10_000
"""How many steps of SQLite's machine pass between two looks at the clock: well under a millisecond."""

_SETTINGS = (
    "busy_timeout=5000",
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "secure_delete=ON",
)


def sqlite_engine(url: URL, begin: str, *further: str) -> Engine:
    """An engine whose connections have our settings, and whose transactions start with ``begin``."""
    if not url.database or url.database == ":memory:" or "mode=memory" in str(url):
        raise ValueError("SQLite needs a file: give the database as sqlite:///matchkeeper.db.")
    arguments = {"isolation_level": None, "check_same_thread": False}
    engine = create_engine(url.set(drivername="sqlite"), poolclass=NullPool, connect_args=arguments)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _record: object) -> None:
        for setting in (*_SETTINGS, *further):
            connection.execute(f"PRAGMA {setting}").close()

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    translate_failures(engine)
    return engine


class SqliteStore:
    """See :class:`server.store.sessions.Store`. ``clock``: seconds that never go back, by which reads are stopped."""

    def __init__(
        self, url: URL, read_seconds: float = READ_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        writing = sqlite_engine(url, "BEGIN IMMEDIATE").connect()
        self.bell = Bell()
        self._writing, self._writer = writing, Writer(writing, self.bell.ring)
        self._reading = sqlite_engine(url, "BEGIN", "query_only=ON").connect()
        self._read_gate = threading.Lock()
        self._read_seconds, self._deadline, self._clock = read_seconds, math.inf, clock
        self._closed = False
        driver: Any = self._reading.connection.driver_connection
        driver.set_progress_handler(self._is_late, _STEPS_BETWEEN_LOOKS)

    def _is_late(self) -> bool:
        return self._clock() > self._deadline

    async def query(self, work: Callable[[Session], T]) -> T:
        """See :class:`Store`. Runs in place: a bounded read costs less than handing it to a thread."""
        return self.query_now(work)

    def query_now(self, work: Callable[[Session], T]) -> T:
        """See :class:`Store`."""
        with self._read_gate:
            self._deadline = self._clock() + self._read_seconds
            snapshot = self._reading.begin()
            try:
                return work(ReadSession(self._reading))
            finally:
                self._deadline = math.inf
                snapshot.rollback()

    async def mutate(self, work: Callable[[Session], T]) -> T:
        """See :class:`Store`."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._writer.submit(Job(work, future, loop))
        return await future

    def mutate_now(self, work: Callable[[Session], T]) -> T:
        """See :class:`Store`. Not to be called from within work that the writer runs."""
        future: Future[T] = Future()
        self._writer.submit(Job(work, future))
        return future.result()

    async def hear_others(self) -> None:
        """See :class:`Store`. SQLite tells nobody: a counter in the file is looked at, as long as anybody listens."""
        seen = None
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self.bell.heard:
                with suppress(sqlite3.Error):  # whatever is wrong with the file, those who follow find out themselves
                    version = self._version()
                    if version != seen and seen is not None:
                        self.bell.ring()
                    seen = version

    def _version(self) -> int:
        """A number that grows with every commit of another connection, our own writer's too."""
        with self._read_gate:
            driver: Any = self._reading.connection.driver_connection
            return int(driver.execute("PRAGMA data_version").fetchone()[0])

    def keeps_watch(self) -> bool:
        """See :class:`Store`. SQLite knows no rights on rows."""
        return False

    def close(self) -> None:
        """See :class:`Store`."""
        self._writer.close()
        with self._read_gate:
            if not self._closed:
                self._closed = True
                self._reading.close()
                self._writing.close()
