"""What is erased leaves the disk too: read as raw bytes, while the store is open and afterwards."""

import sqlite3
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from server.domain.errors import ConflictError, TryAgainError
from server.store.database import open_store
from server.store.erasure import erase_person
from server.store.scrubbing import scrub
from tests.store.builders import NOW, World

CANARY = "Kanarienvogel"
PEOPLE = 120
"""Enough for the pages of every table and index to have been split."""


def full(url: str) -> World:
    """People whose every text holds the canary, in several pages, some of them written twice."""
    world = World(open_store(url))
    for number in range(PEOPLE):
        named = {"name": f"{CANARY} {number}", "email": f"{CANARY}{number}@example.org"}
        person, _ = world.register(**named, external_id=f"{CANARY}-{number}")
        world.act("finish_application", person, act={"note": CANARY * 20, "texts": {"why": CANARY}})
        again = {"name": f"{CANARY} again {number}", "email": f"{CANARY}{number}@example.com", "external_id": None}
        world.do(lambda work, one=person, columns=again: work.edit_user(one.id, **columns))
    return world


def erase_all(world: World) -> None:
    world.do(lambda work: [erase_person(work.connection, number, NOW) for number in range(1, PEOPLE + 1)])


def copies(file: Path) -> dict[str, int]:
    """How often the canary stands in the file and in what SQLite keeps beside it, whatever its case."""
    beside = sorted(file.parent.glob(f"{file.name}*"))
    return {each.name: each.read_bytes().lower().count(CANARY.lower().encode()) for each in beside}


def test_sqlite_keeps_no_copy_while_it_is_open_nor_afterwards(sqlite_url: str) -> None:
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    world = full(sqlite_url)
    erase_all(world)
    assert sum(copies(file).values()) > PEOPLE  # so that there is something to be scrubbed
    scrub(sqlite_url)
    assert copies(file) == {"matchkeeper.db": 0, "matchkeeper.db-shm": 0, "matchkeeper.db-wal": 0}
    world.register()
    world.store.close()
    assert set(copies(file).values()) == {0}


def test_a_reader_who_does_not_end_is_told_of(sqlite_url: str) -> None:
    world = full(sqlite_url)
    reader = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM users").fetchone()
    erase_all(world)
    with pytest.raises(TryAgainError, match="run the same command again"):
        scrub(sqlite_url, patience_seconds=0.2)
    reader.close()
    scrub(sqlite_url)
    assert set(copies(Path(sqlite_url.removeprefix("sqlite:///"))).values()) == {0}
    world.store.close()


def on_disk(postgres: Any, url: str) -> int:
    """How often the canary stands in the files of a PostgreSQL database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        (number,) = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    files = (Path(postgres.pgdata) / "base" / str(number)).iterdir()
    return sum(file.read_bytes().lower().count(CANARY.lower().encode()) for file in files)


def test_postgresql_keeps_no_copy_in_its_tables_indexes_and_statistics(postgres_server: Any, postgres_url: str) -> None:
    world = full(postgres_url)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("ANALYZE")
        erase_all(world)
        assert on_disk(postgres_server, postgres_url) > PEOPLE
        scrub(postgres_url)
    assert on_disk(postgres_server, postgres_url) == 0
    world.store.close()


def test_a_user_who_does_not_own_the_tables_is_told_whom_to_ask(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("CREATE ROLE lodger LOGIN")
        connection.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO lodger")
        try:
            url = make_url(postgres_url).set(username="lodger").render_as_string(hide_password=False)
            with pytest.raises(ConflictError, match=r"Let their owner run: VACUUM \(FULL, ANALYZE\) users, act_texts"):
                scrub(url)
        finally:
            connection.execute("DROP OWNED BY lodger")
            connection.execute("DROP ROLE lodger")
