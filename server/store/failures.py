"""Turns what a database says went wrong into what a person can act on."""

import sqlite3

import psycopg
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExceptionContext

from server.domain.errors import AlreadyExistsError, ConflictError, MatchkeeperError, TryAgainError


class RetryableError(TryAgainError):
    """The act met another one or lost its connection before it was saved: doing it again may well succeed."""


_BUSY = "The database is busy. Nothing was saved: try again in a moment."
_FULL = "The database has no room left to write. Nothing was saved: tell whoever runs the server, then try again."
_DOWN = "The database cannot be reached. Nothing was saved: try again in a moment."
_SLOW = "This took too long and was stopped. Nothing was saved: ask for less, with a filter or a smaller page."

_PLACE = "Another act took this open place first. Load both personas again to see who was faster."
_TAKEN: dict[str, tuple[str, tuple[str, ...]]] = {
    "users.program_id, users.email_key": (
        "This e-mail address already belongs to somebody in the program. Look that person up, or give another address.",
        ("email",),
    ),
    "users.program_id, users.external_id": (
        "This external id already belongs to somebody in the program. Look that person up, or give another id.",
        ("externalId",),
    ),
    "field_values.program_id, field_values.subject_kind, field_values.field, field_values.unique_key": (
        "Another record of the program already has this value in a field where it must be the only one. Give another.",
        ("fields",),
    ),
    "sites.program_id, sites.key": (
        "The program already has a site with this key. Use that site, or choose another key.",
        ("key",),
    ),
}
_PLACES = frozenset({"matches.mentor_id, matches.mentor_place", "matches.mentee_id, matches.mentee_place"})

_RETRYABLE_STATES = frozenset({"40001", "40P01", "55P03"})
_STOPPED, _SPOILED, _DUPLICATE = "57014", "25P02", "23505"


def translate_failures(engine: Engine) -> None:
    """From now on the engine raises the errors of the domain where there is one; others stay as they are."""
    event.listen(engine, "handle_error", _translated)


def _translated(context: ExceptionContext) -> MatchkeeperError | None:
    if context.is_pre_ping:
        # The pool asks whether an idle connection still lives, and wants to hear the driver's own answer.
        return None
    error = context.original_exception
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error)
    if isinstance(error, psycopg.Error):
        return _of_postgres(error, context.is_disconnect)
    return None


def _of_sqlite(error: sqlite3.Error) -> MatchkeeperError | None:
    code = getattr(error, "sqlite_errorcode", 0)
    if code == sqlite3.SQLITE_CONSTRAINT_UNIQUE:
        return _taken(str(error).partition("failed: ")[2])
    match code & 0xFF:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return TryAgainError(_BUSY)
        case sqlite3.SQLITE_FULL:
            return TryAgainError(_FULL)
        case sqlite3.SQLITE_INTERRUPT:
            return TryAgainError(_SLOW)
        case sqlite3.SQLITE_IOERR | sqlite3.SQLITE_CANTOPEN:
            return TryAgainError(_DOWN)
        case _:
            return None


def _of_postgres(error: psycopg.Error, lost: bool) -> MatchkeeperError | None:
    state = error.sqlstate or ""
    if state == _DUPLICATE:
        return _taken(_columns_of(error))
    if state in _RETRYABLE_STATES:
        return RetryableError(_BUSY)
    if state in {_STOPPED, _SPOILED}:
        return TryAgainError(_SLOW if state == _STOPPED else _BUSY)
    if state.startswith("53"):
        return TryAgainError(_FULL)
    if lost or (not state and isinstance(error, psycopg.OperationalError)) or state[:2] in {"08", "57"}:
        return RetryableError(_DOWN)
    return None


def _columns_of(error: psycopg.Error) -> str:
    """The columns of a broken unique constraint, written as SQLite writes them; the name of one lists them."""
    table, name = error.diag.table_name or "", error.diag.constraint_name or ""
    known = (*_TAKEN, *_PLACES)
    return next((columns for columns in known if name == _constraint(table, columns)), name)


def _constraint(table: str, columns: str) -> str:
    return "_".join(("uq", table, *(column.partition(".")[2] for column in columns.split(", "))))


def _taken(columns: str) -> MatchkeeperError | None:
    if columns in _PLACES:
        return ConflictError(_PLACE)
    if columns in _TAKEN:
        message, path = _TAKEN[columns]
        return AlreadyExistsError(message, path)
    return None
