"""A request that is sent again is carried out once, on both databases, also when it is sent at the same time."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from server.domain.actors import STRANGER, Caller
from server.domain.commands import Applied, Once, Options
from server.domain.errors import (
    IdempotencyConflictError,
    InputProblemsError,
    MatchkeeperError,
    TransitionRefusedError,
)
from server.services.bulk import Bulk
from server.services.once import KEPT, Doing
from server.services.partners import Wish
from server.services.retention import Kept, Tidied, count_due, tidy
from server.store.request_tables import requests_once
from tests.services.school import ANYBODY, GOODBYE, School

CALLERS = 8


def once(key: str = "k-1", asked: str = "this") -> Options:
    return Options(once=Once(key, asked))


def kept(school: School) -> int:
    count = select(func.count()).select_from(requests_once)
    return school.store.query_now(lambda session: session.connection.scalars(count).one())


def close(school: School, options: Options, by: Caller = ANYBODY) -> Applied:
    return school.perform("close_match", school.inner, answers=GOODBYE, options=options, by=by)


def at_once(school: School, *calls: Any) -> list[Applied | MatchkeeperError]:
    barrier = Barrier(len(calls))

    def run(call: Any) -> Applied | MatchkeeperError:
        barrier.wait()
        try:
            found: Applied = call()
        except MatchkeeperError as error:
            return error
        return found

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(run, calls))


def test_the_same_again_is_told_the_same_and_writes_nothing(school: School) -> None:
    first = close(school, once())
    before = school.dump()
    again = close(school, once())
    assert school.dump() == before
    assert again == replace(first, plan=None)
    assert len(again.changes) == 7
    assert kept(school) == 1


def test_of_eight_at_the_same_time_one_acts_and_all_are_told_the_same(school: School) -> None:
    options = once()
    before = school.dump()[4]
    found = at_once(school, *[lambda: close(school, options)] * CALLERS)
    assert [type(each) for each in found] == [Applied] * CALLERS
    assert len({tuple(c.id for c in each.changes) for each in found if isinstance(each, Applied)}) == 1
    assert len(school.dump()[4]) == len(before) + 1


def test_of_eight_with_other_input_under_the_same_key_one_acts_and_the_others_are_refused(school: School) -> None:
    calls = [lambda number=number: close(school, once(asked=str(number))) for number in range(CALLERS)]
    found = at_once(school, *calls)
    assert sorted(type(each).__name__ for each in found) == ["Applied", *["IdempotencyConflictError"] * (CALLERS - 1)]
    assert kept(school) == 1


def test_other_input_under_the_same_key_is_refused(school: School) -> None:
    close(school, once())
    before = school.dump()
    with pytest.raises(IdempotencyConflictError, match="Send the same input again, or take a new key") as refused:
        school.perform("withdraw", school.gus.user, options=once(asked="something else"))
    assert refused.value.path == ("options", "idempotency_key")
    assert school.dump() == before


def test_a_refusal_is_not_kept_and_judged_anew(school: School) -> None:
    with pytest.raises(TransitionRefusedError):
        school.perform("withdraw", school.ann.user, options=once())
    assert kept(school) == 0
    close(school, Options())
    assert school.perform("withdraw", school.ann.user, options=once()).changes[0].transition == "withdraw"
    assert kept(school) == 1


def test_a_dry_run_neither_keeps_nor_finds(school: School) -> None:
    dry = replace(once(), dry_run=True)
    assert close(school, dry).dry_run
    assert kept(school) == 0
    close(school, once())
    with pytest.raises(TransitionRefusedError):
        close(school, dry)


def test_keys_are_those_of_the_caller(school: School) -> None:
    close(school, once(), by=school.north)
    done = school.perform("withdraw", school.gus.user, options=once(asked="other"), by=school.office)
    assert done.changes[0].transition == "withdraw"
    assert kept(school) == 2


def test_strangers_are_not_told_apart_but_by_what_they_ask(school: School) -> None:
    def registers(asked: str) -> Applied:
        doing = Doing(school.book, STRANGER, once(asked=asked), school.clock)
        return school.store.mutate_now(lambda session: doing.act(session, lambda _: Applied(None, None)))

    assert registers("Ann") == registers("Ann") == registers("Ben") == Applied(None, None)
    assert kept(school) == 2


def test_whoever_no_longer_sees_a_record_is_not_told_of_it_again(school: School) -> None:
    by = school.caller("SITE_STAFF", site="north")
    done = school.perform("close_match", school.across, answers=GOODBYE, options=once(), by=by)
    elsewhere = replace(by, site_id=by.site_id)
    assert (
        school.perform("close_match", school.across, answers=GOODBYE, options=once(), by=elsewhere).changes
        == done.changes
    )
    assert school.sid.persona.id not in {change.subject_id for change in done.changes if change.kind == "persona"}


def test_after_seven_days_the_key_is_free_again(school: School) -> None:
    school.perform("withdraw", school.gus.user, options=once())
    school.now += KEPT - timedelta(minutes=5)
    assert school.perform("withdraw", school.gus.user, options=once()).plan is None
    school.now += timedelta(minutes=5)
    with pytest.raises(TransitionRefusedError):
        school.perform("withdraw", school.gus.user, options=once())
    due = school.store.query_now(lambda session: count_due(session, Kept(), school.now))
    done = school.store.mutate_now(lambda session: tidy(session, Kept(), school.now))
    assert (due, done, kept(school)) == (Tidied(requests=1), Tidied(requests=1), 0)


@pytest.mark.parametrize("key", ["", "  ", "k" * 201])
def test_a_key_that_is_none_is_refused(school: School, key: str) -> None:
    before = school.dump()
    with pytest.raises(InputProblemsError, match="A key has 1 to 200 characters"):
        close(school, once(key))
    assert school.dump() == before


@pytest.mark.parametrize("together", [False, True])
def test_in_bulk_each_is_done_once(school: School, together: bool) -> None:
    options = once()
    wishes = [Wish("withdraw", person.user, {}, options) for person in (school.gus, school.hal)]

    def perform() -> Any:
        return school.act(Bulk(school.changes).perform, wishes, together=together)

    first = perform()
    before = school.dump()
    again = perform()
    assert [[change.id for change in each.changes] for each in again] == [
        [change.id for change in each.changes] for each in first
    ]
    assert school.dump() == before
    assert kept(school) == 3


@pytest.mark.parametrize("together", [False, True])
def test_of_eight_who_send_the_same_in_bulk_one_acts(school: School, together: bool) -> None:
    options = once()
    wishes = [Wish("withdraw", person.user, {}, options) for person in (school.gus, school.hal)]
    before = len(school.dump()[4])

    def perform() -> Any:
        return school.act(Bulk(school.changes).perform, wishes, together=together)

    found = at_once(school, *[perform] * CALLERS)
    assert len({str([[change.id for change in each.changes] for each in outcomes]) for outcomes in found}) == 1
    assert len(school.dump()[4]) == before + 2


def test_what_was_refused_in_bulk_is_tried_again_and_the_rest_is_not(school: School) -> None:
    options = once()
    wishes = [Wish("withdraw", person.user, {}, options) for person in (school.gus, school.ann)]
    first = school.act(Bulk(school.changes).perform, wishes, together=False)
    assert isinstance(first[1], TransitionRefusedError)
    close(school, Options())
    again = school.act(Bulk(school.changes).perform, wishes, together=False)
    assert again[0].plan is None
    assert again[1].changes[0].transition == "withdraw"
    assert kept(school) == 3


def test_together_a_refusal_keeps_nothing(school: School) -> None:
    options = once()
    wishes = [Wish("withdraw", person.user, {}, options) for person in (school.gus, school.ann)]
    school.act(Bulk(school.changes).perform, wishes, together=True)
    assert kept(school) == 0
