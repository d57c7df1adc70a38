"""A database is checked against its own history: every planted change is found, with the first bad row."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import create_engine, make_url, text

from server.store.database import open_store
from server.store.erasure import erase_person
from server.store.verify import DEFENDED, POSTGRES_DEFENCES, Finding, verify
from tests.engine.flow import FLOW
from tests.services.club import Club
from tests.store.builders import GOODBYE, NOW, World

OPEN = frozenset(status.key for status in FLOW.machines["pair_status"].statuses.values() if status.opens)


def checked(url: str) -> list[Finding]:
    return verify(url, {1: OPEN})[0]


@pytest.fixture
def told(store_url: str) -> Iterator[tuple[str, World]]:
    """One closed match with all that followed, one open match, a site."""
    world = World(open_store(store_url))
    match, _, _ = world.matched()
    world.act("close_match", match, answers=GOODBYE)
    world.matched()
    world.site()
    yield store_url, world
    world.store.close()


def tamper(url: str, *statements: str) -> None:
    """Does what only somebody with the database's own tools can do; the defences of history are put back after."""
    engine = create_engine(make_url(url).set(drivername="sqlite" if url.startswith("sqlite") else "postgresql+psycopg"))
    with engine.begin() as connection:
        for statement in _unlocked(connection, statements):
            connection.execute(text(statement))
    engine.dispose()


def _unlocked(connection: Any, statements: tuple[str, ...]) -> list[str]:
    if connection.dialect.name == "postgresql":
        # Deferred and replicated, foreign keys ask nothing either.
        off = [f"ALTER TABLE {table} DISABLE TRIGGER ALL" for table in (*DEFENDED, "act_texts", "matches")]
        on = [f"ALTER TABLE {table} ENABLE TRIGGER ALL" for table in (*DEFENDED, "act_texts", "matches")]
        always = [
            f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}"
            for table in DEFENDED
            for name in POSTGRES_DEFENCES
        ]
        return [*off, *statements, *on, *always]
    kept = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    return [*(f"DROP TRIGGER {name}" for name, _ in kept), *statements, *(sql for _, sql in kept)]


def test_what_only_the_server_has_written_fits(told: tuple[str, World]) -> None:
    url, world = told
    findings, rows = verify(url, {1: OPEN})
    assert (findings, rows) == ([], world.rows()["status_changes"])


def test_it_still_fits_after_an_erasure(told: tuple[str, World]) -> None:
    url, world = told
    world.do(lambda work: erase_person(work.connection, 1, NOW))
    assert checked(url) == []


@pytest.mark.parametrize(
    ("statement", "where", "said"),
    [
        ("UPDATE users SET user_status = 'NEVER' WHERE id = 2", "users 2", "has another user_status than"),
        ("UPDATE personas SET match_status = 'NEVER' WHERE id = 1", "personas 1", "has another match_status than"),
        ("UPDATE personas SET persona_status = 'NEVER' WHERE id = 3", "personas 3", "has another persona_status than"),
        ("UPDATE status_changes SET after = 'NEVER' WHERE id = 1", "status_changes 1", "that the rules never had"),
        ("INSERT INTO corrections (act_id, corrects, part) VALUES (1, 99, '')", "corrections 1", "corrects no act"),
        ("INSERT INTO corrections (act_id, corrects, part) VALUES (99, 1, '')", "corrections 99", "belongs to no act"),
        ("UPDATE status_changes SET after = 'NEVER' WHERE id = 1", "status_changes 4", "does not begin with"),
        ("DELETE FROM status_changes WHERE id = 4", "status_changes 5", "does not begin with the status"),
        ("UPDATE status_changes SET subject_id = 99 WHERE id = 1", "status_changes 1", "about a user that does not"),
        ("UPDATE acts SET subject_id = 99 WHERE id = 2", "acts 2", "is about a user that does not exist"),
        ("UPDATE status_changes SET act_id = 99 WHERE id = 4", "status_changes 4", "belongs to no act of its program"),
        ("UPDATE status_changes SET caused_by = 99 WHERE id = 6", "status_changes 6", "follows from no earlier change"),
        ("UPDATE act_texts SET act_id = 99 WHERE act_id = 3", "act_texts 99", "belongs to no act"),
        ("UPDATE matches SET mentor_place = 1 WHERE id = 1", "matches 1", "takes no places while it is open, or some"),
        ("UPDATE matches SET mentee_place = NULL WHERE id = 2", "matches 2", "takes no places while it is open"),
        ("UPDATE users SET erased_at = created_at WHERE id = 1", "users 1", "was erased and has a name or an address"),
    ],
)
def test_every_change_behind_the_server_is_found(
    statement: str, where: str, said: str, told: tuple[str, World]
) -> None:
    url, _ = told
    tamper(url, statement)
    found = [finding for finding in checked(url) if finding.where == where and said in finding.text]
    assert len(found) == 1, checked(url)


