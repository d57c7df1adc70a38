"""What an edit of the rules does to the people there are: who would stand where nothing leads on."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from server.engine.machines import Status
from server.engine.ruleset import Ruleset, Transition

FINAL = "FINAL"
"""The category of statuses in which it is right that nothing leads on."""

Population = Mapping[tuple[str, str | None], int]
"""How many records of one machine are in each status, by role; the role is None where records have none."""


class Loss(StrEnum):
    """What records of one status lose: the status itself, every way on, or the last button that anybody may press."""

    STATUS = "status"
    WAY_ON = "way_on"
    BUTTON = "button"


@dataclass(frozen=True, slots=True)
class Affected:
    """The records of one status that lose the same. ``by_role``: how many, None where records have no role.

    ``to``: where the rules move them, of those whose status is dropped. ``accepted``: the rules say that the
    whole machine is gone.
    """

    loss: Loss
    status: Status
    by_role: Mapping[str | None, int]
    to: str | None = None
    accepted: bool = False

    @property
    def count(self) -> int:
        """How many they are."""
        return sum(self.by_role.values())

    @property
    def stranded(self) -> bool:
        """Whether the edit would leave them where nothing leads on."""
        return self.loss is Loss.WAY_ON or (self.loss is Loss.STATUS and self.to is None and not self.accepted)


def impact(before: Ruleset | None, after: Ruleset, populations: Mapping[str, Population]) -> tuple[Affected, ...]:
    """What becomes of the records in each status when one ruleset follows another.

    ``populations``: by machine, of those of both rulesets and of any that only the records still know. Without
    ``before`` only dropped statuses are told. Machines and statuses come in the order of the files.
    """
    order = dict.fromkeys((*after.machines, *(before.machines if before else ()), *populations))
    return tuple(found for machine in order for found in _of_machine(before, after, machine, populations))


def _of_machine(
    before: Ruleset | None, after: Ruleset, machine: str, populations: Mapping[str, Population]
) -> Iterator[Affected]:
    old, new, goals = _statuses(before, machine), _statuses(after, machine), after.moved.get(machine)
    found = _by_status(populations.get(machine, {}))
    for key in dict.fromkeys((*new, *old, *found)):
        if key not in found:
            continue
        if key not in new:
            status = old.get(key) or _unknown(machine, key)
            accepted = goals is not None and machine not in after.machines
            yield Affected(Loss.STATUS, status, found[key], (goals or {}).get(key), accepted)
        elif before is not None and key in old:
            yield from _narrowed(before, after, new[key], found[key])


def _by_status(population: Population) -> Mapping[str, Mapping[str | None, int]]:
    found: dict[str, dict[str | None, int]] = {}
    for (status, role), count in population.items():
        if count:
            found.setdefault(status, {})[role] = count
    return found


def _statuses(ruleset: Ruleset | None, machine: str) -> Mapping[str, Status]:
    found = ruleset.machines.get(machine) if ruleset else None
    return found.statuses if found else {}


def _unknown(machine: str, key: str) -> Status:
    """A status of which nothing is known but that records are in it."""
    return Status(machine, key, key, "", "", 0, is_initial=False)


def _narrowed(before: Ruleset, after: Ruleset, status: Status, by_role: Mapping[str | None, int]) -> Iterator[Affected]:
    """Those who had a way on, or a button, and have none any more; in a final status a way on is not missed."""
    stuck = {
        role: count
        for role, count in by_role.items()
        if status.category != FINAL and _lost(_leads_on, before, after, status, role)
    }
    if stuck:
        yield Affected(Loss.WAY_ON, status, stuck)
    left = {role: count for role, count in by_role.items() if role not in stuck}
    idle = {role: count for role, count in left.items() if _lost(_is_button, before, after, status, role)}
    if idle:
        yield Affected(Loss.BUTTON, status, idle)


Test = Callable[[Ruleset, Transition, str], bool]


def _lost(test: Test, before: Ruleset, after: Ruleset, status: Status, role: str | None) -> bool:
    return _any(test, before, status, role) and not _any(test, after, status, role)


def _any(test: Test, ruleset: Ruleset, status: Status, role: str | None) -> bool:
    """Whether any transition that starts from the status, for records of the role, passes a test."""
    return any(
        test(ruleset, transition, status.key)
        for transition in ruleset.transitions.values()
        if transition.machine == status.machine and status.key in transition.sources
        if role is None or role in (ruleset.roles_for(transition) or {role})
    )


def _leads_on(ruleset: Ruleset, transition: Transition, status: str) -> bool:
    """Whether it leads to another status, and anybody or anything carries it out."""
    happens = transition.event is not None or transition.automatic is not None or ruleset.firing(transition.id)
    return bool(transition.entered - {status}) and (transition.pressable or bool(happens))


def _is_button(ruleset: Ruleset, transition: Transition, status: str) -> bool:  # noqa: ARG001 - a test like the other
    return transition.pressable and transition.offered
