"""Records that wait, longest first, and the dates that have been seen to."""

from datetime import datetime, timedelta

import pytest

from server.domain.access import Sight
from server.engine.facts import Kind, Ref
from server.store.database import open_store
from server.store.due import note_seen_to, seen_to, waiting
from server.store.users import users_by_ids
from tests.store.builders import NOW, World, counting_statements

FAR = NOW + timedelta(days=365)


def of_users(world: World, *statuses: str, **more: object) -> list[int]:
    asked = {"entered_by": FAR, "limit": 100, **more}
    found = world.read(
        lambda connection: waiting(connection, world.program.id, Kind.USER, "user_status", statuses, **asked)
    )
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
        assert of_users(world, "APPLICATION_INCOMPLETE", entered_by=NOW) == [early.id]
    assert len([each for each in seen if each.startswith("SELECT")]) == 1
    assert of_users(world, "APPLICATION_INCOMPLETE") == [early.id, late.id]


def test_personas_and_pairs_wait_too(world: World) -> None:
    match, mentor, mentee = world.matched()

    def found(kind: Kind, machine: str, status: str) -> list[int]:
        rows = world.read(lambda c: waiting(c, world.program.id, kind, machine, [status], entered_by=FAR, limit=9))
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
        store.query_now(lambda s: waiting(s.connection, 1, kind, machine, ["X"], entered_by=FAR, limit=9))
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
