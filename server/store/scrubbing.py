"""Takes what was erased off the disk: rewrites the database, so that no page and no log keeps a copy."""

import sqlite3
from typing import Any

import psycopg
from sqlalchemy import Engine, make_url

from server.domain.errors import ConflictError, TryAgainError
from server.store.database import is_embedded
from server.store.postgres import postgres_engine
from server.store.sqlite import sqlite_engine

PATIENCE_SECONDS = 30.0
"""How long the rewriting waits for whoever reads or writes meanwhile."""

HOLDING_TEXTS = ("users", "act_texts", "tokens", "audit", "messages", "field_changes", "corrections")
"""The tables from which something is erased."""

_BUSY = (
    "The rows are erased, but others kept the database from being rewritten, so that its files may still hold copies:"
    " run the same command again."
)
_NOT_OURS = (
    "The rows are erased, but the database's files may still hold copies: its user does not own the tables."
    f" Let their owner run: VACUUM (FULL, ANALYZE) {', '.join(HOLDING_TEXTS)}."
)


def scrub(url: str, patience_seconds: float = PATIENCE_SECONDS) -> None:
    """Rewrites what holds texts of people; the server may run meanwhile, and waits for it.

    Raises TryAgainError or ConflictError, which say what to do, where copies may be left.
    """
    patience = int(patience_seconds * 1000)
    try:
        if is_embedded(url):
            _scrub_sqlite(sqlite_engine(make_url(url), "BEGIN"), patience)
        else:
            _scrub_postgres(postgres_engine(make_url(url), 1), patience)
    except (sqlite3.OperationalError, TryAgainError) as error:
        raise TryAgainError(_BUSY) from error


def _scrub_sqlite(engine: Engine, patience: int) -> None:
    """Pages that were split once keep copies of rows that moved to others, so that clearing rows is not enough."""
    connection = engine.raw_connection()
    try:
        cursor: Any = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {patience}")
        # The rewriting needs room for a whole copy: not in a file that could be found later.
        cursor.execute("PRAGMA temp_store = MEMORY")
        cursor.execute("VACUUM")
        busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()
        engine.dispose()
    if busy:
        raise TryAgainError(_BUSY)


def _scrub_postgres(engine: Engine, patience: int) -> None:
    """FULL writes the tables anew, where a plain VACUUM leaves the bytes; ANALYZE forgets the samples of values."""
    skipped: list[str] = []

    def heard(notice: psycopg.errors.Diagnostic) -> None:
        if notice.severity_nonlocalized == "WARNING":
            skipped.append(notice.message_primary or "")

    try:
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.add_notice_handler(heard)
            connection.exec_driver_sql(f"SET statement_timeout = 0; SET lock_timeout = {patience}")
            for table in HOLDING_TEXTS:
                connection.exec_driver_sql(f"VACUUM (FULL, ANALYZE) {table}")
            not_ours = bool(skipped)
            # The samples that ANALYZE replaced stand in a table that only the database's owner may rewrite.
            connection.exec_driver_sql("VACUUM (FULL) pg_statistic")
    finally:
        engine.dispose()
    if not_ours:
        raise ConflictError(_NOT_OURS)
