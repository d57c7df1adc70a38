"""Conditions on the past: how often, how long ago, and from when on it no longer counts."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from server.engine.ages import holds_from
from server.engine.blame import blame
from server.engine.conditions import Condition, Not
from server.engine.durations import parse_duration
from server.engine.facts import Facts, Past, Situation
from server.engine.memory import Been, Did, Recently, Stay, stays
from server.engine.paths import Scope
from tests.engine.builders import NOW, a_persona, a_user, a_world, edited, user
from tests.engine.words import every, is_, number, on, path, some

DAY = timedelta(days=1)
VIENNA = ZoneInfo("Europe/Vienna")
COURSE = (("PENDING", "apply", 100), ("ACTIVE", "approve", 90), ("AWAY", "pause", 40), ("ACTIVE", "approve", 20))


def somebody(course: tuple[tuple[str, str, float], ...] = COURSE) -> Facts:
    """Somebody with this history: statuses, by which transition, how many days ago."""
    past = tuple(Past(status, transition, NOW - days * DAY) for status, transition, days in course)
    person = a_user(1, course[-1][0])
    return edited(a_world(person, a_persona(11)), user(1), past={"user_status": past})


def scope(facts: Facts, at: datetime = NOW) -> Scope:
    situation = Situation(facts).at(at)
    record = situation.record(user(1))
    return Scope(situation, record, record)


def recently(within: str | None) -> Recently:
    return Recently(parse_duration(within), VIENNA) if within else Recently()


def been(status: str, within: str | None = None, times: int = 1) -> Been:
    return Been(path("user_status"), frozenset({status}), recently(within), number(times))


def did(transition: str, within: str | None = None, times: int = 1) -> Did:
    return Did(frozenset({transition}), recently(within), number(times))


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        (been("PENDING"), True),
        (been("PENDING", "P89D"), False),
        (been("PENDING", "P91D"), True),
        (been("PENDING", "P90D"), False),
        (been("AWAY", "P30D"), True),
        (been("ACTIVE", "PT1H"), True),
        (been("ACTIVE", times=2), True),
        (been("ACTIVE", times=3), False),
        (been("ACTIVE", "P30D", 2), False),
        (been("ACTIVE", "P41D", 2), True),
        (been("REJECTED"), False),
        (did("apply"), True),
        (did("apply", "P100D"), False),
        (did("apply", "P101D"), True),
        (did("approve", times=2), True),
        (did("approve", "P30D", 2), False),
        (did("withdraw"), False),
    ],
)
def test_what_was_counts_as_long_and_as_often_as_is_asked(condition: Condition, holds: bool) -> None:
    assert condition.holds(scope(somebody())) is holds


def test_the_past_of_a_relative_is_asked_by_its_path() -> None:
    facts = somebody()
    persona = Situation(facts).record(a_persona(11).ref)
    asked = Scope(Situation(facts), persona, persona)
    assert on("user", did("pause")).holds(asked) is True
    assert Been(path("user.user_status"), frozenset({"AWAY"})).holds(asked) is True
    assert Been(path("partner.match_status"), frozenset({"AWAY"})).holds(asked) is False


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        (Not(did("approve", "P30D")), 10),
        (Not(been("AWAY", "P30D")), 10),
        (Not(did("approve", "P95D", 2)), 5),
        (every(Not(did("approve", "P30D")), is_("user_status", "ACTIVE")), 10),
    ],
)
def test_where_only_time_stands_in_the_way_it_is_told_from_when_on(condition: Condition, days: int) -> None:
    asked = scope(somebody())
    assert condition.holds(asked) is False
    assert holds_from(condition, asked) == NOW + days * DAY


def test_what_lasts_ceases_by_no_time() -> None:
    condition = Not(been("ACTIVE", "P1D"))
    assert condition.holds(scope(somebody())) is False
    assert holds_from(condition, scope(somebody())) is None


def test_months_and_days_are_counted_by_the_calendar_of_the_program() -> None:
    """Thirty days over the end of summer time are an hour longer than thirty times 24 hours."""
    start = datetime(2026, 10, 1, 12, tzinfo=NOW.tzinfo)
    facts = edited(somebody(), user(1), past={"user_status": (Past("ACTIVE", "approve", start),)})
    condition = did("approve", "P30D")
    assert condition.holds(scope(facts, start + 30 * DAY)) is True
    assert condition.holds(scope(facts, start + 30 * DAY + timedelta(hours=1))) is False


def test_acts_that_leave_the_status_as_it_is_are_no_new_stay() -> None:
    record = somebody((("ACTIVE", "approve", 9), ("ACTIVE", "update_user", 5), ("AWAY", "pause", 2))).records[user(1)]
    assert stays(record, "user_status") == (Stay("ACTIVE", NOW - 2 * DAY), Stay("AWAY", None))


def test_what_an_act_itself_does_is_remembered_by_what_follows() -> None:
    situation = Situation(a_world(a_user(1, "ACTIVE")))
    situation.move(user(1), "user_status", "INACTIVE_WITHDRAWN", {}, "withdraw")
    situation.move(user(1), "user_status", "ACTIVE", {}, "approve")
    record = situation.record(user(1))
    here = Scope(situation, record, record)
    assert [each.status for each in stays(record, "user_status")] == ["ACTIVE", "INACTIVE_WITHDRAWN", "ACTIVE"]
    assert did("withdraw", "PT1H").holds(here) is True
    assert been("ACTIVE", times=2).holds(here) is True


def test_where_a_record_stood_before_its_history_began_is_remembered_too() -> None:
    situation = Situation(edited(a_world(a_user(1, "ACTIVE")), user(1), past={}))
    situation.move(user(1), "user_status", "AWAY", {}, "pause")
    record = situation.record(user(1))
    assert been("ACTIVE").holds(Scope(situation, record, record)) is True


def test_a_refusal_tells_how_often_it_was_and_when_at_last() -> None:
    last = (NOW - 20 * DAY).isoformat()
    assert blame(Not(did("approve", "P30D")), scope(somebody())) == (
        user(1),
        (("approve, times", "2"), ("approve, last", last)),
    )
    assert blame(Not(been("AWAY")), scope(somebody())) == (
        user(1),
        (("user_status", "ACTIVE"), ("user_status, times", "1"), ("user_status, last", last)),
    )


def test_a_list_can_be_narrowed_by_what_was_done() -> None:
    assert some("personas", on("user", did("approve", "P30D"))).holds(scope(somebody())) is True
