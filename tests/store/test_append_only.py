"""History cannot be changed, by whatever way one tries, and with whatever settings."""

import sqlite3
from collections.abc import Iterator

import psycopg
import pytest

from server.store.database import open_store
from tests.store.builders import World

_BOTH = (
    "UPDATE {table} SET program_id = 1",
    "UPDATE {table} SET id = id + 1000",
    "UPDATE {table} SET subject_id = 99 WHERE id = 1",
    "DELETE FROM {table}",
    "DELETE FROM {table} WHERE id = (SELECT max(id) FROM {table})",
    "INSERT INTO {table} SELECT * FROM {table} WHERE id = 1 ON CONFLICT (id) DO UPDATE SET subject_id = 99",
    "WITH gone AS (SELECT max(id) AS id FROM {table}) DELETE FROM {table} WHERE id IN (SELECT id FROM gone)",
    "UPDATE {table} SET subject_id = other.id FROM users AS other",
)
_SQLITE = (
    *_BOTH,
    "INSERT OR REPLACE INTO {table} SELECT * FROM {table} WHERE id = 1",
    "REPLACE INTO {table} SELECT * FROM {table}",
    "UPDATE OR REPLACE {table} SET id = 1 WHERE id = 2",
    "UPDATE OR IGNORE {table} SET subject_id = 99",
    "INSERT OR IGNORE INTO {table} SELECT * FROM {table} WHERE id = 1",
    "DELETE FROM {table} WHERE rowid = 1",
    "UPDATE {table} SET rowid = 50 WHERE rowid = 1",
)
_POSTGRES = (
    *_BOTH,
    "TRUNCATE {table} CASCADE",
    "TRUNCATE corrections, field_changes, messages, act_texts, status_changes, acts, matches",
    "DELETE FROM ONLY {table} WHERE ctid = (SELECT ctid FROM {table} LIMIT 1)",
    "MERGE INTO {table} t USING users u ON t.id = u.id WHEN MATCHED THEN DELETE",
    "MERGE INTO {table} t USING users u ON t.id = u.id WHEN MATCHED THEN UPDATE SET subject_id = 99",
    "SET session_replication_role = replica; DELETE FROM {table}",
    "SET session_replication_role = replica; TRUNCATE {table} CASCADE",
    "DO $$ BEGIN UPDATE {table} SET subject_id = 99; END $$",
)
_EVERYTHING = "SELECT * FROM {table} ORDER BY id"
_COPIED = "INSERT INTO acts ({into}) SELECT {out} FROM acts WHERE id = 1"
TABLES = ("acts", "status_changes")
MESSAGE = "history is append-only"


def fill(url: str) -> None:
    store = open_store(url)
    World(store).matched()
    store.close()


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[sqlite3.Connection]:
    """A connection without any of our settings, as a stranger's tool would open it."""
    fill(sqlite_url)
    connection = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    yield connection
    connection.close()


@pytest.fixture
def postgres(postgres_url: str) -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """A connection of the database's owner."""
    fill(postgres_url)
    with psycopg.connect(postgres_url) as connection:
        yield connection


@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_sqlite_refuses_every_change(sqlite: sqlite3.Connection, recursive: str) -> None:
    sqlite.execute(f"PRAGMA recursive_triggers={recursive}")
    for table in TABLES:
        before = sqlite.execute(_EVERYTHING.format(table=table)).fetchall()
        for attempt in _SQLITE:
            with pytest.raises(sqlite3.IntegrityError, match=MESSAGE):
                sqlite.execute(attempt.format(table=table))
            sqlite.rollback()
        assert sqlite.execute(_EVERYTHING.format(table=table)).fetchall() == before


def columns_of_acts(sqlite: sqlite3.Connection) -> str:
    return ", ".join(row[1] for row in sqlite.execute("PRAGMA table_info(acts)") if row[1] != "id")


@pytest.mark.parametrize("number", [0, -1, -7])
def test_sqlite_takes_no_row_before_the_first(sqlite: sqlite3.Connection, number: int) -> None:
    columns = columns_of_acts(sqlite)
    copied = _COPIED.format(into=f"id, {columns}", out=f"{number}, {columns}")
    with pytest.raises(sqlite3.IntegrityError, match="ck_acts_id"):
        sqlite.execute(copied)


def test_sqlite_takes_a_new_row(sqlite: sqlite3.Connection) -> None:
    columns = columns_of_acts(sqlite)
    before = sqlite.execute("SELECT count(*) FROM acts").fetchone()[0]
    sqlite.execute(_COPIED.format(into=columns, out=columns))
    assert sqlite.execute("SELECT count(*) FROM acts").fetchone()[0] == before + 1


def test_postgresql_refuses_every_change(postgres: "psycopg.Connection[tuple[object, ...]]") -> None:
    for table in TABLES:
        before = postgres.execute(_EVERYTHING.format(table=table)).fetchall()
        for attempt in _POSTGRES:
            with pytest.raises(psycopg.errors.RaiseException, match=MESSAGE):
                postgres.execute(attempt.format(table=table))
            postgres.rollback()
        assert postgres.execute(_EVERYTHING.format(table=table)).fetchall() == before


def test_the_texts_of_an_act_can_be_erased(store_url: str) -> None:
    fill(store_url)
    store = open_store(store_url)
    gone = store.mutate_now(
        lambda s: s.act(lambda work: work.connection.exec_driver_sql("DELETE FROM act_texts").rowcount)
    )
    store.close()
    assert gone == 7
