"""Lengths of time by the calendar and by the clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.engine.durations import Duration, parse_duration, shown

VIENNA = ZoneInfo("Europe/Vienna")
sample = settings(max_examples=200, deadline=None, derandomize=True)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("text", "duration", "spoken"),
    [
        ("P21D", Duration(days=21), "21 days"),
        ("P1M", Duration(1), "1 month"),
        ("P1Y2M", Duration(14), "14 months"),
        ("P2W", Duration(days=14), "14 days"),
        ("PT36H", Duration(seconds=129_600), "36 hours"),
        ("P1DT1H1M1S", Duration(days=1, seconds=3661), "1 day, 1 hour, 1 minute and 1 second"),
        ("P3M2D", Duration(3, 2), "3 months and 2 days"),
    ],
)
def test_durations_are_read_and_spoken(text: str, duration: Duration, spoken: str) -> None:
    assert parse_duration(text) == duration
    assert duration.spoken() == spoken


@pytest.mark.parametrize("text", ["", "P", "PT", "P0D", "21D", "P1", "P-1D", "P1.5D", "P101Y", "PT9999999999S", "P1DT"])
def test_what_is_no_duration_is_none(text: str) -> None:
    assert parse_duration(text) is None


@pytest.mark.parametrize(
    ("start", "duration", "end"),
    [
        ("2026-03-28T08:00:00+01:00", Duration(days=1), "2026-03-29T08:00:00+02:00"),
        ("2026-03-28T08:00:00+01:00", Duration(seconds=86_400), "2026-03-29T09:00:00+02:00"),
        ("2026-10-24T08:00:00+02:00", Duration(days=1), "2026-10-25T08:00:00+01:00"),
        ("2026-03-28T02:30:00+01:00", Duration(days=1), "2026-03-29T03:30:00+02:00"),
        ("2026-10-24T02:30:00+02:00", Duration(days=1), "2026-10-25T02:30:00+02:00"),
        ("2026-01-31T12:00:00+01:00", Duration(1), "2026-02-28T12:00:00+01:00"),
        ("2026-12-31T12:00:00+01:00", Duration(2, 1), "2027-03-01T12:00:00+01:00"),
        ("2026-11-30T12:00:00+01:00", Duration(1), "2026-12-30T12:00:00+01:00"),
    ],
)
def test_days_and_months_keep_the_time_on_the_wall(start: str, duration: Duration, end: str) -> None:
    assert duration.after(at(start), VIENNA) == at(end)


@sample
@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),
    st.builds(Duration, st.integers(0, 40), st.integers(0, 400), st.integers(0, 10**6)),
    st.sampled_from([VIENNA, ZoneInfo("UTC"), ZoneInfo("Pacific/Apia"), ZoneInfo("America/New_York")]),
)
def test_nothing_begun_after_the_latest_start_can_be_over(start: datetime, duration: Duration, zone: ZoneInfo) -> None:
    end = duration.after(start, zone)
    assert start <= duration.latest_start(end)
    assert end >= start


def test_moments_are_shown_to_the_minute_and_never_too_early() -> None:
    assert shown(at("2026-02-01T08:30:00+00:00"), VIENNA) == "2026-02-01 09:30"
    assert shown(at("2026-02-01T08:30:00.000001+00:00"), VIENNA) == "2026-02-01 09:31"
    assert shown(at("2026-01-31T23:00:00+00:00"), VIENNA) == "2026-02-01"
