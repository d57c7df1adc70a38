"""Machines to draw: invented ones of any shape, and a large one that looks like a real program's."""

from itertools import pairwise

from hypothesis import strategies as st

from server.drawing.flow import Box, Panel, Step

CATEGORIES = ("STEP", "PARTICIPATING", "FINAL")
LABELS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=40)


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """A machine of up to twelve statuses and sixteen transitions, of any shape."""
    count = draw(st.integers(1, 12))
    keys = [f"S{number}" for number in range(count)]
    boxes = tuple(
        Box(
            key,
            draw(LABELS),
            draw(st.sampled_from(CATEGORIES)),
            "green",
            draw(st.just("") | LABELS),
            draw(st.booleans()),
        )
        for key in keys
    )
    some = st.lists(st.sampled_from(keys), max_size=4, unique=True).map(tuple)
    steps = tuple(
        Step(
            f"t{number}",
            draw(LABELS),
            draw(some),
            draw(some),
            draw(st.just(()) | st.tuples(LABELS)),
            by_itself=draw(st.booleans()),
            creates=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 16)))
    )
    return Panel("machine", "A machine", "of a person", boxes, steps)


def a_panel(*ways: str, finals: str = "") -> Panel:
    """A machine from words such as ``A,B>C``: one transition each, called by the word itself."""
    ends = {way: tuple(tuple(filter(None, end.split(","))) for end in way.split(">")) for way in ways}
    keys = dict.fromkeys(key for sources, targets in ends.values() for key in (*sources, *targets))
    boxes = (
        Box(key, key, "FINAL" if key in finals.split() else "STEP", "green", begins=not n) for n, key in enumerate(keys)
    )
    steps = (Step(way, way, sources, targets, creates=not sources) for way, (sources, targets) in ends.items())
    return Panel("machine", "A machine", "of a person", tuple(boxes), tuple(steps))


def a_chain(length: int) -> Panel:
    """So many statuses one after the other, each with a way back to the first and one to the end."""
    keys = [f"S{number}" for number in range(length)]
    onward = [f"{one}>{other}" for one, other in pairwise(keys)]
    back = [f"{key}>S0" for key in keys[5::5]]
    leave = [f"{key}>OUT" for key in keys[2::6]]
    return a_panel(*onward, *back, *leave, finals="OUT")
