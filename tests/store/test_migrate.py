"""The tables as the migrations make them."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, inspect, make_url, text
from sqlalchemy.exc import DatabaseError

from server.store import migrate
from server.store.correction_tables import metadata
from server.store.database import open_store
from server.store.postgres import postgres_engine
from server.store.sqlite import sqlite_engine
from tests.store.builders import World


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("empty_postgres_url"))


def an_engine(url: str) -> Engine:
    return sqlite_engine(make_url(url), "BEGIN") if url.startswith("sqlite") else postgres_engine(make_url(url), 1)


def tables(url: str) -> set[str]:
    engine = an_engine(url)
    with engine.connect() as connection:
        found = set(inspect(connection).get_table_names())
    engine.dispose()
    return found


def test_the_migrated_tables_are_the_tables_of_the_code(store_url: str) -> None:
    engine = an_engine(store_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_comparison_would_notice_a_missing_column(store_url: str) -> None:
    engine = an_engine(store_url)
    with engine.connect() as connection:
        connection.execute(text("ALTER TABLE sites DROP COLUMN name"))
        assert len(compare_metadata(MigrationContext.configure(connection), metadata)) == 1
    engine.dispose()


def test_check_constraints_and_triggers_are_there(store_url: str) -> None:
    engine = an_engine(store_url)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            named = {
                str(c.name)
                for c in table.constraints
                if c.__visit_name__ in {"check_constraint", "table_or_column_check_constraint"}
            }
            assert {c["name"] for c in inspect(connection).get_check_constraints(table.name)} == named
    engine.dispose()


def test_up_down_and_up_again(empty_url: str) -> None:
    assert not migrate.is_current(empty_url)
    migrate.upgrade(empty_url)
    assert migrate.is_current(empty_url)
    migrate.upgrade(empty_url)

    store = open_store(empty_url)
    World(store).register()
    store.close()

    migrate.downgrade(empty_url)
    assert tables(empty_url) == {"alembic_version"}
    assert not migrate.is_current(empty_url)

    migrate.upgrade(empty_url)
    assert migrate.is_current(empty_url)
    assert tables(empty_url) == {"alembic_version", *metadata.tables}


def test_a_migration_that_fails_late_leaves_nothing_behind(empty_url: str) -> None:
    engine = an_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE matches (id INTEGER)"))
    engine.dispose()
    with pytest.raises(DatabaseError, match="matches"):
        migrate.upgrade(empty_url)

    assert tables(empty_url) == {"matches"}


@pytest.mark.parametrize("url", ["mysql://host/x", "matchkeeper.db", ""])
def test_another_kind_of_database_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(ValueError, match=r"sqlite:///file\.db or postgresql://"):
        open_store(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_sqlite_in_memory_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="needs a file"):
        open_store(url)