def test_another_since_than_history_says_is_found(told: tuple[str, World]) -> None:
    url, _ = told
    tamper(url, "UPDATE matches SET pair_status_since = created_at WHERE id = 1")
    assert checked(url) == [Finding("matches 1", "has another pair_status_since than its history says")]


def test_a_note_on_somebody_erased_is_found(told: tuple[str, World]) -> None:
    url, world = told
    world.do(lambda work: erase_person(work.connection, 1, NOW.replace(year=2027)))
    tamper(url, "UPDATE act_texts SET note = 'still' WHERE act_id = 2")
    assert checked(url) == [Finding("act_texts 2", "is a note on somebody who was erased")]


def test_a_row_that_is_missing_is_found_on_sqlite(sqlite_url: str) -> None:
    world = World(open_store(sqlite_url))
    world.site("A")
    world.site("B")
    world.site("C")
    world.store.close()
    tamper(sqlite_url, "DELETE FROM act_texts WHERE act_id = 2", "DELETE FROM acts WHERE id = 2")
    assert checked(sqlite_url) == [Finding("acts 3", "comes after a row that is missing")]


@pytest.mark.parametrize("table", ["acts", "status_changes", "field_changes", "corrections"])
def test_a_lost_defence_is_found_on_sqlite(table: str, sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text(f"DROP TRIGGER {table}_no_delete"))
    engine.dispose()
    (found,) = checked(sqlite_url)
    assert found.text == f"has lost the trigger {table}_no_delete that keeps history from being changed"


@pytest.mark.parametrize("mode", ["DISABLE", "ENABLE"])
def test_a_defence_that_is_off_is_found_on_postgresql(mode: str, postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE acts {mode} TRIGGER acts_no_change")
        try:
            (found,) = checked(postgres_url)
        finally:
            connection.execute("ALTER TABLE acts ENABLE ALWAYS TRIGGER acts_no_change")
    assert found == Finding("acts", "has lost the trigger acts_no_change that keeps history from being changed")


def test_a_row_of_which_another_is_gone_is_found_on_sqlite(sqlite_url: str) -> None:
    world = World(open_store(sqlite_url))
    world.register()
    world.store.close()
    tamper(sqlite_url, "UPDATE personas SET user_id = 77 WHERE user_id = 1")
    assert Finding("personas 1", "names a row of users that does not exist") in checked(sqlite_url)


@pytest.fixture
def club(store_url: str) -> Iterator[tuple[str, Club]]:
    """Somebody who has moved in a declared machine and holds a field."""
    club = Club(open_store(store_url))
    user, _ = club.join("ann", "MENTOR")
    club.set(user, badge=("A-1",))
    club.perform("order_check", user)
    yield store_url, club
    club.store.close()


def test_declared_machines_and_fields_fit_too(club: tuple[str, Club]) -> None:
    assert checked(club[0]) == []


def test_a_declared_status_that_history_does_not_have_is_found(club: tuple[str, Club]) -> None:
    tamper(club[0], "UPDATE declared_statuses SET status = 'PASSED' WHERE machine = 'background_check'")
    text = "has another status in a declared machine than its history ends with"
    assert checked(club[0]) == [Finding("declared_statuses 1", text)]


def test_a_field_of_somebody_erased_is_gone_or_found(club: tuple[str, Club]) -> None:
    url, town = club
    town.store.mutate_now(
        lambda session: session.act(lambda work: erase_person(work.connection, 1, NOW.replace(year=2027)))
    )
    assert checked(url) == []
    tamper(
        url,
        "INSERT INTO field_values (program_id, subject_kind, subject_id, field, position, value, order_key) "
        "SELECT program_id, 'user', id, 'badge', 0, 'A-1', 'a-1' FROM users",
    )
    assert checked(url) == [Finding("field_values 1", "holds a field of somebody who was erased")]
