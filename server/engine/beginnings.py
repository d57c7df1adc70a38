"""New records as they begin: in which statuses, with which values, and linked with whom."""

from collections.abc import Mapping
from dataclasses import replace

from server.engine.facts import Kind, Record, Ref, Situation, Sort
from server.engine.moves import Move
from server.engine.outcomes import possible
from server.engine.paths import Scope
from server.engine.ruleset import Ruleset

Held = Mapping[str, tuple[str, ...]]
"""What fields hold, in canonical form, by key."""

_NOTHING: Held = {}


def begun(ruleset: Ruleset, situation: Situation, record: Record) -> Record:
    """A record about to be made, in each of its machines where that starts, also where a condition decides it."""
    machines = ruleset.machines_of(record.sort)
    fresh = replace(record, statuses={machine.key: machine.start for machine in machines})
    if not any(machine.starts for machine in machines):
        return fresh
    scope = Scope(situation, fresh, fresh, terms=ruleset.terms)
    chosen = {m.key: case.to for m in machines for case in possible(m.starts, scope)}
    return replace(fresh, statuses={**fresh.statuses, **chosen})


def new_persona(
    ruleset: Ruleset,
    situation: Situation,
    user: Record,
    role: str | None,
    number: int,
    *,
    held: Held = _NOTHING,
    site: Ref | None = None,
) -> Record:
    """A persona about to be created for a user. ``held``: what its fields hold from the beginning."""
    values, lists = as_held(ruleset, held)
    links = {"user": user.ref} if site is None else {"user": user.ref, "site": site}
    record = Record(Ref(Kind.PERSONA, number), user.program, {}, {"role": role, **values}, links, lists=lists)
    return begun(ruleset, situation, record)


def new_record(ruleset: Ruleset, situation: Situation, move: Move, number: int, author: Ref | None) -> Record:
    """The record of a declared kind that a move creates, linked to as many of its sides as are chosen."""
    sort = move.transition.creates or ""
    links = {name: side.ref for name, side in zip(ruleset.kinds[sort].links, move.sides, strict=False)}
    values, lists = as_held(ruleset, move.fields)
    ref, program = Ref(Kind.RECORD, number), move.subject.program
    record = Record(ref, program, {}, values, links, lists=lists, proposer=author, declared=sort)
    return begun(ruleset, situation, record)


def held_by(ruleset: Ruleset, sort: Sort, held: Held) -> Held:
    """Those of the fields that records of a kind have."""
    return {key: values for key, values in held.items() if ruleset.fields[key].owner == sort}


def as_held(ruleset: Ruleset, held: Held) -> tuple[dict[str, str | None], dict[str, frozenset[str]]]:
    """What fields hold as a record has it: single values, and those of fields that hold several."""
    several = {key for key in held if ruleset.fields[key].several}
    single = {key: next(iter(values), None) for key, values in held.items() if key not in several}
    return single, {key: frozenset(held[key]) for key in several}
