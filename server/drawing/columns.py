"""How far left or right everything stands: so that lines are straight, and nothing touches."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from server.drawing.ranks import BEND, BOX, Joint, Node
from server.drawing.sizes import Size, size_of
from server.drawing.spacing import apart

_BETWEEN = 22.0
_BESIDE_BEND = 15.0
_SWEEPS = 40
_BENDS = (1.0, 2.0, 9.0)
_ONWARD = 4.0
_FREE = 0.05


def middles_of(
    order: Sequence[Sequence[Node]], sizes: Mapping[Node, Size], ways: Mapping[Joint, tuple[Node, ...]]
) -> dict[Node, float]:
    """The horizontal middle of everything: that of most of its neighbours, so that lines are straight."""
    near = _near(ways)
    row_of = {node: number for number, row in enumerate(order) for node in row}
    gaps = [[_gap(one, other, sizes) for one, other in pairwise(row)] for row in order]
    found: dict[Node, float] = {}
    for row, between in zip(order, gaps, strict=True):
        places = apart([0.0] * len(row), between)
        found.update(zip(row, places, strict=True))
    for sweep in range(_SWEEPS):
        early, downward = sweep < _SWEEPS // 2, sweep % 2 == 0
        for number in range(len(order)) if downward else reversed(range(len(order))):
            row, wishes, weights = order[number], list[float](), list[float]()
            for node in row:
                seen = [
                    (found[other], weight)
                    for other, weight in near.get(node, {}).items()
                    if not early or (row_of[other] < number) is downward
                ]
                wishes.append((_mean if early else _median)(seen, found[node]))
                weights.append(sum(weight for _, weight in seen) or _FREE)
            found.update(zip(row, apart(wishes, gaps[number], weights), strict=True))
    for chain in dict.fromkeys(_chain(way) for way in ways.values()):
        _straighten(chain, order, gaps, found)
    return found


def _chain(way: tuple[Node, ...]) -> tuple[Node, ...]:
    return tuple(node for node in way if node.kind == BEND)


def _straighten(
    chain: tuple[Node, ...], order: Sequence[Sequence[Node]], gaps: Sequence[Sequence[float]], found: dict[Node, float]
) -> None:
    """Puts all that a long line passes below each other, where its neighbours leave room for that."""
    low, high = float("-inf"), float("inf")
    for row, between in zip(order, gaps, strict=True):
        place = next((place for place, node in enumerate(row) if node in chain), None)
        if place is None:
            continue
        low = max(low, found[row[place - 1]] + between[place - 1]) if place else low
        high = min(high, found[row[place + 1]] - between[place]) if place + 1 < len(row) else high
    if chain and low <= high:
        middle = sorted(found[node] for node in chain)[len(chain) // 2]
        found.update(dict.fromkeys(chain, min(max(middle, low), high)))


def _near(ways: Mapping[Joint, tuple[Node, ...]]) -> dict[Node, dict[Node, float]]:
    """What each thing is joined to, and how much it matters that the line between them is straight.

    Long lines matter most, then the steps that lead straight on to the next row but one.
    """
    long = {joint.step for joint, way in ways.items() if _chain(way) or (joint.outward and way[0].kind == BOX)}
    near: dict[Node, dict[Node, float]] = {}
    for joint, way in ways.items():
        for upper, lower in pairwise(way):
            bends = (upper.kind == BEND) + (lower.kind == BEND)
            weight = _BENDS[bends] if bends or joint.step in long else _ONWARD
            near.setdefault(upper, {})[lower] = weight
            near.setdefault(lower, {})[upper] = weight
    return near


def _mean(seen: Sequence[tuple[float, float]], here: float) -> float:
    """The weighted mean: brings everything together, though not in straight lines."""
    return sum(place * weight for place, weight in seen) / sum(weight for _, weight in seen) if seen else here


def _median(seen: Sequence[tuple[float, float]], here: float) -> float:
    """The weighted median; in the middle where two are as good."""
    if not seen:
        return here
    ordered_, half, passed = sorted(seen), sum(weight for _, weight in seen) / 2, 0.0
    for number, (place, weight) in enumerate(ordered_):
        passed += weight
        if passed > half:
            return place
        if passed == half:
            return (place + ordered_[number + 1][0]) / 2
    return here


def _gap(one: Node, other: Node, sizes: Mapping[Node, Size]) -> float:
    between = _BESIDE_BEND if BEND in {one.kind, other.kind} else _BETWEEN
    return (size_of(one, sizes).outer + size_of(other, sizes).outer) / 2 + between
