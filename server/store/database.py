"""Opens the database that a URL names."""

from pathlib import Path

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from server.store.postgres import PostgresStore
from server.store.sessions import Session, Store
from server.store.sqlite import READ_SECONDS, SqliteStore

__all__ = ["Session", "Store", "is_embedded", "is_there", "open_store"]


def open_store(url: str, read_seconds: float = READ_SECONDS) -> Store:
    """The store at ``sqlite:///file.db`` or ``postgresql://...``; its tables must be there already.

    ``read_seconds``: how long one query may take on SQLite; PostgreSQL has a limit for each statement instead.
        Raises ValueError, with what to write instead, for any other URL.
    """
    return SqliteStore(make_url(url), read_seconds) if is_embedded(url) else PostgresStore(make_url(url))


def is_embedded(url: str) -> bool:
    """Whether the database is a file of our own rather than a server. Raises ValueError for what is neither."""
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError:
        kind = ""
    if kind not in {"sqlite", "postgresql"}:
        raise ValueError("Give the database as sqlite:///file.db or postgresql://user@host/name.")
    return kind == "sqlite"


def is_there(url: str) -> bool:
    """Whether there is a database to look into; a server is taken to have one. Raises what is_embedded raises."""
    return not is_embedded(url) or Path(make_url(url).database or "").is_file()
