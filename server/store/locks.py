"""Locks the people an act judges, so that two callers pressing the same button have one winner."""

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, select

from server.store.tables import users

_LOCK = (
    select(users.c.id)
    .where(users.c.id.in_(bindparam("users", expanding=True)))
    .order_by(users.c.id)
    .with_for_update(key_share=True)
)


class MoreLocksError(Exception):
    """The case turned out to involve more people than are locked: begin the act again and lock all of ``users``."""

    def __init__(self, users: frozenset[int]) -> None:
        super().__init__(f"{len(users)} users to lock")
        self.users = users


class Locks:
    """The users that one act has locked; ``wanted`` are known from an attempt before to be involved."""

    def __init__(self, wanted: frozenset[int] = frozenset()) -> None:
        self._wanted = wanted
        self._held: frozenset[int] = frozenset()

    def take(self, connection: Connection, involved: Iterable[int]) -> None:
        """Waits until these users are ours, in the order of their ids."""
        missing = (self._wanted | frozenset(involved)) - self._held
        if missing:
            connection.execute(_LOCK, {"users": sorted(missing)})
            self._held |= missing

    def check(self, involved: frozenset[int]) -> None:
        """Raises MoreLocksError unless all of these are held."""
        if not involved <= self._held:
            raise MoreLocksError(self._held | involved)
