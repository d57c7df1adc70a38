"""What a picture of the rules shows: machines with their statuses, transitions, and what sets off what."""

from collections.abc import Iterable
from dataclasses import dataclass

from server.drawing.words import RELATIVE, case_of, said_of_status, said_of_transition
from server.engine.effects import Fire
from server.engine.machines import Machine, Status
from server.engine.ruleset import PLATFORM, Ruleset, Transition

MANY = 5
"""From so many statuses on, a transition that starts from nearly all says so instead of being joined to each."""
_ALMOST = 2
_NAMED = 3

OWNERS = {
    "program": "of the program",
    "site": "of a partner site",
    "user": "of a person",
    "persona": "of a persona",
    "pair": "of a match",
}
"""What carries a machine, in words; any other kind by its own name."""


@dataclass(frozen=True, slots=True)
class Box:
    """A status. ``note``: a second line; ``begins``: new records start in it; ``said``: all about it, a line each."""

    key: str
    label: str
    category: str
    colour: str
    note: str = ""
    begins: bool = False
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A transition. ``sources`` and ``targets`` are the statuses that it is joined to by lines.

    ``notes``: short lines below the label. ``pressed``: whether anybody may press it; ``by_itself``: whether the
    platform carries it out; ``creates``: it makes a new record; ``said``: all about it, a line each.
    """

    key: str
    label: str
    sources: tuple[str, ...]
    targets: tuple[str, ...]
    notes: tuple[str, ...] = ()
    pressed: bool = True
    by_itself: bool = False
    creates: bool = False
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One machine. ``owner``: what carries it, in words."""

    key: str
    label: str
    owner: str
    boxes: tuple[Box, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Flow:
    """A whole picture.

    ``heading`` stands in it, ``title`` names it. ``legend``: the categories with their labels. ``threads``: pairs of
    transitions, of which the first sets off the second.
    """

    title: str
    heading: str
    program: str
    legend: tuple[tuple[str, str], ...]
    panels: tuple[Panel, ...]
    threads: tuple[tuple[str, str], ...]


def flow_of(ruleset: Ruleset, machine: str | None = None) -> Flow:
    """The flow of all machines, or of one of them. Raises KeyError for a machine that the rules do not have."""
    machines = list(ruleset.machines.values()) if machine is None else [ruleset.machines[machine]]
    panels = tuple(_panel(ruleset, each) for each in machines)
    shown = {step.key for panel in panels for step in panel.steps}
    title = ruleset.title if machine is None else f"{machines[0].label}, {ruleset.title}"
    legend = tuple((category.key, category.label) for category in ruleset.categories.values())
    return Flow(title, ruleset.title, ruleset.program, legend, panels, tuple(_threads(ruleset, shown)))


def _threads(ruleset: Ruleset, shown: set[str]) -> Iterable[tuple[str, str]]:
    for cause in (each for each in ruleset.transitions.values() if each.id in shown):
        fired = (effect.transition for effect in cause.follows if isinstance(effect, Fire))
        yield from ((cause.id, key) for key in dict.fromkeys(fired) if key in shown)


def _panel(ruleset: Ruleset, machine: Machine) -> Panel:
    owner = OWNERS.get(machine.owner, f"of a {machine.owner.replace('_', ' ')}")
    boxes = tuple(_box(ruleset, machine, status) for status in machine.statuses.values())
    own = (each for each in ruleset.transitions.values() if each.machine == machine.key)
    return Panel(machine.key, machine.label, owner, boxes, tuple(_step(ruleset, machine, each) for each in own))


def _box(ruleset: Ruleset, machine: Machine, status: Status) -> Box:
    short = status.short if status.short != status.label else None
    only = [role.label for key, role in ruleset.roles.items() if status.roles and key in status.roles]
    notes = [*([short] if short else []), *([f"{', '.join(only)} only"] if only else [])]
    return Box(
        status.key,
        status.label,
        status.category,
        status.colour,
        " · ".join([*notes, *(["removed"] if status.removed else [])]),
        status.key in machine.begins and not _made_otherwise(ruleset, machine),
        said_of_status(ruleset, machine, status),
    )


def _made_otherwise(ruleset: Ruleset, machine: Machine) -> bool:
    """Whether every record with this machine is made by transitions of this machine, which are drawn themselves."""
    makers = [each for each in ruleset.transitions.values() if each.creates == machine.owner]
    return bool(makers) and all(each.machine == machine.key for each in makers)


def _step(ruleset: Ruleset, machine: Machine, row: Transition) -> Step:
    from_many = _anywhere(machine, row.sources)
    some = {key for case in row.cases if case.to in RELATIVE for key in case.targets}
    fixed = {case.to for case in row.cases if case.to not in RELATIVE}
    joined = fixed if len(some) >= MANY else fixed | some
    by_itself = row.event is not None or row.automatic is not None
    notes = [
        *([from_many] if from_many else []),
        *_turns(machine, row),
        *([_when(row)] if by_itself else []),
        *([_following(ruleset, row)] if not row.pressable and not by_itself else []),
    ]
    return Step(
        row.id,
        row.label,
        () if from_many else _in_order(machine, row.sources),
        _in_order(machine, joined),
        tuple(notes),
        row.pressable,
        by_itself,
        row.creates is not None,
        said_of_transition(ruleset, machine, row),
    )


def _in_order(machine: Machine, keys: Iterable[str]) -> tuple[str, ...]:
    wanted = set(keys)
    return tuple(key for key in machine.statuses if key in wanted)


def _anywhere(machine: Machine, sources: frozenset[str]) -> str | None:
    """How a transition that starts from nearly every status says so; None where lines do."""
    missing = [status.label for key, status in machine.statuses.items() if key not in sources]
    if len(sources) < MANY or len(missing) > _ALMOST:
        return None
    return f"from anywhere but {' and '.join(missing)}" if missing else "from anywhere"


def _turns(machine: Machine, row: Transition) -> Iterable[str]:
    """Where it leads by case, for a transition with several."""
    if len(row.cases) == 1 and row.cases[0].to not in RELATIVE:
        return
    for number, case in enumerate(row.cases, 1):
        where = RELATIVE.get(case.to) or machine.statuses[case.to].label
        yield f"→ {where}" + (f": {case_of(case.condition, number)}" if len(row.cases) > 1 else "")


def _when(row: Transition) -> str:
    ways = [
        *([f"when {row.event} is reported"] if row.event else []),
        *([row.automatic.spoken()] if row.automatic else []),
    ]
    return f"by itself {' or '.join(ways)}"


def _following(ruleset: Ruleset, row: Transition) -> str:
    causes = [cause.label for cause in ruleset.firing(row.id)]
    if not causes:
        return f"only by {ruleset.actors[PLATFORM].label}" if PLATFORM in ruleset.actors else ""
    more = f" and {len(causes) - _NAMED} more" if len(causes) > _NAMED else ""
    return f"follows {', '.join(causes[:_NAMED])}{more}"
