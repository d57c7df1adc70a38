"""SQLite's one writer: a thread that runs all acts, many of them in one commit."""

import asyncio
import contextvars
import queue
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import Connection

from server.domain.errors import MatchkeeperError, TryAgainError
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork

T = TypeVar("T")

BATCH_LIMIT = 64
"""How many jobs share a commit at most."""

BATCH_SECONDS = 0.02
"""How long a batch takes further jobs in; the first ones are waiting for its commit."""

QUEUE_LIMIT = 4096
"""How many jobs may wait. Beyond it callers are told to come again, rather than to wait for ever."""

_NOT_SAVED = "The database could not save this just now. Nothing was written: try again in a moment."
_CLOSED = "The server is shutting down. Nothing was written: try again in a moment."
_CROWDED = "Too many acts are waiting. Nothing was written: try again in a moment."


@dataclass(slots=True)
class Job:
    """Work waiting for the writer. ``loop`` is the event loop that ``future`` belongs to, None for a thread's."""

    work: Callable[[Session], Any]
    future: "asyncio.Future[Any] | Future[Any]"
    loop: asyncio.AbstractEventLoop | None = None
    context: contextvars.Context = field(default_factory=contextvars.copy_context)
    result: Any = None
    error: BaseException | None = None

    def settle(self) -> None:
        """Tells the one who waits, if anybody still does."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class BatchLostError(Exception):
    """SQLite has rolled the whole batch back by itself, as it does when the disk is full."""


class WriterSession(Session):
    """A session inside a batch: every act is a savepoint of its own."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """See :class:`Session`."""
        return self._connection

    def act(self, fn: Callable[[UnitOfWork], T]) -> T:
        """See :class:`Session`."""
        with self._connection.begin_nested():
            return fn(UnitOfWork(self._connection))


class Writer:
    """The thread. It survives whatever a job raises; a batch that cannot be saved fails as a whole.

    ``committed`` is called after each commit, on this thread.
    """

    def __init__(self, connection: Connection, committed: Callable[[], None]) -> None:
        self._connection, self._committed = connection, committed
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="matchkeeper-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Accepts a job. Raises TryAgainError when the writer is closed or too many are waiting."""
        with self._gate:
            if self._closed:
                raise TryAgainError(_CLOSED)
            if self._jobs.qsize() >= QUEUE_LIMIT:
                raise TryAgainError(_CROWDED)
            self._jobs.put(job)

    def close(self) -> None:
        """Finishes what was accepted and ends the thread."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (first := self._jobs.get()) is not None:
            batch = [first]
            try:
                last = self._carry_out(batch)
                self._committed()
            except BaseException as error:  # the thread must outlive anything, or every caller hangs
                last = False
                _fail(batch, error)
                _abandon(self._connection)
            _deliver(batch)
            if last:
                return

    def _carry_out(self, batch: list[Job]) -> bool:
        """Runs a batch to its commit; True when the writer was asked to end meanwhile."""
        deadline = time.monotonic() + BATCH_SECONDS
        with self._connection.begin():
            self._do(batch[0])
            while len(batch) < BATCH_LIMIT and time.monotonic() < deadline:
                try:
                    job = self._jobs.get_nowait()
                except queue.Empty:
                    return False
                if job is None:
                    return True
                batch.append(job)
                self._do(job)
        return False

    def _do(self, job: Job) -> None:
        try:
            job.result = job.context.run(job.work, WriterSession(self._connection))
        except BaseException as error:  # whatever it is, it belongs to the caller
            job.error = error
        if not _in_transaction(self._connection):
            raise BatchLostError


def _abandon(connection: Connection) -> None:
    """Undoes what a failed commit has left open, or begins afresh with another connection."""
    driver = connection.connection.driver_connection
    try:
        if driver is not None:
            driver.rollback()
    except Exception:
        connection.invalidate()


def _in_transaction(connection: Connection) -> bool:
    driver = connection.connection.driver_connection
    return driver is not None and bool(driver.in_transaction)


def _fail(batch: Iterable[Job], error: BaseException) -> None:
    """None of the batch is on disk, so all of it is told so; a refusal of the job's own stands."""
    told = error if isinstance(error, TryAgainError) else TryAgainError(_NOT_SAVED)
    for job in batch:
        if not isinstance(job.error, MatchkeeperError):
            told.__cause__ = job.error or told.__cause__
            job.result, job.error = None, told


def _deliver(batch: Iterable[Job]) -> None:
    """One wake-up for each event loop, however many of its callers are in the batch."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in batch:
        if job.loop is None:
            job.settle()
        else:
            by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        # A loop that is closed has nobody left to tell.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle_all, jobs)


def _settle_all(jobs: Iterable[Job]) -> None:
    for job in jobs:
        job.settle()
