"""Which row everything stands in: statuses and transitions take turns, and most arrows lead down."""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from server.drawing.flow import Panel, Step

BOX, STEP, BEND = "box", "step", "bend"
_LAST = "FINAL"


class Node(NamedTuple):
    """A place in the layout: a status, a transition, or where a long line passes a row."""

    kind: str
    key: str


class Joint(NamedTuple):
    """A line between a transition and a status; ``outward``: from the transition to the status."""

    step: str
    status: str
    outward: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """Everything in rows from top to bottom.

    ``ways``: for each line all that it passes, its two ends among them, from top to bottom.
    """

    rows: tuple[tuple[Node, ...], ...]
    ways: Mapping[Joint, tuple[Node, ...]]

    def links(self) -> tuple[tuple[Node, Node], ...]:
        """What is joined from one row to the next, each pair once: the upper one first."""
        pairs = ((upper, lower) for way in self.ways.values() for upper, lower in pairwise(way))
        return tuple(dict.fromkeys(pairs))


def rows_of(panel: Panel) -> Rows:
    """The rows of one machine."""
    order = _order(panel)
    above = {joint: _leads_down(joint, step, order) for step in panel.steps for joint in _joints(step)}
    ranks = _ranks(panel, above)
    ways = {joint: _way(joint, ranks) for joint in above}
    rows: list[list[Node]] = [[] for _ in range(max(ranks.values(), default=0) + 1)]
    for node in sorted(ranks, key=lambda each: _place(each, order, panel)):
        rows[ranks[node]].append(node)
    for rank, bend in dict.fromkeys(passed for way in ways.values() for passed in enumerate(way, ranks[way[0]])):
        if bend.kind == BEND:
            rows[rank].append(bend)
    return Rows(tuple(tuple(row) for row in rows if row), ways)


def _joints(step: Step) -> Iterable[Joint]:
    yield from (Joint(step.key, status, outward=False) for status in step.sources)
    yield from (Joint(step.key, status, outward=True) for status in step.targets)


def _order(panel: Panel) -> dict[str, int]:
    """The statuses by how far on they are: final ones last, else by the way from where records begin."""
    boxes = {box.key: box for box in panel.boxes}
    last = {key for key, box in boxes.items() if box.category == _LAST}
    begins = [box.key for box in panel.boxes if box.begins]
    made = [target for step in panel.steps if step.creates for target in step.targets]
    far = dict.fromkeys([*begins, *made] or list(boxes)[:1], 0)
    waiting = deque(far)
    while waiting:
        here = waiting.popleft()
        for step in panel.steps:
            for target in step.targets if here in step.sources and here not in last else ():
                if target not in far:
                    far[target] = far[here] + 1
                    waiting.append(target)
    position = {key: number for number, key in enumerate(boxes)}
    ordered = sorted(boxes, key=lambda key: (key in last, far.get(key, len(boxes)), position[key]))
    return {key: number for number, key in enumerate(ordered)}


def _leads_down(joint: Joint, step: Step, order: Mapping[str, int]) -> bool:
    """Whether the transition stands above the status.

    It has its place just before the first status that it leads on to, or just after those that it only leads back to.
    """
    first = min((order[key] for key in step.sources), default=-1)
    onward = [order[key] for key in step.targets if order[key] > first]
    if onward:
        return order[joint.status] >= min(onward)
    back = max((order[key] for key in step.targets), default=first)
    return order[joint.status] > back


def _ranks(panel: Panel, above: Mapping[Joint, bool]) -> dict[Node, int]:
    """The longest way from the top, and then everything as close to what it is joined to as that allows."""
    nodes = [*(Node(BOX, box.key) for box in panel.boxes), *(Node(STEP, step.key) for step in panel.steps)]
    ups: dict[Node, set[Node]] = {node: set() for node in nodes}
    downs: dict[Node, set[Node]] = {node: set() for node in nodes}
    for joint, step_first in above.items():
        ends = Node(STEP, joint.step), Node(BOX, joint.status)
        upper, lower = ends if step_first else ends[::-1]
        ups[lower].add(upper)
        downs[upper].add(lower)
    ranks: dict[Node, int] = {}
    waiting = deque(node for node in nodes if not ups[node])
    left = {node: len(found) for node, found in ups.items()}
    while waiting:
        node = waiting.popleft()
        ranks[node] = max((ranks[up] + 1 for up in ups[node]), default=0 if node.kind == BOX else 1)
        for lower in sorted(downs[node]):
            left[lower] -= 1
            if not left[lower]:
                waiting.append(lower)
    for node in sorted(ranks, key=lambda each: (-ranks[each], each)):
        if downs[node] and len(downs[node]) >= len(ups[node]):
            ranks[node] = min(ranks[lower] for lower in downs[node]) - 1
    least = min(ranks.values(), default=0)
    return {node: rank - least for node, rank in ranks.items()}


def _way(joint: Joint, ranks: Mapping[Node, int]) -> tuple[Node, ...]:
    """Lines into, and out of, one transition share the places where they pass a row."""
    step, box = Node(STEP, joint.step), Node(BOX, joint.status)
    between = range(min(ranks[step], ranks[box]) + 1, max(ranks[step], ranks[box]))
    side = "out" if joint.outward else "in"
    bends = tuple(Node(BEND, f"{joint.step} {side} {rank}") for rank in between)
    return (step, *bends, box) if ranks[step] < ranks[box] else (box, *bends, step)


def _place(node: Node, order: Mapping[str, int], panel: Panel) -> tuple[float, str]:
    """Where something begins in its row: statuses in their order, transitions beside what they lead to."""
    if node.kind == BOX:
        return order[node.key], ""
    step = next(each for each in panel.steps if each.key == node.key)
    ends = [order[key] for key in (*step.targets, *step.sources)] or [0]
    return sum(ends) / len(ends), node.key
