"""The flow in the DOT language of Graphviz, for whoever lays it out with tools of their own."""

from collections.abc import Iterable, Iterator

from server.drawing.arrows import Arrow, arrows_of
from server.drawing.colours import paint_of
from server.engine.machines import Machine
from server.engine.ruleset import Ruleset


def dot_of(ruleset: Ruleset, machines: Iterable[Machine]) -> str:
    """The text of a DOT file, a cluster each machine."""
    lines = [
        f"digraph {_quoted(ruleset.program)} {{",
        f"  label={_quoted(ruleset.title)}; labelloc=t; compound=true; fontname=Helvetica;",
        '  node [shape=box, style="rounded,filled", fontname=Helvetica];',
        "  edge [fontname=Helvetica, fontsize=10];",
    ]
    for machine in machines:
        lines += [f"  subgraph {_quoted('cluster_' + machine.key)} {{", f"    label={_quoted(machine.label)};"]
        lines += [f"    {line}" for line in _machine(ruleset, machine)]
        lines.append("  }")
    return "\n".join([*lines, "}"]) + "\n"


def _machine(ruleset: Ruleset, machine: Machine) -> Iterator[str]:
    for status in machine.statuses.values():
        paint, name = paint_of(status.colour), _name(machine, status.key)
        yield f'{name} [label={_quoted(status.label)}, fillcolor="{paint.fill}", fontcolor="{paint.ink}"];'
    for number, key in enumerate(each for each in machine.statuses if each in machine.begins):
        yield from _begun(f"{machine.key}/begin/{number}", _name(machine, key), "")
    for arrow in arrows_of(ruleset, machine):
        yield from _arrow(machine, arrow)


def _arrow(machine: Machine, arrow: Arrow) -> Iterator[str]:
    row = arrow.transition
    given = f"label={_quoted(arrow.label)}" + ("" if row.pressable else ", style=dashed")
    if arrow.source is None:
        yield from _begun(f"{machine.key}/new/{row.id}", _name(machine, arrow.target), given)
    else:
        yield f"{_name(machine, arrow.source)} -> {_name(machine, arrow.target)} [{given}];"


def _begun(dot: str, target: str, given: str) -> Iterator[str]:
    yield f'{_quoted(dot)} [shape=point, width=0.12, label=""];'
    yield f"{_quoted(dot)} -> {target}{f' [{given}]' if given else ''};"


def _name(machine: Machine, status: str) -> str:
    return _quoted(f"{machine.key}/{status}")


def _quoted(text: str) -> str:
    escaped = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
