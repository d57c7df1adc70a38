"""The flow as an SVG that stands alone: its own style sheet, no script, text as text."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from server.drawing.arrangement import Frame, frames_of
from server.drawing.colours import paint_of
from server.drawing.flow import Box, Flow, Panel, Step
from server.drawing.layout import Layout, Line, layout_of
from server.drawing.lettering import width_of
from server.drawing.markup import element, number, text
from server.drawing.ranks import BOX, STEP, Node
from server.drawing.shapes import Area, Point
from server.drawing.sizes import CLOCK, LABEL, LEADING, NOTE, STEP_LABEL, STEP_NOTE, Text, text_of_box, text_of_step
from server.drawing.svg_style import style_of

_MARGIN = 24.0
_TITLE = 58.0
_TIP = 7.0
_STRAIGHT = 0.1
_LEGEND_SIZE = 12.0
_LEGEND_LINE = 26.0


def svg_of(flow: Flow) -> str:
    """The picture as the text of an SVG file."""
    layouts = [layout_of(panel) for panel in flow.panels]
    frames = frames_of(layouts, [panel.label for panel in flow.panels])
    frames = tuple(_moved(frame, _MARGIN, _TITLE) for frame in frames)
    width = max((frame.x + frame.width for frame in frames), default=0.0) + _MARGIN
    floor = max((frame.y + frame.height for frame in frames), default=_TITLE)
    legend, height = _legend(flow, floor + 30, width)
    places = {
        node.key: area.moved(*frame.inside)
        for layout, frame in zip(layouts, frames, strict=True)
        for node, area in layout.places.items()
        if node.kind == STEP
    }
    colours = {box.category: box.colour for panel in flow.panels for box in panel.boxes}
    paints = {_class(category): paint_of(colour) for category, colour in colours.items()}
    parts = [
        element("title", text(flow.title), id=f"{flow.program}-title"),
        element("desc", text(_described(flow)), id=f"{flow.program}-desc"),
        element("style", text(style_of(paints))),
        element("rect", class_="paper", width=width, height=height, rx=14),
        element("text", text(flow.heading), class_="title", x=_MARGIN, y=36),
        *(_frame(panel, frame) for panel, frame in zip(flow.panels, frames, strict=True)),
        element("g", *_threads(flow, places), class_="threads"),
        *(_panel(*each) for each in zip(flow.panels, layouts, frames, strict=True)),
        legend,
    ]
    return element(
        "svg",
        "\n",
        "\n".join(parts),
        "\n",
        xmlns="http://www.w3.org/2000/svg",
        class_="flow",
        viewBox=f"0 0 {number(width)} {number(height)}",
        width=width,
        height=height,
        role="group",
        aria_labelledby=f"{flow.program}-title {flow.program}-desc",
    )


def _moved(frame: Frame, x: float, y: float) -> Frame:
    inside = Point(frame.inside.x + x, frame.inside.y + y)
    return Frame(frame.x + x, frame.y + y, frame.width, frame.height, inside)


def _class(category: str) -> str:
    return f"kind-{category.lower()}"


def _described(flow: Flow) -> str:
    counts = (f"{panel.label}: {len(panel.boxes)} statuses, {len(panel.steps)} transitions" for panel in flow.panels)
    return f"A flow chart. {'; '.join(counts)}."


def _frame(panel: Panel, frame: Frame) -> str:
    return element(
        "g",
        element("rect", class_="panel", x=frame.x, y=frame.y, width=frame.width, height=frame.height, rx=12),
        element("text", text(panel.label), class_="heading", x=frame.x + 18, y=frame.y + 25),
        element("text", text(panel.owner), class_="aside", x=frame.x + 18, y=frame.y + 42),
    )


def _panel(panel: Panel, layout: Layout, frame: Frame) -> str:
    steps = {step.key: step for step in panel.steps}
    parts = [
        *(_line(line, steps[line.joint.step]) for line in layout.lines),
        *(_step(step, layout.places[Node(STEP, step.key)]) for step in panel.steps),
        *(_box(panel, box, layout.places[Node(BOX, box.key)]) for box in panel.boxes),
    ]
    where = f"translate({number(frame.inside.x)} {number(frame.inside.y)})"
    return element("g", "\n", "\n".join(parts), "\n", id=f"machine-{panel.key}", transform=where)


def _box(panel: Panel, box: Box, area: Area) -> str:
    return element(
        "g",
        element("title", text("\n".join(box.said))),
        *(_beginning(area) if box.begins else ()),
        _rectangle(area, 9),
        *_written(text_of_box(box), area, LABEL, NOTE),
        id=f"status-{panel.key}-{box.key}",
        class_=f"status {_class(box.category)}",
        role="img",
        aria_label=f"Status {box.label}",
        data_machine=panel.key,
        data_status=box.key,
    )


def _step(step: Step, area: Area) -> str:
    return element(
        "g",
        element("title", text("\n".join(step.said))),
        *(_beginning(area) if step.creates else ()),
        _rectangle(area, min(area.height / 2, 13)),
        *([_clock(Point(area.left + 15, area.y))] if step.by_itself else ()),
        *_written(text_of_step(step), area.moved(CLOCK / 2 if step.by_itself else 0, 0), STEP_LABEL, STEP_NOTE),
        id=f"transition-{step.key}",
        class_=f"step{_manner(step)}",
        role="img",
        aria_label=f"Transition {step.label}",
        data_transition=step.key,
    )


def _manner(step: Step) -> str:
    if step.by_itself:
        return " by-itself"
    return "" if step.pressed else " follows"


def _rectangle(area: Area, radius: float) -> str:
    return element("rect", x=area.left, y=area.top, width=area.width, height=area.height, rx=radius)


def _written(written: Text, area: Area, label: float, note: float) -> Iterable[str]:
    sizes = [*((line, label, "label") for line in written.label), *((line, note, "note") for line in written.notes)]
    y = area.y - sum(size for _, size, _ in sizes) * LEADING / 2
    for line, size, kind in sizes:
        yield element("text", text(line), class_=kind, x=area.x, y=y + size * 1.02, text_anchor="middle")
        y += size * LEADING


def _clock(middle: Point) -> str:
    x, y = number(middle.x), number(middle.y)
    return element(
        "path", class_="clock", d=f"M{x} {y}m-5.5 0a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0m5.5 -3.2v3.2l2.2 1.4"
    )


def _beginning(area: Area) -> Iterable[str]:
    """The dot from which a new record comes."""
    left, y = area.left - 27, area.y
    yield element("circle", class_="dot", cx=left, cy=y, r=4.5)
    yield element("path", class_="line", d=f"M{number(left + 4)} {number(y)}H{number(area.left - _TIP + 1)}")
    yield _tip(Point(area.left, y), 0)


def _line(line: Line, step: Step) -> str:
    """Drawn from the transition on, so that the dashes of lines that run together do so too."""
    points = list(line.points if line.joint.outward else line.points[::-1])
    end, before = points[-1], points[-2]
    way = 1.0 if points[0].y < end.y else -1.0
    if line.joint.outward:
        points[-1] = Point(end.x, end.y - way * _TIP)
        points[-2] = Point(before.x, min(before.y * way, points[-1].y * way) * way)
    drawn = [f"M{number(points[0].x)} {number(points[0].y)}"]
    for place, (start, stop) in enumerate(pairwise(points)):
        drawn.append(_curve(start, stop) if place % 2 else f"V{number(stop.y)}")
    path = element(
        "path", class_=f"line{_manner(step)}", d="".join(drawn), data_of=step.key, data_status=line.joint.status
    )
    return path + (_tip(end, way) if line.joint.outward else "")


def _curve(start: Point, stop: Point) -> str:
    if abs(stop.x - start.x) < _STRAIGHT:
        return f"L{number(stop.x)} {number(stop.y)}"
    bend = (stop.y - start.y) * 0.5
    inner = f"{number(start.x)} {number(start.y + bend)} {number(stop.x)} {number(stop.y - bend)}"
    return f"C{inner} {number(stop.x)} {number(stop.y)}"


def _tip(end: Point, way: float) -> str:
    """An arrow head that points down (``way`` 1), up (-1) or to the right (0)."""
    long = _TIP * 1.2
    shape = f"l-4 {-way * long:g}h8z" if way else f"l{-long:g} -4v8z"
    return element("path", class_="tip", d=f"M{number(end.x)} {number(end.y)}{shape}")


def _threads(flow: Flow, places: Mapping[str, Area]) -> Iterable[str]:
    """What one transition sets off in another, drawn lightly below everything else."""
    for cause, follower in flow.threads:
        start, stop = places[cause], places[follower]
        begin, end = _facing(start, stop), _facing(stop, start)
        bend = max(40.0, abs(end.x - begin.x) * 0.45)
        out, back = (bend if begin.x >= start.x else -bend), (bend if end.x >= stop.x else -bend)
        d = (
            f"M{number(begin.x)} {number(begin.y)}C{number(begin.x + out)} {number(begin.y)} "
            f"{number(end.x + back)} {number(end.y)} {number(end.x)} {number(end.y)}"
        )
        yield element("path", class_="thread", d=d, data_cause=cause, data_follower=follower)
        yield element("circle", class_="thread-tip", cx=end.x, cy=end.y, r=2.6)


def _facing(area: Area, other: Area) -> Point:
    """The middle of the side that faces another area; the right one where they stand above each other."""
    return Point(area.left if other.right < area.left else area.right, area.y)


def _legend(flow: Flow, top: float, width: float) -> tuple[str, float]:
    """What colours and signs mean, in as many lines as it takes, and how high the whole picture is."""
    entries = [(_swatch(category), label) for category, label in _kinds(flow)]
    entries += [(_sign(kind), words) for kind, words in _signs(flow)]
    x, y, parts = _MARGIN + 2, top, list[str]()
    for sign, words in entries:
        room = 30 + width_of(words, _LEGEND_SIZE) + 24
        if x > _MARGIN + 2 and x + room > width - _MARGIN:
            x, y = _MARGIN + 2, y + _LEGEND_LINE
        label = element("text", text(words), class_="aside", x=30, y=4)
        parts.append(element("g", sign, label, transform=f"translate({number(x)} {number(y)})"))
        x += room
    return element("g", *parts, class_="legend"), y + _LEGEND_LINE


def _kinds(flow: Flow) -> Sequence[tuple[str, str]]:
    used = {box.category for panel in flow.panels for box in panel.boxes}
    return [(category, label) for category, label in flow.legend if category in used]


def _signs(flow: Flow) -> Iterable[tuple[str, str]]:
    steps = [step for panel in flow.panels for step in panel.steps]
    begins = any(step.creates for step in steps) or any(box.begins for panel in flow.panels for box in panel.boxes)
    yield "step", "a button"
    if any(not step.pressed and not step.by_itself for step in steps):
        yield "step follows", "follows from another change"
    if any(step.by_itself for step in steps):
        yield "clock", "happens by itself"
    if begins:
        yield "dot", "a new record"
    if flow.threads:
        yield "thread", "what one change sets off in another"


def _swatch(category: str) -> str:
    return element("g", element("rect", x=0, y=-8, width=22, height=16, rx=4), class_=_class(category))


def _sign(kind: str) -> str:
    if kind == "clock":
        return _clock(Point(11, 0))
    if kind == "dot":
        return element("circle", class_="dot", cx=11, cy=0, r=4.5)
    if kind == "thread":
        return element("path", class_="thread", d="M0 0H22")
    return element("g", element("rect", x=0, y=-7, width=22, height=14, rx=7), class_=kind)
