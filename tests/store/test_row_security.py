"""The second lock: PostgreSQL answers with what was announced, even where a statement forgets to ask for it."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url, select, text

from server.domain.access import EVERYTHING, Sight
from server.domain.filters import HistoryFilter, MatchFilter, PersonaFilter, UserFilter, UserOrder, Window
from server.engine.facts import Kind, Ref
from server.services.reading import Reading
from server.store import history, matches, migrate, personas, users
from server.store.database import Store, open_store
from server.store.row_security import READER, sight_document
from server.store.sessions import Session
from server.store.tables import act_texts, acts, messages, status_changes
from server.store.visibility import changes_seen, messages_seen
from tests.services.school import ANYBODY, GOODBYE, School
from tests.store.test_visibility import SIGHTS, numbers, pairs
from tests.telling import telling_rules

MANY = Window(limit=100)
MESSAGES = {
    # one welcome for everybody seen in full; four for each match that is closed, of which one's own is one
    "everything": 20,
    "nothing": 0,
    "the northern site": 12,
    "the southern site": 11,
    "both sites": 19,
    "a site that is not there": 0,
    "a mentor": 2,
    "a mentee": 2,
    "somebody without a match": 1,
    "somebody who is not there": 0,
    "a mentor who is staff elsewhere": 13,
}


@pytest.fixture
def watched(postgres_url: str, new_school: Callable[[Store], School]) -> Iterator[School]:
    opened = open_store(postgres_url)
    yield new_school(opened)
    opened.close()


@contextmanager
def stranger(url: str, *, may_create: bool = False) -> Iterator[str]:
    """The address of the same database for a user without rights beyond reading it, or making tables in it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE ROLE stranger LOGIN")
        connection.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO stranger")
        if may_create:
            connection.execute("GRANT CREATE ON SCHEMA public TO stranger")
        try:
            yield make_url(url).set(username="stranger").render_as_string(hide_password=False)
        finally:
            connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'stranger'")
            connection.execute("DROP OWNED BY stranger")
            connection.execute("DROP ROLE stranger")


def announced(school: School, sight: Sight, ask: Callable[[Session], Any]) -> Any:
    """What ``ask`` finds in a query that has announced a sight of the program, and nothing of the other one."""

    def work(session: Session) -> Any:
        session.announce({school.program: sight, school.other: Sight()})
        return ask(session)

    return school.store.query_now(work)


def forgetful(session: Session, program: int) -> dict[str, set[int]]:
    """Every list, read without the conditions that keep it to what is seen: the planted defect."""
    connection = session.connection
    lists = {
        "users": users.users_page(connection, program, UserFilter(), UserOrder(), MANY),
        "personas": personas.personas_page(connection, program, PersonaFilter(), MANY),
        "matches": matches.matches_page(connection, program, MatchFilter(), MANY),
        "changes": history.changes_page(connection, program, HistoryFilter(), MANY),
    }
    return {name: {row.id for row in page.rows} for name, page in lists.items()}


@pytest.mark.parametrize("whose", SIGHTS)
def test_a_statement_that_forgets_to_ask_still_finds_only_what_is_seen(watched: School, whose: str) -> None:
    sight, full, as_partner, shown = SIGHTS[whose]
    known = full | as_partner
    changes = select(status_changes.c.id).where(changes_seen(sight(watched)))
    wanted = {
        "users": numbers(watched, Kind.USER, known),
        "personas": numbers(watched, Kind.PERSONA, known),
        "matches": pairs(watched, shown),
        "changes": set(watched.store.query_now(lambda session: session.connection.scalars(changes).all())),
    }
    assert announced(watched, sight(watched), lambda session: forgetful(session, watched.program)) == wanted


def test_without_an_announcement_the_defect_would_tell_everything(watched: School) -> None:
    found = watched.store.query_now(lambda session: forgetful(session, watched.program))
    assert {name: len(ids) for name, ids in found.items()} | {"changes": 0} == {
        "users": 8,
        "personas": 9,
        "matches": 3,
        "changes": 0,
    }


@pytest.mark.parametrize("whose", SIGHTS)
def test_messages_are_held_back_as_lists_do(postgres_url: str, whose: str) -> None:
    store = open_store(postgres_url)
    telling = School(store, telling_rules())
    for match in (telling.inner, telling.across, telling.outer):
        telling.perform("close_match", match, answers=GOODBYE)
    sight = SIGHTS[whose][0](telling)
    wanted = select(messages.c.id).where(messages_seen(sight))
    seen = set(store.query_now(lambda session: session.connection.scalars(wanted).all()))

    def work(session: Session) -> set[int]:
        session.announce({telling.program: sight})
        return set(session.connection.scalars(select(messages.c.id)))

    assert store.query_now(work) == seen
    assert len(seen) == MESSAGES[whose]
    store.close()


