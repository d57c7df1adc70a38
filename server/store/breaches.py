"""Finds whose records may break an invariant."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, false, or_, select

from server.domain.access import Sight
from server.engine.conditions import Condition
from server.engine.facts import Kind
from server.store.finding import Asker, holds_of
from server.store.tables import users
from server.store.visibility import users_seen
from server.store.ways import LISTS, Clause, Row

_PERSON = Row(Kind.USER, users)
THEIRS: Mapping[Kind, Callable[[], Row]] = {
    Kind.USER: lambda: _PERSON,
    Kind.PERSONA: lambda: LISTS["personas"](_PERSON, None),
    Kind.PAIR: lambda: LISTS["matches"](_PERSON, None),
}
"""The ways from a person to the records that can be suspected: the person, and what is theirs."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What holds of every record of a kind that breaks an invariant; it is asked in each of the roles."""

    kind: Kind
    where: Condition
    roles: tuple[str | None, ...] = (None,)


def suspects(
    connection: Connection, asker: Asker, suspicions: Iterable[Suspicion], after: int, limit: int, *, sight: Sight
) -> list[int]:
    """The next people of a program that are seen, by their ids, of whom a suspicion holds, or of what is theirs.

    One statement; to be asked past the database's own watch, for an invariant looks at more than is shown.
    """
    held = [_held(asker, each, role) for each in suspicions for role in each.roles]
    wanted = select(users.c.id).where(
        users.c.program_id == asker.program_id, users.c.id > after, users_seen(sight), or_(false(), *held)
    )
    return list(connection.scalars(wanted.order_by(users.c.id).limit(limit)))


def _held(asker: Asker, suspicion: Suspicion, role: str | None) -> Clause:
    row = THEIRS[suspicion.kind]()
    return row.holds(holds_of(row.there, suspicion.where, asker, role))
