"""Callers who press at the same time: one winner each time, nothing lost, ids in the order of commits."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from server.domain.errors import MatchkeeperError
from server.domain.filters import HistoryFilter, Window
from server.engine.facts import Kind, Ref
from server.store.history import changes_page
from server.store.matches import matches_of_personas
from server.store.personas import personas_of_users
from server.store.tables import status_changes
from server.store.users import users_by_ids
from tests.store.builders import RefusedError, World

CALLERS = 8


def at_once(calls) -> list[object]:
    """Runs all calls in threads that start together; what each answered or raised."""
    barrier = Barrier(len(calls))

    def run(call) -> object:
        barrier.wait()
        try:
            return call()
        except (RefusedError, MatchkeeperError) as error:
            return error

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def winners(outcomes: list[object]) -> int:
    return sum(not isinstance(outcome, Exception) for outcome in outcomes)


@pytest.mark.parametrize("rounds", [5])
def test_of_eight_who_match_the_same_mentor_one_wins(world: World, rounds: int) -> None:
    for _ in range(rounds):
        mentor = world.ready("MENTOR")[1]
        mentees = [world.ready("MENTEE")[1] for _ in range(CALLERS)]
        outcomes = at_once([lambda m=mentee, p=mentor: world.act("match", p, partner=m) for mentee in mentees])

        assert winners(outcomes) == 1, outcomes
        assert {str(outcome) for outcome in outcomes if isinstance(outcome, Exception)} <= {
            "READY",
            "NO_OPEN_PLACE, READY",
        }
        assert len(world.read(matches_of_personas, [mentor.id])[mentor.id]) == 1


def test_of_eight_who_press_the_same_match_one_wins(world: World) -> None:
    mentor, mentee = world.ready("MENTOR")[1], world.ready("MENTEE")[1]
    outcomes = at_once([lambda: world.act("match", mentor, partner=mentee)] * CALLERS)
    assert winners(outcomes) == 1
    assert world.rows()["matches"] == 1


def test_of_eight_who_press_make_rescreening_one_wins(world: World) -> None:
    match, _, _ = world.matched()
    world.act("close_match", match, answers={"close_reason": "LENGTH", "mentor_rematch": "NO", "mentee_rematch": "NO"})
    before = world.rows()
    outcomes = at_once([lambda: world.act("make_rescreening", Ref(Kind.USER, 1), role="MENTOR")] * CALLERS)

    assert winners(outcomes) == 1
    assert len(world.read(personas_of_users, [1])[1]) == 2
    assert world.rows()["acts"] == before["acts"] + 1


def test_crossed_matches_end_without_a_deadlock(world: World) -> None:
    mentors = [world.ready("MENTOR")[1] for _ in range(4)]
    mentees = [world.ready("MENTEE")[1] for _ in range(4)]
    pairs = [(a, b) for a in mentors for b in mentees]
    forwards = [lambda a=a, b=b: world.act("match", a, partner=b) for a, b in pairs]
    backwards = [lambda a=a, b=b: world.act("match", b, partner=a) for a, b in reversed(pairs)]
    outcomes = at_once([call for both in zip(forwards, backwards, strict=True) for call in both][:16])

    assert all(isinstance(outcome, RefusedError) or not isinstance(outcome, Exception) for outcome in outcomes), (
        outcomes
    )
    open_pairs = world.rows()["matches"]
    assert open_pairs == winners(outcomes) > 0


def test_many_tasks_write_at_once_and_all_is_there(world: World) -> None:
    people = [world.register()[0] for _ in range(40)]

    async def all_of_them() -> list[object]:
        def act_on(person: Ref):
            return lambda session: session.act(lambda work: world.act_in(work, "finish_application", person))

        return await asyncio.gather(*(world.store.mutate(act_on(person)) for person in people))

    written = asyncio.run(all_of_them())
    found = world.read(users_by_ids, [person.id for person in people])
    assert {user.user_status for user in found.values()} == {"SCREENING_INCOMPLETE"}
    assert len({change.id for one in written for change in one.changes}) == 40


def test_a_refused_act_undoes_itself_alone(world: World) -> None:
    people = [world.register()[0] for _ in range(20)]
    before = world.rows()

    async def all_of_them() -> list[object]:
        def spoil(session):
            def fn(work):
                world.act_in(work, "finish_application", people[7])
                raise ValueError("spoilt after writing")

            return session.act(fn)

        def act_on(person: Ref):
            return lambda session: session.act(lambda work: world.act_in(work, "finish_application", person))

        jobs = [spoil if number == 7 else act_on(person) for number, person in enumerate(people)]
        return await asyncio.gather(*(world.store.mutate(job) for job in jobs), return_exceptions=True)

    outcomes = asyncio.run(all_of_them())
    assert [type(outcome) is ValueError for outcome in outcomes] == [number == 7 for number in range(20)]
    found = world.read(users_by_ids, [person.id for person in people])
    assert found[people[7].id].user_status == "APPLICATION_INCOMPLETE"
    assert sum(user.user_status == "SCREENING_INCOMPLETE" for user in found.values()) == 19
    assert world.rows()["acts"] == before["acts"] + 19


def test_acts_of_one_request_are_saved_one_by_one(world: World) -> None:
    first, second = world.register()[0], world.register()[0]

    def request(session):
        session.act(lambda work: world.act_in(work, "finish_application", first))
        seen = users_by_ids(session.connection, [first.id])[first.id].user_status
        try:
            session.act(lambda work: world.act_in(work, "activate", second))
        except RefusedError as error:
            return seen, str(error)

    assert world.store.mutate_now(request) == ("SCREENING_INCOMPLETE", "WRONG_STATUS")
    assert world.read(users_by_ids, [first.id])[first.id].user_status == "SCREENING_INCOMPLETE"


def test_a_reader_that_remembers_the_last_id_misses_nothing(world: World) -> None:
    """Ids are in the order of commits: whoever reads on after an id finds all that was saved later."""
    people = [world.register()[0] for _ in range(60)]
    seen: list[int] = []

    def read_on() -> None:
        deadline = time.monotonic() + 20
        while len(seen) < 60 and time.monotonic() < deadline:
            window = Window(100, after=(seen[-1] if seen else last,))
            page = world.read(changes_page, world.program.id, HistoryFilter(), window)
            seen.extend(change.id for change in page.rows)

    last = world.read(lambda c: c.scalars(select(func.max(status_changes.c.id))).one())
    with ThreadPoolExecutor(7) as threads:
        reader = threads.submit(read_on)
        list(threads.map(lambda person: world.act("finish_application", person), people))
        reader.result()
    every = world.read(lambda c: c.scalars(select(status_changes.c.id).where(status_changes.c.id > last)).all())
    assert seen == sorted(every)


def test_a_query_sees_one_moment(world: World) -> None:
    person, _ = world.register()

    def look(session) -> tuple[str, str]:
        before = users_by_ids(session.connection, [person.id])[person.id].user_status
        with ThreadPoolExecutor(1) as other:
            other.submit(world.act, "finish_application", person).result()
        return before, users_by_ids(session.connection, [person.id])[person.id].user_status

    assert world.store.query_now(look) == ("APPLICATION_INCOMPLETE", "APPLICATION_INCOMPLETE")
    assert world.read(users_by_ids, [person.id])[person.id].user_status == "SCREENING_INCOMPLETE"


def test_a_query_cannot_act_nor_write(world: World) -> None:
    before = world.rows()
    with pytest.raises(RuntimeError, match=r"Store\.mutate"):
        world.store.query_now(lambda session: session.act(lambda work: None))
    with pytest.raises(Exception, match=r"read.?only"):
        world.read(lambda c: c.exec_driver_sql("DELETE FROM act_texts"))
    assert world.rows() == before
