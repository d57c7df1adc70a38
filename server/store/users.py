"""Reads users."""

from collections.abc import Iterable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, bindparam, exists, or_, select

from server.domain.access import EVERYTHING, Sight
from server.domain.filters import Slice, Total, UserFilter, UserOrder, UserOrderField, Window
from server.domain.people import User
from server.engine.facts import Kind
from server.store.columns import AnyRow, folded
from server.store.declared import holds
from server.store.finding import Narrowing, narrowed_by
from server.store.paging import Keyset, count, fetch_slice
from server.store.tables import personas, users
from server.store.visibility import personas_seen, users_seen

_COLUMNS = (
    users.c.id,
    users.c.program_id,
    users.c.name,
    users.c.email,
    users.c.external_id,
    users.c.user_status,
    users.c.user_status_since,
    users.c.created_at,
    users.c.version,
    users.c.erased_at,
)
_BY_IDS = select(*_COLUMNS).where(users.c.id.in_(bindparam("ids", expanding=True)))
_BY_EMAIL = select(*_COLUMNS).where(users.c.program_id == bindparam("program"), users.c.email_key == bindparam("email"))
_BY_EXTERNAL_ID = select(*_COLUMNS).where(
    users.c.program_id == bindparam("program"), users.c.external_id == bindparam("external_id")
)
_ORDERS = {
    UserOrderField.CREATED_AT: (users.c.created_at, users.c.id),
    UserOrderField.NAME: (users.c.name_key, users.c.id),
    UserOrderField.STATUS_CHANGED_AT: (users.c.user_status_since, users.c.id),
}


def _user(row: AnyRow) -> User:
    return User(*row[: len(_COLUMNS)])


def users_by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, User]:
    """The users with these ids; what does not exist is left out."""
    return {row.id: _user(row) for row in connection.execute(_BY_IDS, {"ids": list(ids)})}


def user_by_email(connection: Connection, program_id: int, email: str) -> User | None:
    """The user with this address, whatever its case."""
    row = connection.execute(_BY_EMAIL, {"program": program_id, "email": folded(email)}).one_or_none()
    return None if row is None else _user(row)


def user_by_external_id(connection: Connection, program_id: int, external_id: str) -> User | None:
    """The user with this id of another system; here case matters."""
    row = connection.execute(_BY_EXTERNAL_ID, {"program": program_id, "external_id": external_id}).one_or_none()
    return None if row is None else _user(row)


def users_page(
    connection: Connection,
    program_id: int,
    narrowed: UserFilter,
    order: UserOrder,
    window: Window,
    *,
    sight: Sight = EVERYTHING,
    private: Sight = EVERYTHING,
    narrowing: Narrowing | None = None,
) -> Slice[User]:
    """One page of those of a program's users who are seen in full; names are ordered whatever their case.

    ``private``: of whom a search may also look into the e-mail address and the external id. ``narrowing``: what must
    hold of them besides.
    """
    keyset = Keyset(_ORDERS[order.field], order.descending)
    statement = _narrowed(select(*_COLUMNS, users.c.name_key), program_id, narrowed, sight, private)
    statement = narrowed_by(statement, Kind.USER, narrowing)
    return fetch_slice(connection, statement, window, keyset, _user)


def users_total(
    connection: Connection,
    program_id: int,
    narrowed: UserFilter,
    *,
    sight: Sight = EVERYTHING,
    private: Sight = EVERYTHING,
) -> Total:
    """How many users there are to see in full. See :func:`users_page`."""
    return count(connection, _narrowed(select(users.c.id), program_id, narrowed, sight, private))


def _found(words: str, sight: Sight, private: Sight) -> ColumnElement[bool]:
    """The condition of a search: what is not shown of somebody does not find them either."""
    anywhere = users.c.search_text.contains(words, autoescape=True)
    if private in {EVERYTHING, sight}:
        return anywhere
    return or_(users.c.name_key.contains(words, autoescape=True), and_(anywhere, users_seen(private)))


def _narrowed(
    statement: Select[*tuple[Any, ...]], program_id: int, narrowed: UserFilter, sight: Sight, private: Sight
) -> Select[*tuple[Any, ...]]:
    statement = statement.where(users.c.program_id == program_id)
    if not sight.whole:
        statement = statement.where(users_seen(sight))
    if narrowed.status_in is not None:
        statement = statement.where(users.c.user_status.in_(narrowed.status_in))
    if narrowed.status_not_in:
        statement = statement.where(users.c.user_status.not_in(narrowed.status_not_in))
    if narrowed.changed_since is not None:
        statement = statement.where(users.c.user_status_since >= narrowed.changed_since)
    if narrowed.search:
        statement = statement.where(_found(narrowed.search.casefold(), sight, private))
    for criterion in narrowed.fields:
        statement = statement.where(holds(Kind.USER, criterion))
    wanted = list(_of_persona(narrowed))
    if not wanted:
        return statement
    # Whom a rule lets somebody find is found by no persona that they may not see.
    return statement.where(exists().where(personas.c.user_id == users.c.id, personas_seen(sight), *wanted))


def _of_persona(narrowed: UserFilter) -> Iterator[ColumnElement[bool]]:
    """What must hold of one persona of whom a filter finds."""
    if narrowed.role is not None:
        yield personas.c.role == narrowed.role
    if narrowed.match_status_in is not None:
        yield personas.c.match_status.in_(narrowed.match_status_in)
    if narrowed.site_id is not None:
        yield personas.c.site_id == narrowed.site_id


def user_ids_after(
    connection: Connection, program_id: int, after: int, limit: int, *, sight: Sight = EVERYTHING
) -> list[int]:
    """The next people of a program that are seen, by their ids, from beyond one of these on."""
    wanted = select(users.c.id).where(users.c.program_id == program_id, users.c.id > after, users_seen(sight))
    return list(connection.scalars(wanted.order_by(users.c.id).limit(limit)))
