"""Reads users."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, exists, select

from server.domain.access import EVERYTHING, Sight
from server.domain.filters import Slice, Total, UserFilter, UserOrder, UserOrderField, Window
from server.domain.people import User
from server.store.columns import AnyRow, folded
from server.store.paging import Keyset, count, fetch_slice
from server.store.tables import personas, users
from server.store.visibility import users_seen

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
    return {row.id: User(*row) for row in connection.execute(_BY_IDS, {"ids": list(ids)})}


def user_by_email(connection: Connection, program_id: int, email: str) -> User | None:
    """The user with this address, whatever its case."""
    row = connection.execute(_BY_EMAIL, {"program": program_id, "email": folded(email)}).one_or_none()
    return None if row is None else User(*row)


def user_by_external_id(connection: Connection, program_id: int, external_id: str) -> User | None:
    """The user with this id of another system; here case matters."""
    row = connection.execute(_BY_EXTERNAL_ID, {"program": program_id, "external_id": external_id}).one_or_none()
    return None if row is None else User(*row)


def users_page(
    connection: Connection,
    program_id: int,
    narrowed: UserFilter,
    order: UserOrder,
    window: Window,
    *,
    sight: Sight = EVERYTHING,
) -> Slice[User]:
    """One page of those of a program's users who are seen in full; names are ordered whatever their case."""
    keyset = Keyset(_ORDERS[order.field], order.descending)
    statement = _narrowed(select(*_COLUMNS, users.c.name_key), program_id, narrowed, sight)
    return fetch_slice(connection, statement, window, keyset, _user)


def users_total(connection: Connection, program_id: int, narrowed: UserFilter, *, sight: Sight = EVERYTHING) -> Total:
    """How many users there are to see in full."""
    return count(connection, _narrowed(select(users.c.id), program_id, narrowed, sight))


def _narrowed(
    statement: Select[*tuple[Any, ...]], program_id: int, narrowed: UserFilter, sight: Sight
) -> Select[*tuple[Any, ...]]:
    statement = statement.where(users.c.program_id == program_id)
    if not sight.whole:
        statement = statement.where(users_seen(sight))
    if narrowed.status_in is not None:
        statement = statement.where(users.c.user_status.in_(narrowed.status_in))
    if narrowed.changed_since is not None:
        statement = statement.where(users.c.user_status_since >= narrowed.changed_since)
    if narrowed.search:
        statement = statement.where(users.c.search_text.contains(narrowed.search.casefold(), autoescape=True))
    wanted = []
    if narrowed.role is not None:
        wanted.append(personas.c.role == narrowed.role)
    if narrowed.match_status_in is not None:
        wanted.append(personas.c.match_status.in_(narrowed.match_status_in))
    if narrowed.site_id is not None:
        wanted.append(personas.c.site_id == narrowed.site_id)
    return statement.where(exists().where(and_(personas.c.user_id == users.c.id, *wanted))) if wanted else statement
