"""The store on PostgreSQL: a few threads over a pool, every act a transaction of its own."""

import asyncio
import contextvars
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from server.domain.errors import ConflictError, TryAgainError
from server.store.bell import Bell
from server.store.failures import RetryableError, translate_failures
from server.store.listening import listen
from server.store.locks import Held, Locks, MoreLocksError
from server.store.row_security import WatchedSession, is_kept
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

T = TypeVar("T")

THREADS = 8
"""How many requests are with the database at once; each has at most one connection."""

ATTEMPTS = 5
"""How often an act is tried before its caller is told to come again."""

_OPTIONS = "-c statement_timeout=5000 -c lock_timeout=1500 -c idle_in_transaction_session_timeout=15000 -c timezone=UTC"
_WAIT_SECONDS = 2

_CROWDED = "The database has no connection free. Nothing was saved: try again in a moment."
_UNCERTAIN = "The connection to the database broke while saving. Load the record to see whether it was saved."
_MOVING = "More and more records turned out to be involved. Nothing was saved: try again in a moment."

Pause = Callable[[int], None]
"""Waits before the attempt of this number."""


def pause(attempt: int) -> None:
    """Waits a little, longer with each attempt, and never as long as another caller does."""
    time.sleep(0.005 * 2**attempt * (0.5 + random.random()))  # noqa: S311 - spreads callers out, keeps no secret


def postgres_engine(url: URL, size: int = THREADS) -> Engine:
    """An engine with our time limits; ``postgresql://`` means psycopg 3."""
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_size=size,
        max_overflow=0,
        pool_timeout=_WAIT_SECONDS,
        pool_pre_ping=True,
        isolation_level="READ COMMITTED",
        connect_args={"connect_timeout": _WAIT_SECONDS, "options": _OPTIONS},
    )
    translate_failures(engine)
    return engine


class PostgresSession(Session):
    """Acts are transactions; what is read between them is not part of any. Holds one connection at a time."""

    def __init__(self, engine: Engine, wait: Pause) -> None:
        self._engine, self._wait = engine, wait
        self._reading: Connection | None = None
        self._acting: Connection | None = None

    @property
    def connection(self) -> Connection:
        """See :class:`Session`."""
        if self._acting is not None:
            return self._acting
        if self._reading is None:
            self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT").connect()
        return self._reading

    def release(self) -> None:
        """Gives the connection for reading back."""
        if self._reading is not None:
            self._reading.close()
            self._reading = None

    def act(self, fn: Callable[[UnitOfWork], T]) -> T:
        """See :class:`Session`."""
        self.release()
        known = Held()
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(fn, known)
            except MoreLocksError as more:
                known = more.needs
            except RetryableError:
                if attempt == ATTEMPTS:
                    raise
                self._wait(attempt)
            except PoolTimeoutError as error:
                # What a request did before this act is saved, so that it is for this act alone to say no.
                raise TryAgainError(_CROWDED) from error
        raise TryAgainError(_MOVING)

    def _once(self, fn: Callable[[UnitOfWork], T], known: Held) -> T:
        with self._engine.connect() as connection, connection.begin() as transaction:
            self._acting = connection
            try:
                result = fn(UnitOfWork(connection, Locks(known)))
            finally:
                self._acting = None
            try:
                transaction.commit()
            except RetryableError as error:
                # From here on nobody can tell: the commit may have arrived although its answer did not.
                raise ConflictError(_UNCERTAIN) from error
            return result


class PostgresStore:
    """See :class:`server.store.sessions.Store`."""

    def __init__(self, url: URL, wait: Pause = pause) -> None:
        self.bell, self._url = Bell(), url
        self._engine = postgres_engine(url)
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._threads = ThreadPoolExecutor(THREADS, "matchkeeper-database")
        self._wait = wait
        self._watched: bool | None = None

    async def query(self, work: Callable[[Session], T]) -> T:
        """See :class:`Store`."""
        return await self._in_thread(self.query_now, work)

    async def mutate(self, work: Callable[[Session], T]) -> T:
        """See :class:`Store`."""
        return await self._in_thread(self.mutate_now, work)

    async def _in_thread(self, run: Callable[[Callable[[Session], T]], T], work: Callable[[Session], T]) -> T:
        context: Callable[..., Any] = contextvars.copy_context().run
        found: T = await asyncio.get_running_loop().run_in_executor(self._threads, context, run, work)
        return found

    def query_now(self, work: Callable[[Session], T]) -> T:
        """See :class:`Store`."""
        try:
            with self._snapshots.connect() as connection:
                return work(WatchedSession(connection, self._is_watched))
        except PoolTimeoutError as error:
            raise TryAgainError(_CROWDED) from error

    def mutate_now(self, work: Callable[[Session], T]) -> T:
        """See :class:`Store`."""
        session = PostgresSession(self._engine, self._wait)
        try:
            return work(session)
        except PoolTimeoutError as error:
            raise TryAgainError(_CROWDED) from error
        finally:
            session.release()

    async def hear_others(self) -> None:
        """See :class:`Store`. Our own commits are heard in the same way."""
        await listen(self._url, self.bell)

    def keeps_watch(self) -> bool:
        """See :class:`Store`."""
        return self.query_now(lambda session: self._is_watched(session.connection))

    def _is_watched(self, connection: Connection) -> bool:
        """Asked of the database once: the answer changes by a migration only."""
        if self._watched is None:
            self._watched = is_kept(connection)
        return self._watched

    def close(self) -> None:
        """See :class:`Store`."""
        self._threads.shutdown()
        self._engine.dispose()
