"""Dates of fields, ages in a status and days of the week: when they come, each once, against a naive reckoning."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engine.automatic import Daily, Dated
from server.engine.due import due_at
from server.engine.durations import Duration
from server.engine.outcomes import SAME
from server.engine.values import moment_text
from tests.engine.builders import a_user, a_world, user
from tests.engine.clockwork import VIENNA, after, age, by_itself, dated, moment
from tests.engine.test_due import FAR, due, sample
from tests.engine.words import need, path


def dates(clock: Any, now: str, *, value: str | None, entered: str | None = None, done: str | None = None) -> Any:
    """When a reminder that stays is due for a person whose field holds a value."""
    rules = by_itself(clock, target=SAME)
    entry = {} if entered is None else {"returns": moment(entered)}
    person = replace(a_user(1, "SCREENING_INCOMPLETE", since=moment("2026-01-01")), values={"returns": value})
    facts = a_world(replace(person, entered=entry), now=moment(now))
    seen = None if done is None else moment(done)
    found = due_at(rules, rules.transitions["lapse"], user(1), facts, done=seen, until=FAR)
    return found.astimezone(VIENNA).isoformat() if found else None


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        (dated("returns", "date"), "2026-03-30T00:00:00+02:00"),
        (dated("returns", "date", at="06:00"), "2026-03-30T06:00:00+02:00"),
        (dated("returns", "date", "P7D", sign=-1, at="06:00"), "2026-03-23T06:00:00+01:00"),
        (dated("returns", "date", "P1D"), "2026-03-31T00:00:00+02:00"),
        (dated("returns", "date", "PT36H", sign=-1), "2026-03-28T11:00:00+01:00"),
        (dated("returns", "date", "P1M", sign=-1), "2026-02-28T00:00:00+01:00"),
    ],
)
def test_a_date_is_the_start_of_that_day_or_a_time_of_it_where_the_program_is(clock: Any, expected: str) -> None:
    assert dates(clock, "2026-01-02", value="2026-03-30") == expected
    assert dates(clock, "2026-01-02", value=None) is None


def test_an_instant_is_what_it_is() -> None:
    clock = dated("returns", "instant", "P1D", sign=-1)
    value = "2026-03-29T10:00:00.000000Z"  # the clocks were put forward that night
    assert dates(clock, "2026-01-02", value=value) == "2026-03-28T12:00:00+01:00"
    assert dates(dated("returns", "instant"), "2026-01-02", value=value) == "2026-03-29T12:00:00+02:00"


@pytest.mark.parametrize(
    ("done", "entered", "expected"),
    [
        (None, None, "2026-03-16T00:00:00+01:00"),
        ("2026-03-16T00:00:00+01:00", None, "2026-03-29T00:00:00+01:00"),
        ("2026-03-20T00:00:00+01:00", "2026-03-01", "2026-03-29T00:00:00+01:00"),
        ("2026-03-29T00:00:00+01:00", None, None),
        ("2026-04-20", "2026-01-01", None),
        ("2026-04-20", "2026-04-20T00:00:01Z", "2026-03-16T00:00:00+01:00"),
    ],
)
def test_each_date_comes_once_for_every_value_that_is_entered(
    done: str | None, entered: str | None, expected: str | None
) -> None:
    clock = dated("returns", "date", "P14D", "P1D", sign=-1)
    assert dates(clock, "2026-01-02", value="2026-03-30", entered=entered, done=done) == expected


def test_each_age_comes_once_and_several_missed_ones_once_together() -> None:
    rules = by_itself(after("P7D", "P14D", "P21D"), target=SAME)
    since = "2026-03-01T12:00:00"
    ends = ["2026-03-08T13:00:00+01:00", "2026-03-15T13:00:00+01:00", "2026-03-22T13:00:00+01:00"]
    assert due(rules, since, since) == ends[0]
    assert due(rules, since, since, done=ends[0]) == ends[1]
    assert due(rules, since, "2026-03-16", done="2026-03-15T18:00:00") == ends[2]
    assert due(rules, since, "2026-05-16", done=ends[2]) is None
    assert due(rules, since, since, done="2026-02-20") == ends[0]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-03-10T11:59:00", "2026-03-08T13:00:00+01:00"),
        ("2026-03-10T12:00:01", "2026-03-15T13:00:00+01:00"),
        ("2026-03-17T12:00:01", None),
    ],
)
def test_what_is_too_late_is_left_out(now: str, expected: str | None) -> None:
    assert due(by_itself(after("P7D", "P14D", late="P2D"), target=SAME), "2026-03-01T12:00:00", now) == expected


def test_what_waits_for_a_requirement_until_it_is_too_late_is_left_out() -> None:
    ripe = need("OLD", age("user_status", "P9D"), "Not yet.", 3)
    for late, expected in (("P1D", None), ("P2D", "2026-03-10T13:00:00+01:00")):
        rules = by_itself(after("P7D", late=late), requires=(ripe,))
        assert due(rules, "2026-03-01T12:00:00", "2026-03-02") == expected


def test_on_some_days_of_the_week() -> None:
    clock = Daily(time(6), frozenset({0, 3}))
    found = [due(by_itself(clock), "2026-03-24T12:00:00", "2026-03-24T12:00:00", done=done) for done in _DAYS]
    assert found == [
        "2026-03-26T06:00:00+01:00",
        "2026-03-30T06:00:00+02:00",
        "2026-04-02T06:00:00+02:00",
    ]
    assert clock.spoken() == "every Monday and Thursday at 06:00"


_DAYS = ("2026-03-24T12:00:00", "2026-03-26T06:00:00+01:00", "2026-03-30T06:00:00+02:00")


def naive(day: date, back: int, hour: int, zone: ZoneInfo) -> datetime:
    """The first moment at which the clock in the zone shows half past that hour of that day, by looking at it."""
    wanted = datetime.combine(day - timedelta(days=back), time(hour, 30))
    moment = wanted.replace(tzinfo=UTC) - timedelta(hours=15)
    while True:
        shown = moment.astimezone(zone).replace(tzinfo=None)
        if shown >= wanted:
            return moment
        moment += timedelta(minutes=30)


@sample
@given(
    day=st.dates(date(2026, 3, 20), date(2026, 4, 10)) | st.dates(date(2026, 10, 20), date(2026, 11, 10)),
    back=st.integers(1, 20),
    hour=st.sampled_from([0, 1, 2, 3, 12, 23]),
    zone=st.sampled_from(["Europe/Vienna", "America/New_York", "Australia/Lord_Howe", "UTC"]),
)
def test_dates_agree_with_looking_at_the_clock_on_the_wall(day: date, back: int, hour: int, zone: str) -> None:
    place = ZoneInfo(zone)
    clock = Dated(path("returns"), "date", (Duration(days=back),), -1, time(hour, 30))
    found = clock.moments(day.isoformat(), place)[0]
    wanted = datetime.combine(day - timedelta(days=back), time(hour, 30))
    shown = found.astimezone(place).replace(tzinfo=None)
    if shown == wanted:
        assert found == naive(day, back, hour, place)
    else:  # the clocks leave it out: it comes as much later
        assert timedelta() < shown - wanted <= timedelta(hours=1)


@sample
@given(
    until=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    days=st.integers(-400, 400),
    shift=st.builds(Duration, st.integers(0, 14), st.just(3), st.sampled_from([0, 3600, 129_600])),
    sign=st.sampled_from([1, -1]),
    type_=st.sampled_from(["date", "instant"]),
)
def test_nobody_whose_date_has_come_is_left_out_of_the_line(
    until: datetime, days: int, shift: Duration, sign: int, type_: str
) -> None:
    clock = Dated(path("returns"), type_, (shift,), sign, time(6))
    day = until + timedelta(days=days)
    value = day.date().isoformat() if type_ == "date" else moment_text(day)
    if clock.moments(value, VIENNA)[0] <= until:
        assert value <= clock.last_value(until, VIENNA)
