"""What a request holds of the database: one session, and the store that hands sessions out."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from server.domain.access import Sight
from server.store.bell import Bell
from server.store.unit_of_work import UnitOfWork

T = TypeVar("T")


class Session(ABC):
    """One request's view of the database."""

    @property
    @abstractmethod
    def connection(self) -> Connection:
        """The connection to read with; within a query everything read is one snapshot."""

    @abstractmethod
    def act(self, fn: Callable[[UnitOfWork], T]) -> T:
        """Runs one act: all that ``fn`` writes is saved, or raising undoes this act and only this one.

        ``fn`` may be called several times when the database asks for it, so it keeps nothing outside
        what it returns. Raises TryAgainError when the database could not take it.
        """

    def announce(self, sights: Mapping[int, Sight]) -> None:  # noqa: B027 - most sessions have no second lock
        """Tells the database what of each program may be read, where it keeps watch over that itself.

        The database then answers with nothing else for the rest of the query, whatever it is asked.
        """

    @contextmanager
    def everything(self) -> Iterator[Connection]:
        """The connection past the database's own watch: for the facts of decisions, which are not shown."""
        yield self.connection


class ReadSession(Session):
    """A session that only reads."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """See :class:`Session`."""
        return self._connection

    def act(self, fn: Callable[[UnitOfWork], T]) -> T:  # noqa: ARG002 - the signature is Session's
        """Refuses: acts belong into ``Store.mutate``."""
        raise RuntimeError("a query reads only; run the act in Store.mutate")


class Store(Protocol):
    """A database and the threads that work on it; everything below ``query`` and ``mutate`` is synchronous.

    ``bell`` is rung after commits, also those of other processes as long as :meth:`hear_others` runs. It may be
    rung in vain.
    """

    bell: Bell

    async def query(self, work: Callable[[Session], T]) -> T:
        """Runs ``work`` over one snapshot that it can only read. Raises TryAgainError past the deadline."""

    async def mutate(self, work: Callable[[Session], T]) -> T:
        """Runs ``work``, which may act; answers when everything it wrote is on disk."""

    def query_now(self, work: Callable[[Session], T]) -> T:
        """The blocking twin of :meth:`query`, for commands and tests."""

    def mutate_now(self, work: Callable[[Session], T]) -> T:
        """The blocking twin of :meth:`mutate`."""

    def keeps_watch(self) -> bool:
        """Whether the database itself holds readers to what was announced; see :meth:`Session.announce`."""

    async def hear_others(self) -> None:
        """Rings the bell for what other processes commit, until it is cancelled."""

    def close(self) -> None:
        """Finishes what was accepted, then lets go of the database. Calling it again does nothing."""
