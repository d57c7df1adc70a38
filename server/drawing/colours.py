"""The colours of the boxes, by day and by night, with writing that can be read on them."""

from collections.abc import Mapping
from dataclasses import dataclass

_INK, _PAPER = "#10243f", "#ffffff"

PALETTE: Mapping[str, tuple[str, str]] = {
    "dark-blue": ("#1f3a68", "#33609f"),
    "light-blue": ("#bfe0f7", "#9ccdf0"),
    "blue": ("#2f6db5", "#4a86cc"),
    "green": ("#2f7d4f", "#2f8355"),
    "dark-green": ("#1f5a38", "#2f7a4e"),
    "light-green": ("#c4e8cf", "#a5d9b5"),
    "red": ("#b3372f", "#c9564e"),
    "orange": ("#e8a04a", "#e0a050"),
    "yellow": ("#f4dd7a", "#e8d070"),
    "purple": ("#6d4a94", "#8a68b0"),
    "pink": ("#f2c4d6", "#e6b0c6"),
    "grey": ("#8a95a3", "#7c8896"),
    "light-grey": ("#dfe4ea", "#aab4bf"),
    "dark-grey": ("#4a5563", "#66727f"),
    "black": ("#222a33", "#66727f"),
    "white": ("#ffffff", "#e8edf2"),
}
"""Names of the rules file; any other name is grey."""


@dataclass(frozen=True, slots=True)
class Paint:
    """The fill of a box and its writing, by day and by night."""

    fill: str
    ink: str
    night_fill: str
    night_ink: str


def paint_of(colour: str) -> Paint:
    """The paint for a colour of the rules file: a name or ``#rrggbb``."""
    day, night = (colour, colour) if colour.startswith("#") else PALETTE.get(colour, PALETTE["grey"])
    return Paint(day, _ink_on(day), night, _ink_on(night))


def _ink_on(fill: str) -> str:
    """Of dark and light writing the one that stands out more."""
    return max((_PAPER, _INK), key=lambda ink: contrast(fill, ink))


def contrast(one: str, other: str) -> float:
    """How much two colours differ in brightness, from 1 to 21, as the guidelines for accessibility reckon it."""
    darker, brighter = sorted((_brightness(one), _brightness(other)))
    return (brighter + 0.05) / (darker + 0.05)


def _brightness(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004 - the definition of sRGB
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
