"""The order within each row: so that few lines cross."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from server.drawing.ranks import Node, Rows

_SWEEPS = 24
Order = list[list[Node]]
Neighbours = Mapping[Node, Sequence[Node]]


def ordered(rows: Rows) -> tuple[tuple[Node, ...], ...]:
    """The rows, each in an order with few crossings: the best found by sorting by neighbours and by swapping."""
    links = rows.links()
    ups: dict[Node, list[Node]] = {node: [] for row in rows.rows for node in row}
    downs: dict[Node, list[Node]] = {node: [] for row in rows.rows for node in row}
    for upper, lower in links:
        ups[lower].append(upper)
        downs[upper].append(lower)
    order = [list(row) for row in rows.rows]
    best, fewest = [list(row) for row in order], crossings(order, downs)
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        _sort(order, ups if sweep % 2 == 0 else downs, down=sweep % 2 == 0)
        _swap(order, ups, downs)
        found = crossings(order, downs)
        if found < fewest:
            best, fewest = [list(row) for row in order], found
    return tuple(tuple(row) for row in best)


def crossings(order: Sequence[Sequence[Node]], downs: Neighbours) -> int:
    """How many pairs of lines cross."""
    total = 0
    for row, following in pairwise(order):
        place = {node: number for number, node in enumerate(following)}
        ends = [place[lower] for node in row for lower in sorted(downs[node], key=lambda each: place[each])]
        total += sum(earlier > later for number, later in enumerate(ends) for earlier in ends[:number])
    return total


def _sort(order: Order, neighbours: Neighbours, *, down: bool) -> None:
    numbers = range(1, len(order)) if down else range(len(order) - 2, -1, -1)
    for number in numbers:
        fixed = order[number - 1 if down else number + 1]
        place = {node: (position + 0.5) / len(fixed) for position, node in enumerate(fixed)}
        own = {node: (position + 0.5) / len(order[number]) for position, node in enumerate(order[number])}
        order[number].sort(key=lambda node: _middle(node, neighbours, place, own))


def _middle(node: Node, neighbours: Neighbours, place: Mapping[Node, float], own: Mapping[Node, float]) -> float:
    found = [place[each] for each in neighbours[node]]
    return sum(found) / len(found) if found else own[node]


def _swap(order: Order, ups: Neighbours, downs: Neighbours) -> None:
    """Swaps neighbours in a row as long as that takes crossings away."""
    for number, row in enumerate(order):
        above = {node: place for place, node in enumerate(order[number - 1])} if number else {}
        below = {node: place for place, node in enumerate(order[number + 1])} if number + 1 < len(order) else {}
        improved = True
        while improved:
            improved = False
            for place in range(len(row) - 1):
                left, right = row[place], row[place + 1]
                kept = _between(left, right, ups, above) + _between(left, right, downs, below)
                swapped = _between(right, left, ups, above) + _between(right, left, downs, below)
                if swapped < kept:
                    row[place], row[place + 1], improved = right, left, True


def _between(left: Node, right: Node, neighbours: Neighbours, place: Mapping[Node, int]) -> int:
    return sum(place[one] > place[other] for one in neighbours[left] for other in neighbours[right])
