"""Where everything of one machine stands, and the way of each line: a layered layout from top to bottom.

Rows come from :mod:`server.drawing.ranks`, the order in them from :mod:`server.drawing.order`. Here everything gets
its coordinates, in pixels from the upper left corner of the machine.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from server.drawing.columns import middles_of
from server.drawing.flow import Panel
from server.drawing.order import ordered
from server.drawing.ports import Port, ports_of
from server.drawing.ranks import BEND, BOX, STEP, Joint, Node, rows_of
from server.drawing.shapes import Area, Point
from server.drawing.sizes import Size, size_of, sizes_of

_ROW_GAP = 27.0
_SLOPE = 0.07
_MOST_SLOPE = 44.0
_APART = 40.0


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it is drawn, from where it begins to where it ends.

    Its points come in pairs: between the two of a pair it is straight (across a row), from pair to pair curved.
    """

    joint: Joint
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """One machine laid out. ``places``: of statuses and transitions."""

    width: float
    height: float
    places: Mapping[Node, Area]
    lines: tuple[Line, ...]


def layout_of(panel: Panel) -> Layout:
    """Lays one machine out. What nothing joins to the rest stands beside it."""
    sizes = sizes_of(panel)
    parts = sorted((_joined(part, sizes) for part in _parts(panel)), key=lambda part: -part.height)
    x, y, width, placed = 0.0, 0.0, 0.0, list[Layout]()
    for part in parts:
        if y and y + part.height > parts[0].height:
            x, y, width = x + width + _APART, 0.0, 0.0
        placed.append(_moved(part, x, y))
        y, width = y + part.height + _APART, max(width, part.width)
    places = {node: area for part in placed for node, area in part.places.items()}
    lines = tuple(line for part in placed for line in part.lines)
    return Layout(x + width, parts[0].height if parts else 0.0, places, lines)


def _parts(panel: Panel) -> Iterable[Panel]:
    """The machine cut where no line leads."""
    groups = [{Node(BOX, box.key)} for box in panel.boxes]
    for step in panel.steps:
        joined = {Node(BOX, key) for key in (*step.sources, *step.targets)}
        met = [group for group in groups if group & joined]
        groups = [group for group in groups if not group & joined] + [{Node(STEP, step.key)}.union(*met)]
    for group in groups:
        boxes = tuple(box for box in panel.boxes if Node(BOX, box.key) in group)
        yield replace(panel, boxes=boxes, steps=tuple(step for step in panel.steps if Node(STEP, step.key) in group))


def _moved(layout: Layout, x: float, y: float) -> Layout:
    places = {node: area.moved(x, y) for node, area in layout.places.items()}
    lines = (Line(line.joint, tuple(Point(p.x + x, p.y + y) for p in line.points)) for line in layout.lines)
    return Layout(layout.width, layout.height, places, tuple(lines))


def _joined(panel: Panel, sizes: Mapping[Node, Size]) -> Layout:
    """Lays out what hangs together."""
    rows = rows_of(panel)
    order = ordered(rows)
    middles = middles_of(order, sizes, rows.ways)
    heights = [max(size_of(node, sizes).height for node in row) for row in order]
    tops = _tops(order, heights, middles, rows.links())
    areas, bands = dict[Node, Area](), dict[Node, tuple[float, float]]()
    for row, top, height in zip(order, tops, heights, strict=True):
        for node in row:
            size = size_of(node, sizes)
            areas[node] = Area(middles[node], top + height / 2, size.width, size.height)
            bands[node] = top, top + height
    ports = ports_of(rows.ways, areas)
    lines = tuple(_line(joint, way, areas, bands, ports) for joint, way in rows.ways.items())
    outer = {node: size_of(node, sizes).outer / 2 for node in areas}
    left = min(area.x - outer[node] for node, area in areas.items())
    right = max(area.x + outer[node] for node, area in areas.items())
    places = {node: area for node, area in areas.items() if node.kind != BEND}
    return _moved(Layout(right - left, tops[-1] + heights[-1], places, lines), -left, 0)


def _tops(
    order: Sequence[Sequence[Node]],
    heights: Sequence[float],
    middles: Mapping[Node, float],
    links: Iterable[tuple[Node, Node]],
) -> list[float]:
    """The upper edge of each row; rows are further apart where lines between them go far to the side."""
    row_of = {node: number for number, row in enumerate(order) for node in row}
    far = [0.0] * len(order)
    for upper, lower in links:
        far[row_of[upper]] = max(far[row_of[upper]], abs(middles[upper] - middles[lower]))
    tops = [0.0]
    for number, height in enumerate(heights[:-1]):
        tops.append(tops[-1] + height + _ROW_GAP + min(_MOST_SLOPE, far[number] * _SLOPE))
    return tops


def _line(
    joint: Joint,
    way: tuple[Node, ...],
    areas: Mapping[Node, Area],
    bands: Mapping[Node, tuple[float, float]],
    ports: Mapping[Port, float],
) -> Line:
    first, last = way[0], way[-1]
    begin, end = ports[first, way[1], joint.outward], ports[last, way[-2], joint.outward]
    points = [Point(begin, areas[first].bottom), Point(begin, bands[first][1])]
    for bend in way[1:-1]:
        points += [Point(areas[bend].x, bands[bend][0]), Point(areas[bend].x, bands[bend][1])]
    points += [Point(end, bands[last][0]), Point(end, areas[last].top)]
    starts_above = (first.kind == STEP) is joint.outward
    return Line(joint, tuple(points if starts_above else points[::-1]))
