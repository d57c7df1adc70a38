"""Looks at each record that an edit may concern: who has a button now, and would have none any more."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial

from server.engine.decide import open_button
from server.engine.facts import Facts, Ref, Sort
from server.engine.impact import Affected, Loss
from server.engine.relocation import as_moved
from server.engine.ruleset import Ruleset
from server.exploration.sameness import altered
from server.store.cases import facts as load_facts
from server.store.populations import records_of
from server.store.sessions import Session, Store

BATCH = 200
"""How many records are looked at with a constant number of statements."""

Progress = Callable[[int, int], None]
"""Is told how many records have been looked at, and how many there are."""


def lost_buttons(
    store: Store, program_id: int, before: Ruleset, after: Ruleset, *, now: datetime, progress: Progress
) -> tuple[Affected, ...]:
    """The records with a button that anybody may press as things stand, and with none under the rules that follow.

    They are told by the status in which they would be left. Left out is whoever is in a status that is gone.
    """
    sorts = _concerned(before, after)
    refs = store.query_now(
        lambda session: [ref for sort in sorts for ref in records_of(session.connection, program_id, sort)]
    )
    found: defaultdict[tuple[str, str], defaultdict[str | None, int]] = defaultdict(lambda: defaultdict(int))
    for start in range(0, len(refs), BATCH):
        batch = refs[start : start + BATCH]
        there, then = store.query_now(partial(_facts, rulesets=(before, after), refs=batch, now=now))
        for status, role in _losses(batch, (before, there), (after, as_moved(after, then))):
            found[status][role] += 1
        progress(min(start + BATCH, len(refs)), len(refs))
    return tuple(Affected(Loss.BUTTON, after.status(*status), dict(found[status])) for status in _ordered(after, found))


def _facts(session: Session, rulesets: Iterable[Ruleset], refs: Sequence[Ref], now: datetime) -> list[Facts]:
    return [load_facts(session.connection, ruleset, refs, now) for ruleset in rulesets]


def _concerned(before: Ruleset, after: Ruleset) -> Sequence[Sort]:
    """The kinds of record that have a button which may turn out otherwise."""
    ways = [before.transitions[key] for key in altered(before, after) if key in before.transitions]
    sorts = {before.ends(way)[0] for way in ways if way.pressable and way.offered}
    return [sort for sort in dict.fromkeys(machine.owner for machine in after.machines.values()) if sort in sorts]


def _losses(
    refs: Sequence[Ref], before: tuple[Ruleset, Facts], after: tuple[Ruleset, Facts]
) -> Iterator[tuple[tuple[str, str], str | None]]:
    """Machine, status and role of each record that has a button before, and none after."""
    (old, there), (new, then) = before, after
    for ref in refs:
        record = then.records.get(ref)
        if record is None or any(key not in new.machines[m].statuses for m, key in record.statuses.items()):
            continue
        had = None if open_button(new, ref, then) else open_button(old, ref, there)
        if had is not None:
            machine = had.machine if had.machine in record.statuses else next(iter(record.statuses))
            yield (machine, record.statuses[machine]), record.values.get("role")


def _ordered(ruleset: Ruleset, found: Mapping[tuple[str, str], object]) -> Iterator[tuple[str, str]]:
    every = ((machine.key, status) for machine in ruleset.machines.values() for status in machine.statuses)
    return (each for each in every if each in found)
