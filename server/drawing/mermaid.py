"""The flow as a Mermaid flowchart, for places that draw Mermaid by themselves."""

import re
from collections.abc import Iterable, Iterator

from server.drawing.arrows import Arrow, arrows_of
from server.drawing.colours import paint_of
from server.engine.machines import Machine
from server.engine.ruleset import Ruleset

_UNSAFE = re.compile(r"[^\w .,:?!()→·'/+-]")


def mermaid_of(ruleset: Ruleset, machines: Iterable[Machine]) -> str:
    """The text of a Mermaid diagram, a subgraph each machine."""
    machines = list(machines)
    lines = ["flowchart TD"]
    for machine in machines:
        lines += [f'  subgraph machine_{_id(machine.key)}["{_safe(machine.label)}"]', "    direction TB"]
        lines += [f"    {line}" for line in _machine(ruleset, machine)]
        lines.append("  end")
    used = dict.fromkeys((status.category, status.colour) for m in machines for status in m.statuses.values())
    for category, colour in used:
        paint = paint_of(colour)
        lines.append(f"  classDef {_kind(category)} fill:{paint.fill},color:{paint.ink},stroke:{paint.fill}")
    lines.append("  classDef dot fill:#24344a,stroke:#24344a")
    return "\n".join(lines) + "\n"


def _machine(ruleset: Ruleset, machine: Machine) -> Iterator[str]:
    for status in machine.statuses.values():
        yield f'{_id(machine.key, status.key)}["{_safe(status.label)}"]:::{_kind(status.category)}'
    for number, key in enumerate(each for each in machine.statuses if each in machine.begins):
        yield f"{_id(machine.key)}__begin{number}(( )):::dot --> {_id(machine.key, key)}"
    for arrow in arrows_of(ruleset, machine):
        yield _arrow(machine, arrow)


def _arrow(machine: Machine, arrow: Arrow) -> str:
    row = arrow.transition
    start = f"{_id(machine.key)}__new_{_id(row.id)}(( )):::dot"
    source = _id(machine.key, arrow.source) if arrow.source else start
    line = "-->" if row.pressable else "-.->"
    return f'{source} {line}|"{_safe(arrow.label)}"| {_id(machine.key, arrow.target)}'


def _id(*keys: str) -> str:
    return "__".join(re.sub(r"\W", "_", key) for key in keys)


def _kind(category: str) -> str:
    return f"kind_{category.lower()}"


def _safe(text: str) -> str:
    """A text between quotes; what Mermaid or HTML could take for a sign of theirs goes by its number."""
    return _UNSAFE.sub(lambda found: f"#{ord(found[0])};", " ".join(text.split()))
