"""Brings the tables of a database up to date, all or nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, make_url, text

from server.store.database import is_embedded
from server.store.postgres import postgres_engine
from server.store.sqlite import sqlite_engine

_SCRIPTS = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(4919, 0)")
_UNLIMITED = text("SET LOCAL statement_timeout = 0")


def upgrade(url: str) -> None:
    """Brings the database to the newest version, or leaves it as it is. Safe to call by several at once."""
    with _transaction(url) as connection:
        command.upgrade(_config(connection), "head")


def downgrade(url: str, revision: str = "base") -> None:
    """Takes the database back to an older version, or leaves it as it is; ``base`` is no tables at all."""
    with _transaction(url) as connection:
        command.downgrade(_config(connection), revision)


def is_current(url: str) -> bool:
    """Whether the database has the newest version."""
    heads = set(ScriptDirectory.from_config(_config()).get_heads())
    with _transaction(url, "BEGIN") as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == heads


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@contextmanager
def _transaction(url: str, begin: str = "BEGIN IMMEDIATE") -> Iterator[Connection]:
    """One transaction around everything: killed anywhere, the database is as before or as after."""
    embedded = is_embedded(url)
    engine = sqlite_engine(make_url(url), begin) if embedded else postgres_engine(make_url(url), 1)
    try:
        with engine.begin() as connection:
            if not embedded:
                connection.execute(_UNLIMITED)
                connection.execute(_ONE_AT_A_TIME)
            yield connection
    finally:
        engine.dispose()
