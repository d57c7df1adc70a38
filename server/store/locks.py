"""Locks the people an act judges, so that two callers pressing the same button have one winner.

Before them the program and the sites that it looks at are locked: shared with whoever only looks, alone for who
changes them. All acts lock in this one order, so that none waits for another that waits for it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sqlalchemy import Connection, bindparam, func, select

from server.engine.facts import SURROUNDINGS, Kind, Ref
from server.store.moving import TABLES, home_of
from server.store.tables import users


@dataclass(frozen=True, slots=True)
class Held:
    """What an act has locked, or is known to need. ``alone``: the kinds that are locked for one who changes them."""

    users: frozenset[int] = frozenset()
    around: frozenset[Ref] = frozenset()
    alone: frozenset[Kind] = frozenset()


_OWN = (
    select(users.c.id)
    .where(users.c.id.in_(bindparam("users", expanding=True)))
    .order_by(users.c.id)
    .with_for_update(key_share=True)
)
_ALONE = {
    kind: select(TABLES[kind].c.id)
    .where(TABLES[kind].c.id.in_(bindparam("ids", expanding=True)))
    .order_by(TABLES[kind].c.id)
    .with_for_update(key_share=True)
    for kind in SURROUNDINGS
}
_WHOLE = tuple(
    select(func.count()).select_from(
        select(TABLES[kind].c.id)
        .where(home_of(kind) == bindparam("program"))
        .order_by(TABLES[kind].c.id)
        .with_for_update(key_share=True)
        .subquery()
    )
    for kind in (*SURROUNDINGS, Kind.USER)
)
"""Lock a program as a whole, in the order in which acts lock: the program, its sites, its people."""
_SHARED = {kind: statement.with_for_update(read=True) for kind, statement in _ALONE.items()}


class MoreLocksError(Exception):
    """The case turned out to involve more than is locked: begin the act again, with all it ``needs`` locked at once."""

    def __init__(self, needs: Held) -> None:
        super().__init__(f"{len(needs.users)} users and {len(needs.around)} programs and sites to lock")
        self.needs = needs


class Locks:
    """What one act has locked; ``needs`` is known from an attempt before."""

    def __init__(self, needs: Held) -> None:
        self._needs = needs
        self._held = Held(alone=needs.alone)

    def take(self, connection: Connection, involved: Iterable[int], around: Iterable[Ref]) -> None:
        """Waits until these users are ours, and the program and sites around them as far as we need them."""
        missing = (self._needs.around | frozenset(around)) - self._held.around
        for kind in SURROUNDINGS:
            numbers = sorted(ref.id for ref in missing if ref.kind is kind)
            if numbers:
                statements = _ALONE if kind in self._held.alone else _SHARED
                connection.execute(statements[kind], {"ids": numbers})
        people = (self._needs.users | frozenset(involved)) - self._held.users
        if people:
            connection.execute(_OWN, {"users": sorted(people)})
        self._held = replace(self._held, users=self._held.users | people, around=self._held.around | missing)

    def take_whole(self, connection: Connection, program_id: int) -> None:
        """Waits until nobody else changes anything of a program."""
        for statement in _WHOLE:
            connection.execute(statement, {"program": program_id})

    def check(self, involved: frozenset[int], around: Iterable[Ref]) -> None:
        """Raises MoreLocksError unless all of these are held."""
        every = frozenset(around)
        if not (involved <= self._held.users and every <= self._held.around):
            raise MoreLocksError(
                replace(self._held, users=self._held.users | involved, around=self._held.around | every)
            )

    def check_alone(self, changed: Iterable[Ref]) -> None:
        """Raises MoreLocksError where a program or a site is to be changed that others may be looking at."""
        kinds = frozenset(ref.kind for ref in changed if ref.kind in SURROUNDINGS)
        if not kinds <= self._held.alone:
            raise MoreLocksError(replace(self._held, alone=self._held.alone | kinds))
