"""How often one caller may ask."""

import pytest

from server.domain.actors import STRANGER, Caller
from server.http.answers import HttpProblem
from server.http.pace import CALLERS, Pace


class Road:
    """A pace of sixty requests a minute, of which ten may be saved up, and the time, which the test moves."""

    def __init__(self, per_minute: int = 60) -> None:
        self.now = 0.0
        self.pace = Pace(per_minute, lambda: self.now)

    def goes(self, caller: Caller, times: int = 1) -> int:
        """How many of so many requests are let in before one is not."""
        for done in range(times):
            try:
                self.pace.admit(caller)
            except HttpProblem:
                return done
        return times


def caller(number: int) -> Caller:
    return Caller("Robin", frozenset(), token_id=number)


def test_a_caller_may_have_saved_up_ten_seconds_worth_and_gets_one_back_a_second() -> None:
    road = Road()
    assert road.goes(caller(1), 100) == 10
    road.now += 3
    assert road.goes(caller(1), 100) == 3
    road.now += 1_000
    assert road.goes(caller(1), 100) == 10


def test_each_caller_has_their_own() -> None:
    road = Road()
    road.goes(caller(1), 100)
    assert road.goes(caller(2), 100) == 10
    assert road.goes(Caller("Kim", frozenset(), user_id=1), 100) == 10
    assert road.goes(Caller("By an issuer", frozenset()), 100) == 10


def test_who_is_refused_does_not_wait_longer_for_having_tried() -> None:
    road = Road(6)
    assert road.goes(caller(1), 2) == 1
    with pytest.raises(HttpProblem) as refused:
        road.pace.admit(caller(1))
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "10"})
    road.now += 10
    assert road.goes(caller(1)) == 1


def test_strangers_are_counted_elsewhere() -> None:
    assert Road(1).goes(STRANGER, 100) == 100


def test_so_many_callers_are_remembered_and_no_more() -> None:
    road = Road(1)
    for number in range(1, CALLERS + 2):
        road.pace.admit(caller(number))
    assert road.goes(caller(CALLERS + 1)) == 0
    assert road.goes(caller(1)) == 1
