"""Reads personas."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Select, bindparam, exists, or_, select

from server.domain.access import EVERYTHING, Sight
from server.domain.filters import PersonaFilter, Slice, Total, Window
from server.domain.people import Persona
from server.engine.facts import Kind
from server.store.columns import AnyRow
from server.store.declared import holds
from server.store.finding import Narrowing, narrowed_by
from server.store.paging import Keyset, count, fetch_slice
from server.store.tables import personas, users
from server.store.visibility import personas_seen

_COLUMNS = (
    personas.c.id,
    personas.c.program_id,
    personas.c.user_id,
    personas.c.role,
    personas.c.persona_status,
    personas.c.persona_status_since,
    personas.c.match_status,
    personas.c.match_status_since,
    personas.c.site_id,
    personas.c.mentor_site_list,
    personas.c.created_at,
    personas.c.version,
)
_BY_IDS = select(*_COLUMNS).where(personas.c.id.in_(bindparam("ids", expanding=True)))
_OF_USERS = (
    select(*_COLUMNS)
    .where(personas.c.user_id.in_(bindparam("users", expanding=True)))
    .order_by(personas.c.user_id, personas.c.id)
)
_ORDER = Keyset((personas.c.id,))


def _persona(row: AnyRow) -> Persona:
    return Persona(*row)


def personas_by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Persona]:
    """The personas with these ids; what does not exist is left out."""
    return {row.id: _persona(row) for row in connection.execute(_BY_IDS, {"ids": list(ids)})}


def personas_of_users(connection: Connection, user_ids: Iterable[int]) -> dict[int, list[Persona]]:
    """The personas of each user in creation order; a user without any has an empty list."""
    found: defaultdict[int, list[Persona]] = defaultdict(list)
    wanted = list(user_ids)
    for row in connection.execute(_OF_USERS, {"users": wanted}):
        found[row.user_id].append(_persona(row))
    return {user: found[user] for user in wanted}


def personas_page(
    connection: Connection,
    program_id: int,
    narrowed: PersonaFilter,
    window: Window,
    *,
    sight: Sight = EVERYTHING,
    noted: Sight = EVERYTHING,
    narrowing: Narrowing | None = None,
) -> Slice[Persona]:
    """One page of those of a program's personas that are seen in full, in creation order.

    ``noted``: of whom also what staff note is seen, so that they may be found by their mentor site list.
    ``narrowing``: what must hold of them besides.
    """
    statement = _narrowed(select(*_COLUMNS), program_id, narrowed, sight, noted)
    statement = narrowed_by(statement, Kind.PERSONA, narrowing)
    return fetch_slice(connection, statement, window, _ORDER, _persona)


def personas_total(
    connection: Connection,
    program_id: int,
    narrowed: PersonaFilter,
    *,
    sight: Sight = EVERYTHING,
    noted: Sight = EVERYTHING,
) -> Total:
    """How many personas there are to see in full. See :func:`personas_page`."""
    return count(connection, _narrowed(select(personas.c.id), program_id, narrowed, sight, noted))


def _narrowed(
    statement: Select[*tuple[Any, ...]], program_id: int, narrowed: PersonaFilter, sight: Sight, noted: Sight
) -> Select[*tuple[Any, ...]]:
    statement = statement.where(personas.c.program_id == program_id)
    if not sight.whole:
        statement = statement.where(personas_seen(sight))
    if narrowed.mentor_site_list is not None and noted not in {EVERYTHING, sight}:
        statement = statement.where(personas_seen(noted))
    for column, value in (
        (personas.c.role, narrowed.role),
        (personas.c.mentor_site_list, narrowed.mentor_site_list),
        (personas.c.site_id, narrowed.site_id),
    ):
        if value is not None:
            statement = statement.where(column == value)
    statement = statement.where(
        *_among(personas.c.persona_status, narrowed.status_in, narrowed.status_not_in),
        *_among(personas.c.match_status, narrowed.match_status_in),
    )
    person = list(_among(users.c.user_status, narrowed.user_status_in, narrowed.user_status_not_in))
    if person:
        statement = statement.where(exists().where(users.c.id == personas.c.user_id, *person))
    if narrowed.changed_since is not None:
        since = (personas.c.persona_status_since, personas.c.match_status_since)
        statement = statement.where(or_(*(column >= narrowed.changed_since for column in since)))
    for criterion in narrowed.fields:
        statement = statement.where(holds(Kind.PERSONA, criterion))
    return statement


def _among(
    column: Column[str], wanted: tuple[str, ...] | None, unwanted: tuple[str, ...] = ()
) -> Iterator[ColumnElement[bool]]:
    """What a status must be for a filter: one of these, if any are said, and none of those."""
    if wanted is not None:
        yield column.in_(wanted)
    if unwanted:
        yield column.not_in(unwanted)
