"""How large everything is: statuses of one machine alike, transitions as their text needs."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from server.drawing.flow import Box, Panel, Step
from server.drawing.lettering import lines_of, width_of
from server.drawing.ranks import BOX, STEP, Node

LABEL, NOTE = 13.0, 11.0
STEP_LABEL, STEP_NOTE = 12.0, 10.5
LEADING = 1.3
LEAD = 34.0
"""The room beside whatever a new record begins with, for the dot and the arrow that say so."""
CLOCK = 15.0
_BOX_ROOM, _BOX_LEAST = 176.0, 96.0
_STEP_ROOM = 150.0
_BOX_PADDING = (13.0, 10.0)
_STEP_PADDING = (11.0, 6.0)


@dataclass(frozen=True, slots=True)
class Size:
    """``outer``: the width with what stands beside it."""

    width: float
    height: float
    outer: float


_PASSING = Size(4.0, 0.0, 4.0)


@dataclass(frozen=True, slots=True)
class Text:
    """A label and smaller lines below it, broken into lines."""

    label: tuple[str, ...]
    notes: tuple[str, ...]


def text_of_box(box: Box) -> Text:
    """What stands in a status."""
    notes = lines_of(box.note, NOTE, _BOX_ROOM) if box.note else ()
    return Text(lines_of(box.label, LABEL, _BOX_ROOM, bold=True), notes)


def text_of_step(step: Step) -> Text:
    """What stands in a transition."""
    label = lines_of(step.label, STEP_LABEL, _STEP_ROOM)
    notes = (line for note in step.notes if note for line in lines_of(note, STEP_NOTE, _STEP_ROOM + CLOCK, most=3))
    return Text(label, tuple(notes))


def sizes_of(panel: Panel) -> Mapping[Node, Size]:
    """The sizes of all statuses and transitions."""
    boxes = {box.key: text_of_box(box) for box in panel.boxes}
    wide = max((_wide(text, LABEL, NOTE, bold=True) for text in boxes.values()), default=0)
    high = max((_high(text, LABEL, NOTE) for text in boxes.values()), default=0)
    width = max(_BOX_LEAST, wide) + 2 * _BOX_PADDING[0]
    height = high + 2 * _BOX_PADDING[1]
    sizes = {Node(BOX, b.key): Size(width, height, width + (2 * LEAD if b.begins else 0)) for b in panel.boxes}
    for step in panel.steps:
        text = text_of_step(step)
        room = _wide(text, STEP_LABEL, STEP_NOTE) + 2 * _STEP_PADDING[0] + (CLOCK if step.by_itself else 0)
        tall = _high(text, STEP_LABEL, STEP_NOTE) + 2 * _STEP_PADDING[1]
        sizes[Node(STEP, step.key)] = Size(room, tall, room + (2 * LEAD if step.creates else 0))
    return sizes


def _wide(text: Text, label: float, note: float, *, bold: bool = False) -> float:
    widths: Iterable[float] = (
        *(width_of(line, label, bold=bold) for line in text.label),
        *(width_of(line, note) for line in text.notes),
    )
    return max(widths)


def _high(text: Text, label: float, note: float) -> float:
    return (len(text.label) * label + len(text.notes) * note) * LEADING


def size_of(node: Node, sizes: Mapping[Node, Size]) -> Size:
    """The size of anything in a row; a line that passes takes its own width."""
    return sizes.get(node, _PASSING)
