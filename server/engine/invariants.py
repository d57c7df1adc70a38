"""What must never be true after an act, whatever the transitions say one by one."""

from collections.abc import Iterable, Iterator, Sequence

from server.engine.cascade import Cascade
from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.paths import Scope
from server.engine.plan import Blocker
from server.engine.ruleset import Invariant, Ruleset

_Amiss = tuple[Invariant, Ref, str | None]


def broken(ruleset: Ruleset, facts: Facts, cascade: Cascade) -> tuple[Blocker, ...]:
    """A blocker for every invariant that the outcome breaks.

    Only what the act breaks itself: a record that was already amiss may still be mended step by step.
    """
    after = cascade.situation
    before = Situation(facts, after.now)
    return tuple(
        Blocker("INVARIANT", invariant.because, ref if ref.id > 0 else None, invariant.place)
        for invariant, ref, role in _amiss_after(ruleset, before, after)
        if not still_amiss(ruleset, invariant, before, ref, role)
    )


def _amiss_after(ruleset: Ruleset, before: Situation, after: Situation) -> Iterator[_Amiss]:
    """The invariants that do not hold after an act of what may be seen differently because of it."""
    changed = _changed(before, after)
    asked = [i for i in ruleset.invariants if changed is None or ruleset.reaches[i.key].depends_on(changed)]
    if not asked:
        return
    own = _with_all(after, _unique(user for record in after.changed() for user in after.people(record)))
    wide = own if all(ruleset.reaches[each.key].own for each in asked) else near(after)
    for invariant in asked:
        yield from _amiss(ruleset, invariant, after, own if ruleset.reaches[invariant.key].own else wide)


def _changed(before: Situation, after: Situation) -> frozenset[str] | None:
    """The machines and fields in which records differ; None where there are new ones."""
    found: set[str] = set()
    for record in after.changed():
        was = before.find(record.ref)
        if was is None:
            return None
        for held, had in ((record.statuses, was.statuses), (record.since, was.since), (record.lists, was.lists)):
            found.update(key for key in held if held[key] != had.get(key))
        found.update(key for key in record.values if record.values[key] != was.values.get(key))
    return frozenset(found)


def amiss(ruleset: Ruleset, situation: Situation, refs: Iterable[Ref]) -> Iterator[_Amiss]:
    """The invariants that do not hold of some records: each with the record, and the role it is asked in, if any."""
    nearby = tuple(refs)
    for invariant in ruleset.invariants:
        yield from _amiss(ruleset, invariant, situation, nearby)


def _amiss(ruleset: Ruleset, invariant: Invariant, situation: Situation, refs: Iterable[Ref]) -> Iterator[_Amiss]:
    records = (record for ref in refs if (record := situation.find(ref)))
    for ref in (record.ref for record in records if record.sort == invariant.on):
        for role in ruleset.roles if invariant.per_role else (None,):
            if still_amiss(ruleset, invariant, situation, ref, role):
                yield invariant, ref, role


def still_amiss(ruleset: Ruleset, invariant: Invariant, situation: Situation, ref: Ref, role: str | None) -> bool:
    """Whether an invariant does not hold of one record, asked in a role, if it is asked for each."""
    record = situation.find(ref)
    if record is None:
        return False
    scope = Scope(situation, record, record, only_role=role, terms=ruleset.terms)
    return invariant.never.holds(scope) is True


def near(situation: Situation) -> tuple[Ref, ...]:
    """What the act changed and all from whom it may be seen, with all they have.

    They are both people of every pair, and those behind every further record.
    """
    changed = situation.changed()
    personas = [persona for record in changed for persona in _personas(record, situation)]
    pairs = [pair for persona in personas for pair in situation.pairs_of(persona.ref)]
    partners = [side for pair in pairs for side in _personas(pair, situation)]
    own = [user for record in changed if record.ref.kind is Kind.RECORD for user in situation.people(record)]
    users = _unique((*(persona.links["user"] for persona in (*personas, *partners)), *own))
    shared = (situation.record(ref) for ref in belongings(users, situation) if ref.kind is Kind.RECORD)
    return _with_all(situation, _unique((*users, *(user for record in shared for user in situation.people(record)))))


def _with_all(situation: Situation, users: Sequence[Ref]) -> tuple[Ref, ...]:
    """What the act changed, and people with all they have."""
    return _unique((*(record.ref for record in situation.changed()), *users, *belongings(users, situation)))


def belongings(users: Iterable[Ref], situation: Situation) -> tuple[Ref, ...]:
    """All that people have: personas, pairs, and the records linked to them, to these and to one another."""
    people = list(users)
    personas = [persona.ref for user in people for persona in situation.personas_of(user)]
    pairs = [pair.ref for persona in personas for pair in situation.pairs_of(persona)]
    found = dict.fromkeys((*personas, *pairs))
    waiting = [*people, *found]
    while waiting:
        linked = [each.ref for each in situation.linked_to(waiting.pop()) if each.ref not in found]
        found |= dict.fromkeys(linked)
        waiting += linked
    return tuple(found)


def _unique(refs: Iterable[Ref]) -> tuple[Ref, ...]:
    return tuple(dict.fromkeys(refs))


def _personas(record: Record, situation: Situation) -> tuple[Record, ...]:
    if record.ref.kind is Kind.USER:
        return situation.personas_of(record.ref)
    if record.ref.kind is Kind.PERSONA:
        return (record,)
    if record.ref.kind is Kind.RECORD:
        return ()
    sides = (situation.find(ref) for ref in record.links.values())
    return tuple(side for side in sides if side is not None)
