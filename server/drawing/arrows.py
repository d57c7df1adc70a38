"""The flow as plain arrows from status to status, for notations that draw by themselves."""

from collections.abc import Iterator
from dataclasses import dataclass

from server.drawing.words import RELATIVE, case_of
from server.engine.machines import Machine
from server.engine.ruleset import Ruleset, Transition


@dataclass(frozen=True, slots=True)
class Arrow:
    """One way of one transition. ``source`` None: it makes a new record."""

    transition: Transition
    source: str | None
    target: str
    label: str


def arrows_of(ruleset: Ruleset, machine: Machine) -> Iterator[Arrow]:
    """Every arrow of a machine, transition by transition in the order of the file."""
    for row in ruleset.transitions.values():
        if row.machine != machine.key:
            continue
        sources = [*(key for key in machine.statuses if key in row.sources), *([None] if row.creates else [])]
        for target, label in _targets(machine, row):
            yield from (Arrow(row, source, target, label) for source in sources)


def _targets(machine: Machine, row: Transition) -> Iterator[tuple[str, str]]:
    for number, case in enumerate(row.cases, 1):
        told = [row.label, *([RELATIVE[case.to]] if case.to in RELATIVE else [])]
        told += [case_of(case.condition, number)] if len(row.cases) > 1 else []
        yield from ((key, ": ".join(told)) for key in machine.statuses if key in case.targets)
