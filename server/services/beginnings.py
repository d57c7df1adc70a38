"""Puts the program and its sites where their machines start: nobody creates them by a transition."""

from datetime import datetime

from server.domain.history import Act
from server.engine.beginnings import begun
from server.engine.facts import SURROUNDINGS, Kind, Ref, Situation
from server.engine.outcomes import Case
from server.engine.places import Place
from server.engine.plan import Change, Plan
from server.engine.ruleset import PLATFORM, Ruleset, Transition
from server.store.declared import standings
from server.store.programs import sites
from server.store.unit_of_work import UnitOfWork

BEGIN = "begin"
"""The act under which history has it."""


def begin(work: UnitOfWork, ruleset: Ruleset, program_id: int, now: datetime) -> None:
    """Enters the statuses in which a program and its sites begin, as far as they have none yet.

    One act of the platform for each record; nothing where the rules give such records no statuses. Safe to repeat.
    """
    machines = {kind: ruleset.machines_of(kind) for kind in SURROUNDINGS}
    if not any(machines.values()):
        return
    work.hold([Ref(Kind.PROGRAM, program_id)])  # of several servers that start at once one enters them
    refs = [
        Ref(Kind.PROGRAM, program_id),
        *(Ref(Kind.SITE, site.id) for site in sites(work.connection, program_id) if machines[Kind.SITE]),
    ]
    there, facts = standings(work.connection, refs), work.case(ruleset, refs, now)
    for ref in refs:
        record = begun(ruleset, Situation(facts), facts.records[ref])
        new = [machine.key for machine in machines[ref.kind] if machine.key not in there.get(ref, {})]
        changes = tuple(Change(ref, machine, None, record.statuses[machine], BEGIN, None, True) for machine in new)
        if changes:
            work.apply(_act(ruleset, program_id, ref.kind, now), ref.id, Plan(_as_transition(changes[0]), changes))


def _as_transition(first: Change) -> Transition:
    return Transition(BEGIN, first.machine, "Begin", (Case(first.after),), frozenset(), frozenset(), Place("", 1))


def _act(ruleset: Ruleset, program_id: int, kind: Kind, now: datetime) -> Act:
    return Act(
        program_id=program_id,
        name=BEGIN,
        subject_kind=kind,
        actor_name=ruleset.actors[PLATFORM].label,
        actor_roles=(PLATFORM,),
        actor_user_id=None,
        recorded_at=now,
        effective_at=now,
        revision=ruleset.revision,
    )
