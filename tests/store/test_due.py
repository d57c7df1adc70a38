"""Records that wait, longest first, and the dates that have been seen to."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from server.domain.access import Sight
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Kind, Ref
from server.engine.paths import Path
from server.store.database import Store, open_store
from server.store.due import Line, note_seen_to, seen_to, waiting
from server.store.users import users_by_ids
from tests.services.club import Club
from tests.services.pauses import RULES
from tests.store.builders import NOW, World, counting_statements

FAR = NOW + timedelta(days=365)


def of_users(world: World, *statuses: str, **more: object) -> list[int]:
    asked = {"limit": 100, **more}
    line = Line(Kind.USER, "user_status", frozenset(statuses), asked.pop("until", FAR))
    found = world.read(lambda connection: waiting(connection, world.program.id, line, **asked))
    return [number for _, number in found]


def test_who_waits_longest_comes_first_page_by_page(world: World) -> None:
    people = [world.register()[0].id for _ in range(4)]
    world.act("finish_application", Ref(Kind.USER, people[0]))
    assert of_users(world, "APPLICATION_INCOMPLETE") == people[1:]
    both = of_users(world, "APPLICATION_INCOMPLETE", "SCREENING_INCOMPLETE")
    assert both == [*people[1:], people[0]]
    since = world.read(users_by_ids, people)[people[2]].user_status_since
    assert of_users(world, "APPLICATION_INCOMPLETE", after=(since, people[2])) == people[3:]


def test_only_who_entered_by_a_moment_is_found_with_one_statement(world: World) -> None:
    early, late = world.register(at=NOW)[0], world.register(at=NOW + timedelta(days=1))[0]
    with counting_statements() as seen:
        assert of_users(world, "APPLICATION_INCOMPLETE", until=NOW) == [early.id]
    assert len([each for each in seen if each.startswith("SELECT")]) == 1
    assert of_users(world, "APPLICATION_INCOMPLETE") == [early.id, late.id]


def test_personas_and_pairs_wait_too(world: World) -> None:
    match, mentor, mentee = world.matched()

    def found(kind: Kind, machine: str, status: str) -> list[int]:
        line = Line(kind, machine, frozenset({status}), FAR)
        rows = world.read(lambda connection: waiting(connection, world.program.id, line, limit=9))
        return [number for _, number in rows]

    assert found(Kind.PAIR, "pair_status", "OPEN") == [match.id]
    assert found(Kind.PERSONA, "match_status", "MATCHED") == [mentor.id, mentee.id]


def test_nobody_out_of_reach_is_found(world: World) -> None:
    site = world.site()
    placed, _ = world.register(site=site.id)
    world.register()
    assert of_users(world, "APPLICATION_INCOMPLETE", sight=Sight(site_ids=frozenset({site.id}))) == [placed.id]
    assert of_users(world, "APPLICATION_INCOMPLETE", sight=Sight()) == []


@pytest.mark.parametrize(
    ("kind", "machine"),
    [
        (Kind.USER, "user_status"),
        (Kind.PERSONA, "persona_status"),
        (Kind.PERSONA, "match_status"),
        (Kind.PAIR, "pair_status"),
    ],
)
def test_sqlite_goes_along_the_index_on_the_status_and_its_beginning(sqlite_url: str, kind: Kind, machine: str) -> None:
    store = open_store(sqlite_url)
    with counting_statements() as seen:
        store.query_now(lambda s: waiting(s.connection, 1, Line(kind, machine, frozenset({"X"}), FAR), limit=9))
    asked = f"EXPLAIN QUERY PLAN {seen[-1]}"
    plan = store.query_now(lambda s: s.connection.exec_driver_sql(asked, (1, "X", 5, 9, 0)).all())
    store.close()
    assert f"_program_id_{machine}_{machine}_since_id" in plan[0].detail
    assert not any("TEMP B-TREE" in row.detail for row in plan)


def test_dates_are_noted_as_seen_to_and_never_taken_back(world: World) -> None:
    def noted(moment: datetime, key: str = "call_in") -> dict[str, datetime]:
        world.do(lambda work: note_seen_to(work.connection, world.program.id, key, moment))
        return dict(world.read(seen_to, world.program.id))

    later = NOW + timedelta(days=1)
    assert noted(NOW) == {"call_in": NOW}
    assert noted(later) == {"call_in": later}
    assert noted(NOW) == {"call_in": later}
    assert noted(NOW, "other") == {"call_in": later, "other": NOW}


def test_who_holds_the_earliest_date_comes_first_and_who_holds_none_is_not_found(store: Store) -> None:
    club = Club(store, RULES, "pauses")
    people = [club.join(name, "MENTOR") for name in ("a", "b", "c", "d")]
    for (person, _), day in zip(people, ("2026-05-02", "2026-05-01", "2026-06-01"), strict=False):
        club.set(person, returns_on=(day,))
    statuses = frozenset({"APPLICATION_INCOMPLETE"})
    own = Line(Kind.USER, "user_status", statuses, "2026-05-31", Path("returns_on", value="returns_on"))
    path = Path("user.returns_on", links=("user",), value="returns_on")
    of_user = Line(Kind.PERSONA, "persona_status", frozenset({"ACTIVE"}), "2026-05-31", path)

    def found(line: Line, **more: Any) -> list[Any]:
        return store.query_now(lambda s: waiting(s.connection, club.program, line, limit=9, **more))

    assert found(own) == [("2026-05-01", people[1][0].id), ("2026-05-02", people[0][0].id)]
    assert found(own, after=("2026-05-01", people[1][0].id)) == [("2026-05-02", people[0][0].id)]
    assert [number for _, number in found(of_user)] == [people[1][1].id, people[0][1].id]
    for side in (MENTOR, MENTEE):
        of_side = Path(f"{side.lower()}.user.returns_on", links=(side, "user"), value="returns_on")
        assert found(Line(Kind.PAIR, "pair_status", frozenset({"OPEN"}), "2026-05-31", of_side)) == []


def test_sqlite_goes_along_the_index_on_the_values_of_the_field(sqlite_url: str) -> None:
    store = open_store(sqlite_url)
    line = Line(Kind.USER, "user_status", frozenset({"X"}), "2026-05-31", Path("day", value="day"))
    with counting_statements() as seen:
        store.query_now(lambda s: waiting(s.connection, 1, line, limit=9))
    asked = f"EXPLAIN QUERY PLAN {seen[-1]}"
    given = ("user", "day", 1, "X", "2026-05-31", 1, 9, 0)
    plan = store.query_now(lambda s: s.connection.exec_driver_sql(asked, given).all())
    store.close()
    assert "ix_field_values_program_id_field_order_key_subject_id" in plan[0].detail
