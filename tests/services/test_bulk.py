"""Acts in bulk: each for itself, or all of them or none, on both databases."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection, event

from server.domain.actors import Caller
from server.domain.commands import Applied, Options
from server.domain.errors import (
    HeldBackError,
    InputProblemsError,
    MatchkeeperError,
    TransitionRefusedError,
    TryAgainError,
)
from server.domain.filters import MatchFilter, PersonaFilter, RowFilter, UserFilter
from server.engine.facts import Kind, Ref
from server.services import bulk
from server.services.bulk import Bulk, Outcome, matching, require_acting_on, require_number
from server.services.partners import Wish
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork
from tests.services.school import ANYBODY, GOODBYE, RULES, School

NOBODY = Ref(Kind.USER, 987_654)


def wish(transition: str, subject: Ref, **more: Any) -> Wish:
    return Wish(transition, subject, **{"answers": {}, "options": Options(), **more})


def perform(
    school: School, *items: Wish | MatchkeeperError, together: bool = False, by: Caller = ANYBODY
) -> tuple[Outcome, ...]:
    return school.act(Bulk(school.changes).perform, items, by=by, together=together)


def told(outcomes: Sequence[Outcome]) -> list[str]:
    """What each item came to: the transitions that were written, or the code of the refusal."""
    return [
        " ".join(change.transition for change in each.changes) if isinstance(each, Applied) else each.code
        for each in outcomes
    ]


def status(school: School, ref: Ref) -> str:
    return school.read(ANYBODY, lambda reader: reader.users([ref.id]))[ref.id].user_status


def test_what_is_refused_writes_nothing_and_the_others_go_on_in_their_order(school: School) -> None:
    items = (
        wish("withdraw", school.gus.user),
        wish("activate", school.gus.user),
        wish("withdraw", NOBODY),
        wish("activate", school.hal.user),
        wish("finish_application", school.hal.user),
    )
    acts = len(school.dump()[4])
    outcomes = perform(school, *items)
    assert told(outcomes) == [
        "withdraw leave_pool",
        "TRANSITION_NOT_ALLOWED",
        "NOT_FOUND",
        "TRANSITION_NOT_ALLOWED",
        "finish_application",
    ]
    assert len(school.dump()[4]) == acts + 2


def test_the_same_record_may_come_up_repeatedly_and_is_judged_in_order(school: School) -> None:
    items = [wish(key, school.hal.user) for key in ("finish_application", "finish_application", "activate")]
    before = school.dump()
    assert told(perform(school, *items, together=True)) == ["HELD_BACK", "TRANSITION_NOT_ALLOWED", "HELD_BACK"]
    assert school.dump() == before
    first, second, third = told(perform(school, *items))
    assert (first, second, third.split()[0]) == ("finish_application", "TRANSITION_NOT_ALLOWED", "activate")
    assert status(school, school.hal.user) == "ACTIVE"


def test_all_or_nothing_writes_everything_when_nothing_is_refused(school: School) -> None:
    items = [wish("finish_application", school.hal.user), wish("activate", school.hal.user)]
    outcomes = perform(school, *items, together=True)
    assert told(outcomes)[0] == "finish_application"
    assert told(outcomes)[1].startswith("activate")
    assert status(school, school.hal.user) == "ACTIVE"


def test_one_refusal_of_all_or_nothing_and_nothing_is_written(school: School) -> None:
    before = school.dump()
    close = wish("close_match", school.inner, answers=GOODBYE)
    items = (wish("withdraw", school.gus.user), close, wish("activate", school.gus.user), wish("withdraw", NOBODY))
    outcomes = perform(school, *items, together=True)
    assert told(outcomes) == ["HELD_BACK", "HELD_BACK", "TRANSITION_NOT_ALLOWED", "NOT_FOUND"]
    assert isinstance(outcomes[0], HeldBackError)
    assert school.dump() == before


def test_a_refusal_under_all_or_nothing_leads_to_no_record_that_was_taken_back(school: School) -> None:
    before = school.dump()
    coming = Ref(Kind.PERSONA, max(row.id for row in before[1]) + 1)
    items = (
        wish("close_match", school.inner, answers=GOODBYE),
        wish("reactivate_persona", coming),
        wish("make_rtbm", coming, options=Options(expected_version=99)),
    )
    outcomes = perform(school, *items, together=True)
    assert told(outcomes) == ["HELD_BACK", "TRANSITION_NOT_ALLOWED", "NOT_FOUND"]
    assert isinstance(outcomes[1], TransitionRefusedError)
    assert outcomes[1].refused.alternatives == ()
    assert school.dump() == before


def test_an_item_that_was_refused_before_it_was_judged_holds_the_others_back(school: School) -> None:
    before = school.dump()
    wrong = InputProblemsError(())
    assert told(perform(school, wish("withdraw", school.gus.user), wrong, together=True)) == [
        "HELD_BACK",
        "INVALID_INPUT",
    ]
    assert school.dump() == before


@pytest.mark.parametrize("together", [False, True])
def test_a_dry_run_judges_each_by_how_things_stand_and_writes_nothing(school: School, together: bool) -> None:
    before, dry = school.dump(), Options(dry_run=True)
    items = [wish("withdraw", who.user, options=dry) for who in (school.gus, school.gus)]
    outcomes = perform(school, *items, together=together)
    plans = [[change.transition for change in each.plan.changes] for each in outcomes if isinstance(each, Applied)]
    assert plans == [["withdraw", "leave_pool"]] * 2
    assert school.dump() == before


@pytest.mark.parametrize("together", [False, True])
def test_each_item_is_held_to_the_version_that_was_seen(school: School, together: bool) -> None:
    version = school.read(ANYBODY, lambda reader: reader.users([school.gus.user.id]))[school.gus.user.id].version
    seen = Options(expected_version=version)
    items = [wish(key, school.gus.user, options=seen) for key in ("withdraw", "reinstate")]
    first = "HELD_BACK" if together else "withdraw leave_pool"
    assert told(perform(school, *items, together=together)) == [first, "VERSION_CONFLICT"]


def test_whoever_is_out_of_reach_is_not_there_and_whoever_may_not_is_refused(school: School) -> None:
    before = school.dump()
    items = (wish("withdraw", school.cat.user), wish("delete_account", school.ann.user))
    outcomes = perform(school, *items, by=school.north)
    assert told(outcomes) == ["NOT_FOUND", "TRANSITION_NOT_ALLOWED"]
    assert school.dump() == before


def test_a_filter_finds_only_whom_the_caller_sees_in_full(school: School) -> None:
    def found(by: Caller, wanted: RowFilter) -> tuple[Ref, ...]:
        return school.read(by, lambda reader: matching(reader, school.program, wanted))

    mentors = [school.ann, school.bob, school.cat, school.gus, school.hal]
    assert found(ANYBODY, UserFilter(role="MENTOR")) == tuple(each.user for each in mentors)
    assert found(school.north, UserFilter(role="MENTOR")) == (school.ann.user, school.bob.user, school.hal.user)
    assert found(school.south, PersonaFilter(role="MENTEE")) == (school.sid.persona, school.dan.persona)
    assert found(school.south, MatchFilter()) == (school.across, school.outer)
    assert found(school.oneself(school.ann), UserFilter()) == (school.ann.user,)


def test_a_filter_that_finds_too_many_is_refused_with_the_count(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "BULK_LIMIT", 7)
    with pytest.raises(InputProblemsError) as refused:
        school.read(ANYBODY, lambda reader: matching(reader, school.program, UserFilter()))
    assert str(refused.value) == ("The filter finds 8 records, and at most 7 can be changed at a time: narrow it.")
    monkeypatch.setattr(bulk, "BULK_LIMIT", 8)
    assert len(school.read(ANYBODY, lambda reader: matching(reader, school.program, UserFilter()))) == 8


def test_a_transition_for_another_kind_of_record_is_one_clear_refusal() -> None:
    with pytest.raises(InputProblemsError, match="acts on a User: filter records of that kind"):
        require_acting_on(RULES["default"], "withdraw", Kind.PAIR)


@pytest.mark.parametrize(("number", "text"), [(0, "at least one item"), (501, "At most 500 items at a time, not 501")])
def test_no_items_and_too_many_are_refused(number: int, text: str) -> None:
    require_number(1)
    require_number(500)
    with pytest.raises(InputProblemsError, match=text):
        require_number(number)


@pytest.mark.parametrize("together", [False, True])
def test_each_further_act_costs_what_an_act_costs_alone(school: School, together: bool) -> None:
    dry = Options(dry_run=True)

    def statements(times: int) -> int:
        seen: list[str] = []

        def work(session: Session) -> None:
            engine = session.connection.engine

            def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
                seen.append(statement)

            event.listen(engine, "before_cursor_execute", listen)
            try:
                items = [wish("withdraw", school.gus.user, options=dry)] * times
                Bulk(school.changes).perform(session, ANYBODY, items, together=together)
            finally:
                event.remove(engine, "before_cursor_execute", listen)

        school.store.mutate_now(work)
        return len(seen)

    one, two, ten = statements(1), statements(2), statements(10)
    assert ten - one == 9 * (two - one)
    assert two - one <= one


class Refusing(Session):
    """A session whose database takes the first act and then no more."""

    def __init__(self, session: Session, *, first: int) -> None:
        self.session, self.left = session, first
        self.asked = 0

    @property
    def connection(self) -> Connection:
        return self.session.connection

    def act(self, fn: Callable[[UnitOfWork], Any]) -> Any:
        self.asked += 1
        if self.asked > self.left:
            raise TryAgainError("busy")
        return self.session.act(fn)


def test_a_database_that_takes_no_more_is_not_asked_again_for_every_item(school: School) -> None:
    items = [wish("withdraw", each.user) for each in (school.gus, school.hal, school.cat, school.ann)]

    def work(session: Session) -> tuple[int, list[str]]:
        refusing = Refusing(session, first=1)
        outcomes = Bulk(school.changes).perform(refusing, ANYBODY, items, together=False)
        return refusing.asked, told(outcomes)

    asked, outcomes = school.store.mutate_now(work)
    assert outcomes == ["withdraw leave_pool", "TRY_AGAIN", "TRY_AGAIN", "TRY_AGAIN"]
    assert asked == 2
    assert status(school, school.hal.user) == "APPLICATION_INCOMPLETE"


def test_a_database_that_does_not_take_all_together_refuses_the_request(school: School) -> None:
    before = school.dump()

    def work(session: Session) -> object:
        items = [wish("withdraw", school.gus.user)]
        return Bulk(school.changes).perform(Refusing(session, first=0), ANYBODY, items, together=True)

    with pytest.raises(TryAgainError):
        school.store.mutate_now(work)
    assert school.dump() == before


def test_of_two_requests_crosswise_one_is_carried_out_whole_and_the_other_not_at_all(school: School) -> None:
    matches = [school.inner, school.across, school.outer]

    def run(refs: list[Ref]) -> list[str]:
        items = [wish("close_match", ref, answers=GOODBYE) for ref in refs]
        outcomes = school.store.mutate_now(
            lambda session: Bulk(school.changes).perform(session, ANYBODY, items, together=True)
        )
        return [each.split()[0] for each in told(outcomes)]

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(run, (matches, matches[::-1]))
    assert sorted([first, second]) == [["TRANSITION_NOT_ALLOWED"] * 3, ["close_match"] * 3]
