"""When a message is tried again."""

from datetime import timedelta

from server.delivery.backoff import ATTEMPTS, next_attempt
from tests.delivery.builders import NOW


def pauses(chance: float) -> list[float]:
    """The pauses after each attempt, in minutes."""
    moments = [next_attempt(attempts, NOW, lambda: chance) for attempts in range(1, ATTEMPTS)]
    return [(moment - NOW) / timedelta(minutes=1) for moment in moments if moment is not None]


def test_pauses_double_from_half_a_minute_up_to_six_hours() -> None:
    assert pauses(0.5) == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 360]


def test_chance_spreads_them_by_a_quarter_either_way() -> None:
    assert [round(pause / usual, 6) for pause, usual in zip(pauses(0), pauses(0.5), strict=True)] == [0.75] * 11
    assert [round(pause / usual, 6) for pause, usual in zip(pauses(1), pauses(0.5), strict=True)] == [1.25] * 11


def test_after_the_last_attempt_there_is_no_further_one() -> None:
    assert next_attempt(ATTEMPTS, NOW, lambda: 0.5) is None
    assert next_attempt(ATTEMPTS + 3, NOW, lambda: 0.5) is None
