"""Chooses the media type of an answer from the ``Accept`` header, by rank."""

from collections.abc import Sequence
from dataclasses import dataclass

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"
HTML = "text/html"
EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Range:
    """One entry of an ``Accept`` header: a type or a wildcard, its weight from 0 to 1, its place in the list."""

    media: str
    weight: float
    place: int

    def specificity(self, media: str) -> int:
        """How closely this entry names ``media``: 3 exactly, 2 its family, 1 anything, 0 not at all."""
        if self.media == media:
            return 3
        if self.media == f"{media.partition('/')[0]}/*":
            return 2
        return 1 if self.media == "*/*" else 0


def choose(accept: str | None, offered: Sequence[str]) -> str | None:
    """The type of ``offered`` (in our order of preference) that ranks highest, or None if none is accepted."""
    if accept is None or not accept.strip():
        return offered[0]
    ranges = _parse(accept)
    ranked = [(rank, -index, media) for index, media in enumerate(offered) if (rank := _rank(ranges, media))]
    return max(ranked)[2] if ranked else None


def names(accept: str | None, media: str) -> bool:
    """Whether a header accepts this very type, and not only any."""
    return any(entry.media == media and entry.weight > 0 for entry in _parse(accept or ""))


def _rank(ranges: Sequence[Range], media: str) -> tuple[float, int, int] | None:
    matching = [(entry.specificity(media), -entry.place, entry.weight) for entry in ranges]
    specificity, place, weight = max(matching, default=(0, 0, 0.0))
    return (weight, specificity, place) if specificity and weight else None


def _parse(accept: str) -> list[Range]:
    entries = [entry.split(";") for entry in accept.lower().split(",")]
    return [Range(parts[0].strip(), _weight(parts[1:]), place) for place, parts in enumerate(entries)]


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
