"""Chance that repeats itself: the same seed makes the same choices."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import TypeVar

T = TypeVar("T")

_OPENS, _SHUTS = 8 * 60, 17 * 60
"""Minutes of the day between which people act."""

_SATURDAY = 5


class Chance:
    """Every choice the story leaves open."""

    __slots__ = ("_random",)

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311 - repeatable on purpose

    def happens(self, share: float) -> bool:
        """Whether something comes about that does in this share of cases."""
        return self._random.random() < share

    def between(self, span: tuple[int, int]) -> int:
        """A whole number of the span, both ends included."""
        return self._random.randint(*span)

    def pick(self, options: Sequence[T]) -> T:
        """One of several, each as likely."""
        return self._random.choice(options)

    def weighted(self, options: Mapping[T, float]) -> T:
        """One of several, by their weights."""
        return self._random.choices(list(options), list(options.values()))[0]

    def some(self, options: Sequence[T], share: float, count: int | None) -> list[T]:
        """``count`` of them, or else this share of them, in random order."""
        wanted = round(len(options) * share) if count is None else min(count, len(options))
        return self._random.sample(options, wanted)

    def moment(self, first: date, last: date) -> datetime:
        """A minute of a working day of the span; a weekend moves to the Monday after."""
        day = first + timedelta(days=self.between((0, (last - first).days)))
        day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= _SATURDAY else 0)
        start = datetime.combine(day, time(), UTC)
        return start + timedelta(minutes=self.between((_OPENS, _SHUTS)), seconds=self.between((0, 59)))

    def later(self, moment: datetime, days: tuple[int, int]) -> datetime:
        """So many days after a moment; on the same day some minutes after it."""
        wait = self.between(days)
        if wait == 0:
            return moment + timedelta(minutes=self.between((2, 40)))
        day = moment.date() + timedelta(days=wait)
        return self.moment(day, day)
