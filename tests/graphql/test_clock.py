"""The time that the server goes by, and that of a test."""

from dataclasses import replace
from datetime import timedelta

import pytest

from server.services.clock import SetClock
from tests.graphql.builders import STAFF, START, Api

ADVANCE = "mutation($to: DateTime!) { advanceClock(to: $to) { now isTest } }"


def with_set_clock(api: Api) -> Api:
    return replace(api, clock=SetClock(START))


def test_the_real_time_is_told_and_cannot_be_moved(api: Api) -> None:
    assert api.ask("{ clock { isTest } }") == {"clock": {"isTest": False}}
    code, message = api.fault(ADVANCE, to="2030-01-01T00:00:00Z")
    assert code == "NOT_PERMITTED"
    assert message.endswith("Start it with MATCHKEEPER_TEST_CLOCK to test.")


def test_the_time_of_a_test_stands_still_until_it_is_moved(api: Api) -> None:
    api = with_set_clock(api)
    for _ in range(2):
        assert api.ask("{ clock { now isTest } }") == {"clock": {"now": "2026-01-01T12:00:00Z", "isTest": True}}
    moved = api.ask(ADVANCE, to="2026-01-08T14:00:00+02:00")
    assert moved == {"advanceClock": {"now": "2026-01-08T12:00:00Z", "isTest": True}}
    assert api.ask("{ clock { now } }") == {"clock": {"now": "2026-01-08T12:00:00Z"}}


def test_time_only_goes_forward(api: Api) -> None:
    api = with_set_clock(api)
    code, message = api.fault(ADVANCE, to="2026-01-01T11:59:59Z")
    assert (code, message) == (
        "NOT_PERMITTED",
        "Time only goes forward: it is 2026-01-01T12:00:00Z already. Give a later one.",
    )
    assert api.clock() == START
    assert api.ask(ADVANCE, to="2026-01-01T12:00:00Z")["advanceClock"]["now"] == "2026-01-01T12:00:00Z"


def test_whoever_is_signed_in_may_move_the_time_of_a_test(api: Api) -> None:
    moved = with_set_clock(api).as_(STAFF).ask(ADVANCE, to="2026-01-02T12:00:00Z")
    assert moved["advanceClock"]["now"] == "2026-01-02T12:00:00Z"


@pytest.mark.parametrize("hours", [0, 5])
def test_a_set_clock_gives_the_moment_it_was_set_to(hours: int) -> None:
    clock = SetClock(START)
    clock.advance(START + timedelta(hours=hours))
    assert clock() == START + timedelta(hours=hours)
