"""Several machines in one picture: side by side in columns, so that the whole is about as wide as a screen."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.drawing.layout import Layout
from server.drawing.lettering import width_of
from server.drawing.shapes import Point

PADDING = 26.0
HEADING = 58.0
GUTTER = 24.0
_PROPORTION = 1.6
"""Width to height that is aimed at."""
_HEADING_SIZE = 15.0


@dataclass(frozen=True, slots=True)
class Frame:
    """The frame of one machine. ``inside``: where its layout has its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    inside: Point


def frames_of(layouts: Sequence[Layout], headings: Sequence[str]) -> tuple[Frame, ...]:
    """A frame for each layout; none touch. The number of columns is the one with the best proportions."""
    sizes = [
        (
            max(layout.width, width_of(heading, _HEADING_SIZE, bold=True)) + 2 * PADDING,
            layout.height + HEADING + PADDING,
        )
        for layout, heading in zip(layouts, headings, strict=True)
    ]
    tries = [_columns(sizes, count) for count in range(1, len(sizes) + 1)]
    columns = min(tries, key=lambda each: _badness(each, sizes))
    frames: dict[int, Frame] = {}
    x = 0.0
    for column in columns:
        width = max(sizes[number][0] for number in column)
        y = 0.0
        for number in column:
            height = sizes[number][1]
            frames[number] = Frame(x, y, width, height, Point(x + (width - layouts[number].width) / 2, y + HEADING))
            y += height + GUTTER
        x += width + GUTTER
    return tuple(frames[number] for number in range(len(sizes)))


def _columns(sizes: Sequence[tuple[float, float]], count: int) -> list[list[int]]:
    """The highest first, each into the lowest column; the columns in the order of the file."""
    columns: list[list[int]] = [[] for _ in range(count)]
    for number in sorted(range(len(sizes)), key=lambda each: (-sizes[each][1], each)):
        min(columns, key=lambda column: _height(column, sizes)).append(number)
    return sorted((sorted(column) for column in columns if column), key=lambda column: column[0])


def _height(column: Sequence[int], sizes: Sequence[tuple[float, float]]) -> float:
    return sum(sizes[number][1] + GUTTER for number in column)


def _badness(columns: Sequence[Sequence[int]], sizes: Sequence[tuple[float, float]]) -> float:
    width = sum(max(sizes[number][0] for number in column) + GUTTER for column in columns)
    height = max(_height(column, sizes) for column in columns)
    used = sum(w * h for w, h in sizes)
    far = max(width / height / _PROPORTION, _PROPORTION * height / width)
    return far * (width * height / used)
