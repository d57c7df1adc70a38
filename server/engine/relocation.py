"""Moves records out of a status that the rules have dropped: judged like any move, and never by halves."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from server.engine.cascade import Cascade
from server.engine.facts import Facts, Ref, Situation
from server.engine.invariants import amiss, near
from server.engine.moves import AS_PLATFORM, Move
from server.engine.outcomes import always
from server.engine.places import Place
from server.engine.plan import Plan
from server.engine.ruleset import Ruleset, Transition

MOVED = "moved"
"""The act, and the transition, under which history has it."""

Amiss = frozenset[tuple[str, Ref, str | None]]
"""Invariants that do not hold: by key, of which record, and in which role if they are about one role at a time."""


@dataclass(frozen=True, slots=True)
class Relocation:
    """Whoever is in a dropped status of a machine goes to another one. ``place``: where the rules say so."""

    machine: str
    status: str
    to: str
    place: Place


@dataclass(frozen=True, slots=True)
class Relocated:
    """What a relocation comes to for some records.

    ``plan``: None where nobody moves. ``refused``: how many records cannot go there, by the reason. ``nearby``: the
    records of which invariants may ask because of it.
    """

    plan: Plan | None
    refused: Mapping[str, int]
    nearby: tuple[Ref, ...]


def relocate(ruleset: Ruleset, facts: Facts, relocation: Relocation, refs: Iterable[Ref]) -> Relocated:
    """Moves those of the records that are still in the dropped status, each as the platform would by a transition.

    Nothing follows from it, and invariants are for later: they look at people who are moved one after the other.
    """
    cascade, transition, refused = Cascade(ruleset, facts), _transition(relocation), Counter[str]()
    for ref in refs:
        record = cascade.situation.find(ref)
        if record is None or record.statuses.get(relocation.machine) != relocation.status:
            continue
        move = cascade.judge.ways(Move(transition, record, AS_PLATFORM))[0]
        refused.update({blocker.text for blocker in cascade.carry_out(move)})
    plan = replace(cascade.plan(transition, {}), keeps_answers=True) if cascade.changes else None
    return Relocated(plan, refused, near(cascade.situation) if ruleset.invariants else ())


def as_moved(ruleset: Ruleset, facts: Facts) -> Facts:
    """The facts as if everybody had been moved already."""

    def goal(machine: str, status: str) -> str:
        return ruleset.moved.get(machine, {}).get(status, status)

    moved = (
        replace(record, statuses={machine: goal(machine, status) for machine, status in record.statuses.items()})
        for record in facts.records.values()
    )
    return Facts(moved, facts.now, facts.whole)


def amiss_among(ruleset: Ruleset, facts: Facts, refs: Iterable[Ref]) -> Amiss:
    """The invariants that do not hold of these records."""
    return frozenset((each.key, ref, role) for each, ref, role in amiss(ruleset, Situation(facts), refs))


def new_ones(before: Ruleset | None, after: Ruleset) -> frozenset[str]:
    """The invariants that only the rules that follow have, by key."""
    known = {each.key for each in before.invariants} if before else set()
    return frozenset(each.key for each in after.invariants) - known


def _transition(relocation: Relocation) -> Transition:
    return Transition(
        MOVED,
        relocation.machine,
        "This status",
        always(relocation.to),
        frozenset({relocation.status}),
        AS_PLATFORM,
        relocation.place,
    )
