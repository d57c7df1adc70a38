from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from server.drawing.spacing import apart

PLACES = st.lists(st.floats(-1000, 1000), min_size=1, max_size=8)


def test_wishes_with_room_enough_are_granted() -> None:
    assert apart([0, 10, 30], [5, 5]) == [0, 10, 30]


def test_two_that_want_the_same_place_share_the_way() -> None:
    assert apart([10, 10], [4]) == [8, 12]


def test_a_heavier_wish_gives_way_less() -> None:
    assert apart([10, 10], [4], [3, 1]) == [9, 13]


@given(PLACES, st.floats(0, 50))
def test_the_gaps_are_always_kept(wishes: list[float], gap: float) -> None:
    places = apart(wishes, [gap] * (len(wishes) - 1))
    assert all(later - earlier >= gap - 1e-6 for earlier, later in pairwise(places))
