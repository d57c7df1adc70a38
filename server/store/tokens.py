"""Keeps tokens, and finds whom they stand for."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from server.domain.history import Act
from server.domain.tokens import NewToken, Secret, Token, digest
from server.store.append import append_act
from server.store.columns import AnyRow, folded
from server.store.numbering import reserve
from server.store.tables import programs, sites, tokens, users
from server.store.unit_of_work import UnitOfWork

TOKEN = "token"  # noqa: S105 - the kind of record that an act is about
"""The kind of record that acts on tokens are about."""

_COLUMNS = (
    tokens.c.id,
    tokens.c.prefix,
    tokens.c.name,
    tokens.c.roles,
    tokens.c.program_id,
    tokens.c.site_id,
    tokens.c.user_id,
    tokens.c.created_at,
    tokens.c.expires_at,
    tokens.c.last_used_at,
    tokens.c.revoked_at,
)
_BY_PREFIX = (
    select(*_COLUMNS, tokens.c.secret_hash, users.c.name.label("user_name"))
    .select_from(tokens.outerjoin(users, users.c.id == tokens.c.user_id))
    .where(tokens.c.prefix == bindparam("prefix"))
)
_BY_ID = select(*_COLUMNS).where(tokens.c.id == bindparam("id"))
_LISTED = select(*_COLUMNS).order_by(tokens.c.id)
_TAKEN = select(tokens.c.id).where(tokens.c.prefix == bindparam("prefix"))
_REVOKE = update(tokens).where(tokens.c.id == bindparam("token"), tokens.c.revoked_at.is_(None))
_NOTE_USE = update(tokens).where(
    tokens.c.id == bindparam("token"),
    or_(tokens.c.last_used_at.is_(None), tokens.c.last_used_at < bindparam("used", type_=tokens.c.last_used_at.type)),
)
_PLACE = (
    select(programs.c.id, sites.c.id, users.c.id, users.c.name)
    .select_from(
        programs.outerjoin(
            sites, and_(sites.c.program_id == programs.c.id, sites.c.key == bindparam("site"))
        ).outerjoin(
            users,
            and_(
                users.c.program_id == programs.c.id,
                or_(users.c.email_key == bindparam("email"), users.c.external_id == bindparam("external_id")),
            ),
        )
    )
    .where(programs.c.key == bindparam("program"))
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A token as it is found by its prefix: with the digest of its text, and the name of whom it stands for."""

    token: Token
    digest: str
    user_name: str | None


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody who signs in elsewhere belongs; None where there is no such site or person."""

    program_id: int
    site_id: int | None
    user_id: int | None
    user_name: str | None


def token_by_prefix(connection: Connection, prefix: str) -> Kept | None:
    """The token of a prefix, in one statement; whether it is still valid is for the caller to judge."""
    row = connection.execute(_BY_PREFIX, {"prefix": prefix}).one_or_none()
    return None if row is None else Kept(_token(row), row.secret_hash, row.user_name)


def token_by_id(connection: Connection, token_id: int) -> Token | None:
    """The token of an id."""
    row = connection.execute(_BY_ID, {"id": token_id}).one_or_none()
    return None if row is None else _token(row)


def tokens_listed(connection: Connection, program_id: int | None) -> list[Token]:
    """The tokens of a program, oldest first; without one, all there are."""
    statement = _LISTED if program_id is None else _LISTED.where(tokens.c.program_id == program_id)
    return [_token(row) for row in connection.execute(statement)]


def is_taken(connection: Connection, prefix: str) -> bool:
    """Whether a token has this prefix already."""
    return connection.execute(_TAKEN, {"prefix": prefix}).one_or_none() is not None


def add_token(work: UnitOfWork, act: Act, new: NewToken, secret: Secret) -> Token:
    """Keeps a new token, and the act of making it."""
    numbers = reserve(work.connection, act.program_id, {"acts": 1})
    row = {
        "prefix": secret.prefix,
        "secret_hash": digest(secret.text),
        "name": new.name,
        "roles": list(new.roles),
        "program_id": new.program_id,
        "site_id": new.site_id,
        "user_id": new.user_id,
        "created_at": new.created_at,
        "expires_at": new.expires_at,
    }
    (number,) = work.connection.execute(insert(tokens), row).inserted_primary_key or (0,)
    append_act(work.connection, numbers.take("acts"), act, number)
    return Token(
        number,
        secret.prefix,
        new.name,
        new.roles,
        new.program_id,
        new.site_id,
        new.user_id,
        new.created_at,
        new.expires_at,
        None,
        None,
    )


def revoke_token(work: UnitOfWork, act: Act, token_id: int) -> None:
    """Ends a token from the act's moment on; one that has been revoked before stays as it is, and leaves no act."""
    if work.connection.execute(_REVOKE, {"token": token_id, "revoked_at": act.recorded_at}).rowcount:
        numbers = reserve(work.connection, act.program_id, {"acts": 1})
        append_act(work.connection, numbers.take("acts"), act, token_id)


def note_use(work: UnitOfWork, token_id: int, moment: datetime) -> None:
    """Remembers when a token was last used; never an earlier moment than is known."""
    work.connection.execute(_NOTE_USE, {"token": token_id, "used": moment, "last_used_at": moment})


def place_of(
    connection: Connection, program: str, *, site: str | None, email: str | None, external_id: str | None
) -> Place | None:
    """Where somebody belongs by the keys of program and site and by one of two names, in one statement.

    None where there is no such program, and where the names belong to several people.
    """
    names = {"program": program, "site": site, "email": folded(email), "external_id": external_id}
    rows = connection.execute(_PLACE, names).all()
    return Place(*rows[0]) if len(rows) == 1 else None


def _token(row: AnyRow) -> Token:
    values = row._mapping  # SQLAlchemy's public name for a row by column, whatever its underscore says
    given = {column.name: values[column.name] for column in _COLUMNS}
    return Token(**{**given, "roles": tuple(given["roles"])})
