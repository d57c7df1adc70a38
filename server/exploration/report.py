"""All that an exploration comes to: findings, what keeps the invariants, what each actor can do, what was not seen."""

from dataclasses import dataclass, replace

from server.exploration.finding import Finding
from server.exploration.making import made_twice, order_matters
from server.exploration.powers import Power, powers
from server.exploration.reaching import dead_ends, irrevocable, nowhere, unfinished, unreached
from server.exploration.refusing import idle, kept_by, stopped
from server.exploration.space import Space
from server.exploration.ways import Ways

ENOUGH = 2
"""With how many personas a program must have been explored before it can be said that something never happens."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An invariant. ``alone``: the transitions keep it by themselves; it never had to refuse anything."""

    key: str
    because: str
    alone: bool


@dataclass(frozen=True, slots=True)
class Report:
    """``extent``: how far was looked, in a sentence; ``overlooked``: at what not."""

    findings: tuple[Finding, ...]
    invariants: tuple[Kept, ...]
    powers: tuple[Power, ...]
    situations: int
    acts: int
    extent: str
    overlooked: tuple[str, ...]


def reported(space: Space) -> Report:
    """What is to be said of a space, findings in the order of the file."""
    ways = Ways(space)
    found = [*stopped(space), *made_twice(space), *order_matters(space)]
    if space.complete_to >= ENOUGH or space.complete:
        never = (*unreached(space), *dead_ends(space, ways), *unfinished(space, ways), *irrevocable(space, ways))
        found += [_as_far_as_seen(each, space) for each in (*never, *idle(space), *nowhere(space))]
    overlooked = (*_blind(space), *_unanswered(space), *_in_part(space))
    return Report(
        findings=tuple(
            sorted(found, key=lambda each: (each.place.file, each.place.line, each.place.column, each.code))
        ),
        invariants=tuple(Kept(*each) for each in kept_by(space)),
        powers=tuple(powers(space)),
        situations=len(space.settled()),
        acts=sum(len(node.edges) for node in space.nodes.values()),
        extent=_extent(space, overlooked),
        overlooked=overlooked,
    )


def _as_far_as_seen(finding: Finding, space: Space) -> Finding:
    """What was never seen may be there beyond what was looked at; then the finding says so."""
    if space.complete:
        return finding
    return replace(finding, text=f"{finding.text} (with up to {space.complete_to} personas)")


def _extent(space: Space, overlooked: tuple[str, ...]) -> str:
    if space.complete and not overlooked:
        return "Every situation of up to two people was looked at, with any number of personas: proved."
    if space.complete:
        return "Every situation of up to two people was looked at, apart from what is listed: checked, not proved."
    if space.complete_to < ENOUGH:
        return "The limits were reached too early to say that something never happens: look further."
    return (
        f"Every situation of up to two people with up to {space.complete_to} personas between them was looked at, "
        "and some with more: checked, not proved."
    )


def _blind(space: Space) -> tuple[str, ...]:
    labels = (space.ruleset.fields[key].label for key in sorted(space.lens.blind))
    return tuple(f"the field {label}: it is as it begins everywhere." for label in labels)


def _unanswered(space: Space) -> tuple[str, ...]:
    labels = (space.ruleset.transitions[key].label for key in sorted(space.tally.unanswered - space.tally.happened))
    return tuple(f"the button {label}: no answers were found that pass the checks of its form." for label in labels)


def _in_part(space: Space) -> tuple[str, ...]:
    labels = (space.ruleset.transitions[key].label for key in sorted(space.tally.in_part))
    return tuple(f"{label} with every combination of the values that people set by hand." for label in labels)
