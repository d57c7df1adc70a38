"""Values: one canonical form each, and how they compare."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engine.ages import MOMENT, at_moment, turns
from server.engine.durations import NO_TIME, Duration
from server.engine.facts import Facts, Record, Situation
from server.engine.paths import Path, Scope
from server.engine.values import (
    OPERATORS,
    Answer,
    Compare,
    Constant,
    Now,
    Operand,
    Sum,
    ValueOf,
    canonical,
    moment_text,
)
from tests.engine.builders import NOW, user
from tests.engine.clockwork import VIENNA

COUNT = Path("count", value="count")


def asked(value: str | None, answers: dict[str, str] | None = None) -> Scope:
    record = Record(user(1), 1, {}, {"count": value, "limit": "3"})
    return Scope(Situation(Facts([record], NOW)), record, record, answers=answers)


@pytest.mark.parametrize(
    ("type_", "given_", "form"),
    [
        ("integer", " 007 ", "7"),
        ("integer", "-0", "0"),
        ("integer", "-12", "-12"),
        ("integer", "1.5", None),
        ("integer", "", None),
        ("integer", "9" * 19, None),
        ("integer", "٣", None),
        ("boolean", "true", "true"),
        ("boolean", "yes", None),
        ("date", "2026-09-01", "2026-09-01"),
        ("date", "20260901", None),
        ("date", "2026-02-30", None),
        ("instant", "2026-09-01T10:00:00+02:00", "2026-09-01T08:00:00.000000Z"),
        ("instant", "2026-09-01T10:00:00", None),
        ("instant", "noon", None),
        ("text", "  some words ", "some words"),
        ("text", "  ", None),
    ],
)
def test_each_type_has_one_form(type_: str, given_: str, form: str | None) -> None:
    assert canonical(type_, given_) == form


@pytest.mark.parametrize(
    ("operator", "below", "same", "above"),
    [
        ("equals", False, True, False),
        ("at_least", False, True, True),
        ("not_before", False, True, True),
        ("at_most", True, True, False),
        ("not_after", True, True, False),
        ("more_than", False, False, True),
        ("after", False, False, True),
        ("less_than", True, False, False),
        ("before", True, False, False),
    ],
)
def test_what_each_word_of_comparison_means(operator: str, below: bool, same: bool, above: bool) -> None:
    verdicts = [Compare(COUNT, operator, Constant("10"), "integer").holds(asked(value)) for value in ("9", "10", "11")]
    assert verdicts == [below, same, above]
    assert operator in OPERATORS


@given(st.integers(-(10**17), 10**17), st.integers(-(10**17), 10**17))
def test_whole_numbers_compare_by_size(one: int, other: int) -> None:
    assert Compare(COUNT, "less_than", Constant(str(other)), "integer").holds(asked(str(one))) is (one < other)


@given(st.datetimes(), st.datetimes(), st.integers(-12, 12))
def test_instants_compare_by_time_whatever_their_zone(one: datetime, other: datetime, hours: int) -> None:
    zone = timezone(timedelta(hours=hours))
    try:
        first, second = one.replace(tzinfo=UTC), other.replace(tzinfo=UTC).astimezone(zone)
    except OverflowError:
        return
    condition = Compare(COUNT, "before", Constant(moment_text(second)), "instant")
    assert condition.holds(asked(moment_text(first))) is (first < second)


@pytest.mark.parametrize("operator", OPERATORS)
def test_what_is_missing_compares_with_nothing(operator: str) -> None:
    assert Compare(COUNT, operator, Constant("1"), "integer").holds(asked(None)) is False
    assert Compare(COUNT, operator, ValueOf(Path("gone", value="gone")), "integer").holds(asked("1")) is False


@pytest.mark.parametrize(
    ("operand", "value"),
    [
        (Constant("4"), "4"),
        (ValueOf(Path("limit", value="limit")), "3"),
        (Now("date", VIENNA), "2026-09-01"),
        (Now("date", ZoneInfo("Pacific/Auckland")), "2026-09-02"),
        (Now("date", VIENNA, Duration(months=1, days=1), -1), "2026-07-31"),
        (Now("instant", VIENNA), "2026-09-01T12:00:00.000000Z"),
        (Now("instant", VIENNA, Duration(seconds=3600)), "2026-09-01T13:00:00.000000Z"),
        (Sum(ValueOf(Path("limit", value="limit")), -1), "2"),
        (Sum(ValueOf(Path("gone", value="gone")), 2), "2"),
        (Answer("day"), "2026-01-01"),
    ],
)
def test_where_a_value_comes_from(operand: Operand, value: str) -> None:
    assert operand.value(asked("1", {"day": "2026-01-01"})) == value


def test_before_anything_is_answered_a_comparison_with_an_answer_is_not_known() -> None:
    condition = Compare(COUNT, "equals", Answer("number"), "integer")
    assert condition.holds(asked("1")) is None
    assert condition.holds(asked("1", {})) is False
    assert condition.holds(asked("1", {"number": "1"})) is True


@given(
    value=st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    shift=st.sampled_from([NO_TIME, Duration(days=7), Duration(months=1), Duration(months=13, days=2)]),
    sign=st.sampled_from([1, -1]),
    operator=st.sampled_from(["before", "not_before", "equals", "after", "not_after"]),
)
def test_a_comparison_with_today_changes_only_at_a_moment_that_is_foretold(
    value: date, start: datetime, shift: Duration, sign: int, operator: str
) -> None:
    operand = Now("date", VIENNA, shift, sign)
    condition, scope = Compare(COUNT, operator, operand, "date"), asked(value.isoformat())
    foretold = sorted(moment for moment in turns(condition, scope) if moment > start)
    passed = [condition.holds(at_moment(scope, start + timedelta(hours=6) * step)) for step in range(12)]
    if passed[0] != passed[-1]:
        assert foretold[0] <= start + timedelta(hours=66)
    for moment in foretold:
        just_before = condition.holds(at_moment(scope, moment - MOMENT))
        between = condition.holds(at_moment(scope, moment - timedelta(hours=2)))
        assert just_before == between
