"""Where lines leave and reach what they join."""

from collections.abc import Mapping, Sequence

from server.drawing.ranks import Joint, Node
from server.drawing.shapes import Area
from server.drawing.spacing import apart

_GAP = 13.0
_MARGIN = 14.0

Port = tuple[Node, Node, bool]
"""One end of a line: what it is at, where the line goes from there, and whether it leads to a status."""


def ports_of(ways: Mapping[Joint, tuple[Node, ...]], areas: Mapping[Node, Area]) -> dict[Port, float]:
    """Where each line leaves or reaches a status or a transition: spread along the edge, straight where possible."""
    sides: dict[tuple[Node, bool], set[tuple[Node, bool]]] = {}
    for joint, way in ways.items():
        sides.setdefault((way[0], True), set()).add((way[1], joint.outward))
        sides.setdefault((way[-1], False), set()).add((way[-2], joint.outward))
    ports: dict[Port, float] = {}
    # Statuses first: they are wider, so that the lines of a transition can follow theirs.
    for (node, _), neighbours in sorted(sides.items(), key=lambda side: side[0][0].kind):
        wishes = {end: ports.get((end[0], node, end[1]), _between(areas[node].x, areas[end[0]])) for end in neighbours}
        ends = sorted(neighbours, key=lambda end: (wishes[end], areas[end[0]].x, end))
        places = _spread(areas[node], [wishes[end] for end in ends])
        ports.update({(node, *end): place for end, place in zip(ends, places, strict=True)})
    return ports


def _between(wish: float, area: Area) -> float:
    """The place that can be reached on an area and is closest to a wish."""
    slack = max(0.0, area.width / 2 - _MARGIN)
    return min(max(wish, area.x - slack), area.x + slack)


def _spread(area: Area, wishes: Sequence[float]) -> list[float]:
    """Places along the edge of an area close to the wishes, with room between them."""
    room = max(0.0, area.width - 2 * _MARGIN)
    gap = min(_GAP, room / max(1, len(wishes) - 1))
    places = apart([_between(wish, area) for wish in wishes], [gap] * (len(wishes) - 1))
    low, high = area.x - room / 2, area.x + room / 2 - gap * (len(wishes) - 1)
    return [min(max(place, low + gap * number), high + gap * number) for number, place in enumerate(places)]
