"""Acts are taken back with fields and messages, by one of many who try at once, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.errors import MatchkeeperError, NotFoundError, TransitionRefusedError
from server.domain.filters import MessageFilter, Window
from server.engine.facts import Ref
from server.services.erasure import Erasure
from server.services.retention import Kept, tidy
from server.services.undoing import Undoing
from server.store.database import Store
from server.store.messages import messages_page
from tests.services.club import BOSS, Club
from tests.services.school import GOODBYE, School
from tests.telling import telling_rules

CALLERS = 8


def undo(world: Club | School, done: Applied, *, by: Caller = BOSS, **options: Any) -> Applied:
    undoing = Undoing(world.book, world.clock)
    return world.act(undoing.undo, done.changes[0].id, Options(**options), by=by)


def refusals(world: Club | School, done: Applied, by: Caller = BOSS) -> set[str]:
    with pytest.raises(TransitionRefusedError) as refused:
        undo(world, done, by=by)
    return {blocker.code for blocker in refused.value.refused.refusal.blockers}


@pytest.fixture
def club(store: Store) -> Club:
    return Club(store)


def held(club: Club, ref: Ref, field: str) -> Any:
    record = club.known(ref).records[ref]
    return record.lists.get(field) or record.values.get(field)


def test_fields_that_were_set_by_hand_hold_what_they_held_before(club: Club) -> None:
    _, persona = club.join("ann", "MENTOR")
    club.set(persona, capacity=("1",), languages=("EN",))
    done = club.set(persona, capacity=("3",), languages=("DE", "FR"))
    taken = undo(club, done)
    assert (held(club, persona, "capacity"), held(club, persona, "languages")) == ("1", frozenset({"EN"}))
    assert [change.undoes for change in taken.changes] == [done.changes[0].id]
    assert refusals(club, done) == {"ALREADY_UNDONE"}
    undo(club, taken)
    assert held(club, persona, "capacity") == "3"


def test_fields_that_an_act_set_go_back_with_it_and_one_set_since_is_in_the_way(club: Club) -> None:
    user, persona = club.join("ann", "MENTOR")
    club.perform("order_check", user)
    club.set(user, badge=("A-1",))
    passed = club.perform("pass_check", user)
    assert (held(club, persona, "capacity"), held(club, user, "checked_on")) == ("2", "2026-03-01")
    undo(club, passed)
    assert (held(club, persona, "capacity"), held(club, user, "checked_on")) == (None, None)
    assert club.known(user).records[user].statuses["background_check"] == "ORDERED"
    again = club.perform("pass_check", user)
    club.set(persona, capacity=("5",))
    assert refusals(club, again) == {"CHANGED_SINCE"}
    assert held(club, persona, "capacity") == "5"


def test_whoever_may_not_set_a_field_may_not_set_it_back(club: Club) -> None:
    user, _ = club.join("ann", "MENTOR")
    done = club.set(user, trained=("false",))
    assert refusals(club, done, by=club.caller("AUDITOR")) == {"NOT_PERMITTED"}


@pytest.mark.parametrize("how", ["erased", "old"])
def test_what_is_no_longer_known_is_not_set_back(club: Club, how: str) -> None:
    user, _ = club.join("ann", "MENTOR")
    club.set(user, badge=("A-1",))
    done = club.set(user, badge=("A-2",))
    if how == "erased":
        club.act(Erasure(club.book, club.clock).erase, user.id)
    else:
        club.store.mutate_now(lambda session: tidy(session, Kept(texts_days=1), club.now + timedelta(days=2)))
    assert refusals(club, done) == {"CANNOT_BE_UNDONE"}


def test_messages_that_were_not_sent_yet_are_withdrawn(store: Store) -> None:
    school = School(store, telling_rules())

    def states(template: str) -> set[str]:
        def read(session: Any) -> set[str]:
            wanted = MessageFilter(template_in=(template,))
            rows = messages_page(session.connection, school.program, wanted, Window(limit=100)).rows
            return {str(row.state) for row in rows}

        return school.store.query_now(read)

    closed = school.perform("close_match", school.inner, answers=GOODBYE)
    assert states("closed") == {"PENDING"}
    undo(school, closed, dry_run=True)
    assert states("closed") == {"PENDING"}
    undo(school, closed)
    assert (states("closed"), states("welcome")) == ({"WITHDRAWN"}, {"PENDING"})


def test_of_eight_who_take_the_same_act_back_one_does(school: School) -> None:
    closed, barrier = school.perform("close_match", school.inner, answers=GOODBYE), Barrier(CALLERS)

    def run(_: int) -> str:
        barrier.wait()
        try:
            return undo(school, closed).changes[0].after
        except MatchkeeperError as error:
            return error.code

    with ThreadPoolExecutor(CALLERS) as threads:
        found = sorted(threads.map(run, range(CALLERS)))
    assert found == ["OPEN", *["TRANSITION_NOT_ALLOWED"] * (CALLERS - 1)]


def test_a_match_is_taken_back_by_whoever_reaches_both_sides_only(school: School) -> None:
    made = school.perform(
        "match", school.ready("zoe", "MENTOR", "north").persona, partner=school.ready("tom", "MENTEE", "south").persona
    )
    assert refusals(school, made, by=school.north) == {"NOT_PERMITTED"}
    with pytest.raises(NotFoundError):
        undo(school, school.perform("withdraw", school.gus.user), by=school.south)
    sure = frozenset({"MADE_IN_ERROR"})
    assert undo(school, made, by=school.office, confirm=sure).changes[0].after == "DELETED"


def test_what_was_taken_back_does_not_count_for_conditions_on_the_past(school: School) -> None:
    ben = school.register("ben", "MENTEE", "north")
    school.perform("finish_application", ben.user)
    undo(school, school.perform("activate", ben.user))
    school.perform("withdraw", ben.user)
    with pytest.raises(TransitionRefusedError):
        school.perform("reinstate", ben.user, options=Options(confirm=frozenset({"SKIPS_SCREENING"})))
