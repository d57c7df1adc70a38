"""When what happens by itself falls due."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.automatic import WEEKDAYS, Daily
from server.engine.conditions import Not
from server.engine.decide import decide
from server.engine.due import due_at, request
from server.engine.durations import Duration
from server.engine.facts import Facts
from server.engine.plan import Plan
from server.engine.ruleset import Ruleset
from tests.engine.builders import a_persona, a_user, a_world, user
from tests.engine.clockwork import VIENNA, after, age, by_itself, moment, when
from tests.engine.words import is_, need, none, some

sample = settings(max_examples=150, deadline=None, derandomize=True)
FAR = moment("2030-01-01T00:00:00")
MORNINGS = Daily(time(8), WEEKDAYS)


def due(rules: Ruleset, since: str, now: str, *more: Any, done: str | None = None, until: datetime = FAR) -> Any:
    person = a_user(1, "SCREENING_INCOMPLETE", since=moment(since))
    facts = a_world(person, *more, now=moment(now))
    seen_to = None if done is None else moment(done)
    found = due_at(rules, rules.transitions["lapse"], user(1), facts, done=seen_to, until=until)
    return found.astimezone(VIENNA).isoformat() if found else None


@pytest.mark.parametrize("now", ["2026-03-01T12:00:00", "2026-03-22T11:00:00", "2026-05-01T00:00:00"])
def test_it_is_due_so_long_after_the_record_entered_its_status(now: str) -> None:
    assert due(by_itself(after("P21D")), "2026-03-01T12:00:00", now) == "2026-03-22T13:00:00+01:00"


def test_it_is_not_due_before_then() -> None:
    rules = by_itself(after("P21D"))
    last = moment("2026-03-22T11:59:59.999999")
    assert due(rules, "2026-03-01T12:00:00", "2026-03-02T00:00:00", until=last) is None
    assert due(rules, "2026-03-01T12:00:00", "2026-03-02T00:00:00", until=moment("2026-03-22T12:00:00")) is not None


def test_only_what_is_in_the_status_it_starts_from_is_due() -> None:
    rules = by_itself(after("P21D"), sources="APPLICATION_INCOMPLETE")
    assert due(rules, "2026-03-01T12:00:00", "2026-05-01T00:00:00") is None


def test_it_waits_for_what_it_requires() -> None:
    closed = need("DONE", none("personas", is_("match_status", "RTBM")), "Not yet.", 3)
    rules = by_itself(after("P21D"), requires=(closed,))
    arguments = (rules, "2026-03-01T12:00:00", "2026-05-01T00:00:00")
    assert due(*arguments, a_persona(11, "RTBM")) is None
    assert due(*arguments, a_persona(11, "CLOSED")) == "2026-03-22T13:00:00+01:00"


def test_an_age_that_it_requires_puts_it_off() -> None:
    older = need("OLD", some("personas", age("match_status", "P30D")), "Not yet.", 3)
    rules = by_itself(after("P21D"), requires=(older,))
    persona = a_persona(11, since=moment("2026-03-05T12:00:00"))
    assert due(rules, "2026-03-01T12:00:00", "2026-03-02T00:00:00", persona) == "2026-04-04T13:00:00+02:00"


def test_an_age_that_is_over_by_now_makes_it_no_longer_due() -> None:
    young = need("YOUNG", some("personas", age("match_status", None, "P30D")), "Too late.", 3)
    rules = by_itself(after("P21D"), requires=(young,))
    persona = a_persona(11, since=moment("2026-03-05T12:00:00"))
    assert due(rules, "2026-03-01T12:00:00", "2026-03-23T00:00:00", persona) == "2026-03-22T13:00:00+01:00"
    assert due(rules, "2026-03-01T12:00:00", "2026-04-10T00:00:00", persona) is None


def test_a_condition_on_an_age_comes_true_by_itself() -> None:
    rules = by_itself(when(Not(age("user_status", None, "P10D"))))
    assert due(rules, "2026-03-01T12:00:00", "2026-03-02T00:00:00") == "2026-03-11T13:00:00+01:00"
    assert due(rules, "2026-03-01T12:00:00", "2026-08-02T00:00:00") == "2026-03-11T13:00:00+01:00"


@pytest.mark.parametrize(
    ("since", "now", "done", "expected"),
    [
        ("2026-03-25T09:00:00+01:00", "2026-03-26T12:00:00+01:00", None, "2026-03-26T08:00:00+01:00"),
        ("2026-03-25T09:00:00+01:00", "2026-03-26T12:00:00+01:00", "2026-03-26T07:00:00", "2026-03-27T08:00:00+01:00"),
        ("2026-03-27T09:00:00+01:00", "2026-03-27T10:00:00+01:00", None, "2026-03-30T08:00:00+02:00"),
        ("2026-10-23T09:00:00+02:00", "2026-10-23T10:00:00+02:00", None, "2026-10-26T08:00:00+01:00"),
    ],
)
def test_weekdays_keep_the_time_on_the_wall_over_a_change_of_the_clocks(
    since: str, now: str, done: str | None, expected: str
) -> None:
    assert due(by_itself(MORNINGS), since, now, done=done) == expected


def test_a_time_that_the_clocks_leave_out_comes_as_much_later_and_one_shown_twice_comes_once() -> None:
    nightly = by_itself(Daily(time(2, 30)))
    spring = due(nightly, "2026-03-28T12:00:00", "2026-03-28T12:00:00")
    autumn = due(nightly, "2026-10-24T12:00:00", "2026-10-24T12:00:00")
    assert (spring, autumn) == ("2026-03-29T03:30:00+02:00", "2026-10-25T02:30:00+02:00")
    after_it = due(nightly, "2026-10-24T12:00:00", "2026-10-25T00:31:00", done="2026-10-25T00:30:00")
    assert after_it == "2026-10-26T02:30:00+01:00"


@pytest.mark.parametrize(
    ("late", "now", "expected"),
    [
        (None, "2026-03-11T07:00:00", "2026-03-04T08:00:00+01:00"),
        (Duration(seconds=3600), "2026-03-04T07:59:00", "2026-03-04T08:00:00+01:00"),
        (Duration(seconds=3600), "2026-03-04T08:00:01", "2026-03-05T08:00:00+01:00"),
        (Duration(days=2), "2026-03-07T06:00:00", "2026-03-05T08:00:00+01:00"),
    ],
)
def test_a_missed_date_is_made_up_or_skipped_when_it_is_too_late(
    late: Duration | None, now: str, expected: str
) -> None:
    rules = by_itself(Daily(time(8), WEEKDAYS, late))
    assert due(rules, "2026-03-01T12:00:00", now, done="2026-03-03T07:00:00") == expected


@sample
@given(
    since=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    passed=st.timedeltas(timedelta(), timedelta(days=90)),
    automatic=st.sampled_from(
        [
            after("P21D"),
            after("P1M"),
            after("PT36H"),
            when(age("user_status", "P3D")),
            Daily(time(8)),
            MORNINGS,
            Daily(time(2, 30), late=Duration(seconds=3600)),
        ]
    ),
)
def test_nothing_happens_before_its_time_and_always_in_the_same_way(
    since: datetime, passed: timedelta, automatic: Any
) -> None:
    rules = by_itself(automatic)
    transition, now = rules.transitions["lapse"], since + passed
    facts = a_world(a_user(1, "SCREENING_INCOMPLETE", since=since), now=now)
    found = due_at(rules, transition, user(1), facts, done=None, until=FAR)
    assert found is not None
    assert found >= since
    assert due_at(rules, transition, user(1), facts, done=None, until=found) == found
    assert due_at(rules, transition, user(1), facts, done=None, until=found - timedelta(microseconds=1)) is None
    earlier = Facts(facts.records.values(), min(now, found - timedelta(microseconds=1)))
    if earlier.now >= since:
        assert due_at(rules, transition, user(1), earlier, done=None, until=earlier.now) is None
    later = Facts(facts.records.values(), max(now, found))
    plan = decide(rules, request(transition, user(1)), later)
    assert isinstance(plan, Plan)
    assert [(change.after, change.by_platform) for change in plan.changes] == [("INACTIVE_REJECTED", True)]
