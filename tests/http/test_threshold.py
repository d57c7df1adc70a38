"""How often whoever is not signed in may do something."""

import pytest

from server.http.answers import HttpProblem
from server.http.threshold import Threshold


class Door:
    """A threshold of two acts from one address and three in all, and the time, which the test moves."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.threshold = Threshold(lambda: {"comeIn"}, per_address=2, in_all=3, seconds=lambda: self.now)

    def wait(self, *addresses: str | None) -> int:
        """Lets the addresses cross, one after the other; how long the last has to wait, 0 for not at all."""
        *before, last = addresses
        for address in before:
            self.threshold.cross(address)
        try:
            self.threshold.cross(last)
        except HttpProblem as problem:
            return int(problem.headers["Retry-After"])
        return 0


@pytest.mark.parametrize(
    ("addresses", "seconds"),
    [
        (["10.0.0.1", "10.0.0.1"], 0),
        (["10.0.0.1", "10.0.0.1", "10.0.0.1"], 60),
        (["10.0.0.1", "10.0.0.1", "10.0.0.2"], 0),
        (["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4"], 60),
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:0:ff::3"], 60),
        (["2001:db8::1", "2001:db8::2", "2001:db8:0:1::3"], 0),
        ([None, None, None], 60),
        (["testclient", "testclient", "testclient"], 60),
    ],
)
def test_an_address_and_all_together_have_so_much_room_in_a_minute(addresses: list[str | None], seconds: int) -> None:
    assert Door().wait(*addresses) == seconds


def test_there_is_room_again_a_minute_after_the_first_act() -> None:
    door = Door()
    assert door.wait("10.0.0.1") == 0
    door.now += 20
    assert door.wait("10.0.0.1") == 0
    door.now += 20.5
    assert door.wait("10.0.0.1") == 20
    door.now += 19.5
    assert door.wait("10.0.0.1") == 0
    assert door.wait("10.0.0.1") == 20


def test_whoever_is_too_fast_is_told_when_to_come_again() -> None:
    door = Door()
    door.wait("10.0.0.1", "10.0.0.1")
    door.now += 18
    with pytest.raises(HttpProblem) as refused:
        door.threshold.cross("10.0.0.1")
    assert (refused.value.status, refused.value.code) == (429, "TOO_MANY_REQUESTS")
    assert refused.value.message == "Too many people come in at once. Nothing was done; try again in 42 seconds."


def test_who_was_refused_does_not_wait_longer_for_having_tried() -> None:
    door = Door()
    for _ in range(5):
        assert door.wait("10.0.0.9") in {0, 60}
    door.now += 60
    assert door.wait("10.0.0.9") == 0
