"""Fields that somebody sets by hand: the same plan or refusal as for any other act."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from server.engine.beginnings import as_held
from server.engine.cascade import Cascade
from server.engine.facts import Facts, Ref
from server.engine.invariants import broken
from server.engine.outcomes import always
from server.engine.plan import Change, Plan, Refusal, Setting
from server.engine.questions import Input, Question
from server.engine.ruleset import Field, Ruleset, Transition
from server.engine.settling import settle
from server.engine.values import joined

UPDATE_FIELDS = "update_fields"
"""The act under which history has it."""

Values = Mapping[str, Sequence[str]]
"""What fields are to hold, in canonical form, by key; nothing empties one."""


def decide_settings(
    ruleset: Ruleset, subject: Ref, values: Values, facts: Facts, *, actor: Ref | None = None
) -> Plan | Refusal:
    """What would change if these fields of a record were set, with all that becomes possible by it.

    A refusal where an invariant would be broken, or what follows is refused.

    History has the act as a row that leaves the status as it is. ``actor``: the record of whoever sets them.
    Raises LookupError for an unknown record or field.
    """
    fields = [ruleset.fields[key] for key in values]
    cascade = Cascade(ruleset, facts, author=actor)
    transition = _as_transition(ruleset, subject, fields, facts)
    held = {key: tuple(given) for key, given in values.items()}
    cascade.situation.set(subject, *as_held(ruleset, held))
    status = facts.records[subject].statuses[transition.machine]
    cascade.changes.append(Change(subject, transition.machine, status, status, UPDATE_FIELDS, None, False))
    for key, each in held.items():
        cascade.settings[subject, key] = Setting(subject, key, each)
    blockers = settle(ruleset, cascade, transition) or broken(ruleset, facts, cascade)
    if blockers:
        return Refusal(transition, True, blockers)
    plan = cascade.plan(transition, {key: joined(given) for key, given in held.items()})
    return replace(plan, warnings=())  # nobody is asked to confirm what follows from a value


def _as_transition(ruleset: Ruleset, subject: Ref, fields: Sequence[Field], facts: Facts) -> Transition:
    """The act as a transition that leads nowhere and asks for the values."""
    record = facts.records[subject]
    machine = ruleset.machines_of(record.sort)[0]
    status = record.statuses[machine.key]
    asks = tuple(Question(Input(field.key, field.label, field.type, field.choices), False) for field in fields)
    place = ruleset.places[f"fields.{fields[0].key}"]
    return Transition(
        UPDATE_FIELDS, machine.key, "Update fields", always(status), frozenset({status}), frozenset(), place, asks=asks
    )