def test_acts_and_their_texts_are_held_back_with_their_history(watched: School) -> None:
    sight = Sight(site_ids=frozenset({watched.sites["north"]}))
    seen = select(status_changes.c.act_id).where(changes_seen(sight)).distinct()
    wanted = set(watched.store.query_now(lambda session: session.connection.scalars(seen).all()))
    assert announced(watched, sight, lambda s: set(s.connection.scalars(select(acts.c.id)))) == wanted
    assert announced(watched, sight, lambda s: set(s.connection.scalars(select(act_texts.c.act_id)))) == wanted


def test_every_match_that_is_seen_keeps_the_answers_of_its_last_act(watched: School) -> None:
    sight = Sight(site_ids=frozenset({watched.sites["south"]}))
    ids = announced(watched, sight, lambda s: set(s.connection.scalars(text("SELECT id FROM matches"))))
    assert set(announced(watched, sight, lambda s: matches.matches_by_ids(s.connection, sorted(ids)))) == ids
    assert ids == pairs(watched, {"across", "outer"})


def test_decisions_look_past_the_lock_and_it_closes_behind_them(watched: School) -> None:
    sight = Sight(user_id=watched.ann.user.id)
    count = text("SELECT count(*) FROM users")

    def work(session: Session) -> list[int]:
        found = [session.connection.scalar(count)]
        with session.everything() as connection:
            found.append(connection.scalar(count))
        with pytest.raises(LookupError), session.everything():
            raise LookupError
        return [*found, session.connection.scalar(count)]

    assert announced(watched, sight, work) == [2, 8, 2]


def test_the_lock_opens_with_the_end_of_the_query(watched: School) -> None:
    announced(watched, Sight(), lambda session: session.connection.scalar(text("SELECT count(*) FROM users")))
    assert watched.store.query_now(lambda s: s.connection.scalar(text("SELECT current_user"))) != READER
    assert watched.store.query_now(lambda s: s.connection.scalar(text("SELECT count(*) FROM users"))) == 8


def test_reading_announces_for_whoever_does_not_see_everything(watched: School) -> None:
    def role(caller: Any) -> Any:
        def work(session: Session) -> Any:
            Reading(watched.book, watched.now).reader(session, caller)
            return session.connection.scalar(text("SELECT current_user"))

        return watched.store.query_now(work)

    assert role(watched.north) == READER
    assert role(watched.office) == READER
    assert role(watched.oneself(watched.ann)) == READER
    owner = watched.store.query_now(lambda s: s.connection.scalar(text("SELECT current_user")))
    assert role(ANYBODY) == owner


def test_a_sight_is_written_as_the_policies_read_it() -> None:
    sights = {1: EVERYTHING, 2: Sight(site_ids=frozenset({4, 3})), 5: Sight(user_id=6), 7: Sight()}
    assert sight_document(sights) == '{"programs": [1], "sites": [3, 4], "users": [6]}'
    found = {1: Sight(user_id=6, found=frozenset({Ref(Kind.PERSONA, 9), Ref(Kind.PERSONA, 8), Ref(Kind.PAIR, 7)}))}
    document = '{"programs": [], "sites": [], "users": [6], "found_persona": [8, 9], "found_pair": [7]}'
    assert sight_document(found) == document


def finding(school: School) -> Sight:
    """gus, who finds cat's persona, ann as a person, and the match of bob and sid."""
    found = {school.cat.persona, school.ann.user, school.across}
    return Sight(user_id=school.gus.user.id, found=frozenset(found))


def test_what_rules_find_is_announced_and_its_history_stays_locked(watched: School) -> None:
    people = {"gus", "ann", "cat", "bob", "sid"}
    found = announced(watched, finding(watched), lambda session: forgetful(session, watched.program))
    own = select(status_changes.c.id).where(changes_seen(Sight(user_id=watched.gus.user.id)))
    assert found == {
        "users": numbers(watched, Kind.USER, people),
        "personas": numbers(watched, Kind.PERSONA, people - {"ann"}),
        "matches": {watched.across.id},
        "changes": set(watched.store.query_now(lambda session: session.connection.scalars(own).all())),
    }


def test_sqlite_says_that_it_keeps_no_watch(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    assert not store.keeps_watch()
    store.query_now(lambda session: session.announce({1: Sight()}))
    store.close()


def test_postgresql_keeps_watch(watched: School) -> None:
    assert watched.store.keeps_watch()


def test_a_server_that_may_not_take_the_role_goes_on_without(watched: School, postgres_url: str) -> None:
    """A user who owns nothing and belongs to no role: as where an administrator has not granted it."""
    with stranger(postgres_url) as url:
        store: Store = open_store(url)
        assert not store.keeps_watch()

        def work(session: Session) -> int:
            session.announce({watched.program: Sight()})
            return int(session.connection.scalar(text("SELECT count(*) FROM users")) or 0)

        assert store.query_now(work) == 8
        store.close()


def test_a_migration_that_may_not_make_the_role_says_what_to_do(
    empty_postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with stranger(empty_postgres_url, may_create=True) as url:
        with caplog.at_level(logging.WARNING):
            migrate.upgrade(url)
        assert "the second lock on rows stays off" in caplog.text
        assert f"GRANT {READER} TO" in caplog.text
        store = open_store(url)
        assert not store.keeps_watch()
        assert School(store).north.site_id is not None
        store.close()
