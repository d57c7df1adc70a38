"""How a transition can turn out: its cases, of which the first that holds counts."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.engine.conditions import Condition
from server.engine.effects import Effect
from server.engine.facts import Record
from server.engine.paths import Scope

PREVIOUS = "previous"
"""Stands in the file for the status that the record was in before the present one."""

SAME = "same"
"""Stands in the file for the status that the record is in: it stays as it is."""


@dataclass(frozen=True, slots=True)
class Case:
    """One outcome. ``to``: the key of a status, PREVIOUS or SAME; ``condition`` None: it always holds.

    ``effects`` follow after those that the transition has in any case. ``back``: all statuses that PREVIOUS, or SAME,
    can be.
    """

    to: str
    condition: Condition | None = None
    effects: tuple[Effect, ...] = ()
    back: frozenset[str] = frozenset()

    @property
    def targets(self) -> frozenset[str]:
        """Every status that it can lead to."""
        return self.back if self.to in {PREVIOUS, SAME} else frozenset({self.to})

    @property
    def stays(self) -> bool:
        """Whether it leaves the status as it is."""
        return self.to == SAME

    def status(self, machine: str, record: Record) -> str | None:
        """The status that it leads a record to; None where none is remembered that it can lead back to."""
        if self.to not in {PREVIOUS, SAME}:
            return self.to
        present = record.statuses[machine]
        if self.stays:
            return present
        earlier = (past.status for past in reversed(record.past.get(machine, ())) if past.status != present)
        before = next(earlier, None)
        return before if before in self.back else None


def always(status: str) -> tuple[Case, ...]:
    """The one outcome of most transitions."""
    return (Case(status),)


def possible(cases: Iterable[Case], scope: Scope, *, undecided: bool = False) -> tuple[Case, ...]:
    """The cases that it may come to: the first that certainly holds, and those before it that may hold.

    ``undecided``: what is not known yet may still turn out either way; else it does not hold.
    """
    found: list[Case] = []
    for case in cases:
        verdict = True if case.condition is None else case.condition.holds(scope)
        if verdict or (verdict is None and undecided):
            found.append(case)
        if verdict:
            break
    return tuple(found)
