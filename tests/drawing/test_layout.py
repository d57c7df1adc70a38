"""Laws of the layout, for machines of any shape; and how it treats those that people write."""

import time
from itertools import combinations

from hypothesis import given, settings

from server.drawing.flow import Panel
from server.drawing.layout import Layout, Line, layout_of
from server.drawing.ranks import BOX, STEP, Node
from server.drawing.shapes import Area, Point
from tests.drawing.panels import a_chain, a_panel, panels

CLOSE = 0.01
TOUCH = 10.0
"""How far apart two boxes are at the least, in pixels."""


def overlap(one: Area, other: Area, room: float = 0.0) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return across > CLOSE - room and down > CLOSE - room


def on_edge(point: Point, area: Area) -> bool:
    upper_or_lower = min(abs(point.y - area.top), abs(point.y - area.bottom)) < CLOSE
    return upper_or_lower and area.left - CLOSE <= point.x <= area.right + CLOSE


def ends_of(line: Line, layout: Layout) -> tuple[Area, Area]:
    step, box = layout.places[Node(STEP, line.joint.step)], layout.places[Node(BOX, line.joint.status)]
    return (step, box) if line.joint.outward else (box, step)


def straight_parts(line: Line) -> list[tuple[Point, Point]]:
    return [(start, stop) for start, stop in zip(line.points[::2], line.points[1::2], strict=True)]


@given(panels())
@settings(max_examples=50, deadline=None)
def test_everything_stands_once_and_nothing_touches(panel: Panel) -> None:
    layout = layout_of(panel)
    expected = {*(Node(BOX, box.key) for box in panel.boxes), *(Node(STEP, step.key) for step in panel.steps)}
    assert set(layout.places) == expected
    for (one, area), (other, second) in combinations(layout.places.items(), 2):
        assert not overlap(area, second, TOUCH), (one, other)
    for node, area in layout.places.items():
        assert area.left >= -CLOSE, node
        assert area.top >= -CLOSE, node
        assert area.right <= layout.width + CLOSE, node
        assert area.bottom <= layout.height + CLOSE, node


@given(panels())
@settings(max_examples=50, deadline=None)
def test_every_line_joins_its_two_and_passes_by_all_others(panel: Panel) -> None:
    layout = layout_of(panel)
    joints = {(step.key, key, False) for step in panel.steps for key in step.sources}
    joints |= {(step.key, key, True) for step in panel.steps for key in step.targets}
    assert sorted(tuple(line.joint) for line in layout.lines) == sorted(joints)
    for line in layout.lines:
        begin, end = ends_of(line, layout)
        assert on_edge(line.points[0], begin)
        assert on_edge(line.points[-1], end)
        for start, stop in straight_parts(line):
            assert start.x == stop.x
            way = Area(start.x, (start.y + stop.y) / 2, 1, abs(start.y - stop.y))
            assert not [node for node, area in layout.places.items() if overlap(way, area) and area not in (begin, end)]


@given(panels())
@settings(max_examples=20, deadline=None)
def test_the_same_machine_is_always_laid_out_alike(panel: Panel) -> None:
    assert layout_of(panel) == layout_of(panel)


def test_what_goes_on_leads_down_and_what_goes_back_leads_up() -> None:
    layout = layout_of(a_panel("A>B", "B>C", "C>A", finals="C"))
    below = [layout.places[node].y for node in (Node(BOX, "A"), Node(STEP, "A>B"), Node(BOX, "B"), Node(BOX, "C"))]
    assert below == sorted(below)
    (back,) = [line for line in layout.lines if line.joint == ("C>A", "A", True)]
    assert back.points[0].y > back.points[-1].y


def test_final_statuses_stand_below_the_others_even_if_they_lead_back() -> None:
    layout = layout_of(a_panel("A>OUT", "A>B", "OUT>B", finals="OUT"))
    assert layout.places[Node(BOX, "OUT")].y > layout.places[Node(BOX, "B")].y


def test_a_chain_stands_in_one_straight_line() -> None:
    layout = layout_of(a_panel("A>B", "B>C", "C>D"))
    assert len({area.x for area in layout.places.values()}) == 1


def test_a_transition_that_stays_in_its_status_leaves_and_returns() -> None:
    layout = layout_of(a_panel("A>A"))
    away, back = layout.lines
    assert away.points[0].x != back.points[-1].x


def test_what_hangs_together_with_nothing_else_stands_beside_it() -> None:
    layout = layout_of(a_panel("A>B", "B>C", "X>Y"))
    assert layout.places[Node(BOX, "X")].left > layout.places[Node(BOX, "A")].right
    assert layout.places[Node(BOX, "X")].y < layout.places[Node(BOX, "C")].y


def test_thirty_statuses_are_laid_out_at_once_and_narrower_than_a_screen() -> None:
    begun = time.process_time()
    layout = layout_of(a_chain(30))
    assert time.process_time() - begun < 2
    assert layout.width < 1200
