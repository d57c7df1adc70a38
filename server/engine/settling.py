"""What follows from an act because it has become true: transitions that happen as soon as a condition holds."""

from collections.abc import Iterator

from server.engine.automatic import When
from server.engine.cascade import DEPTH_LIMIT, Cascade, endless
from server.engine.conditions import Condition
from server.engine.facts import Kind, Record, Ref
from server.engine.invariants import near
from server.engine.moves import AS_PLATFORM, Judge, Move
from server.engine.plan import Blocker
from server.engine.ruleset import Ruleset, Transition

CHAIN_LIMIT = 256
"""How many moves an act may set off in this way: the second lock, for the check of the rules file refuses circles."""

_Ready = tuple[Ref, Transition]


def settle(ruleset: Ruleset, cascade: Cascade, transition: Transition) -> tuple[Blocker, ...]:
    """Carries out what the act has made true, one after the other, to the end; or returns what is in the way.

    Looked at are the records that changed and their relatives, as far as everything about them is known, in creation
    order, and of each the transitions in the order of the file. Every move follows from the one that made it
    possible. ``transition``: the act itself.
    """
    chained = ruleset.chained()
    causes: dict[tuple[Ref, str], int] = {}
    chains: dict[int, tuple[str, ...]] = {0: (transition.id,)}
    cause = 0
    for _ in range(CHAIN_LIMIT if chained else 0):
        ready = list(_ready(ruleset, cascade, chained))
        if not ready:
            return ()
        for ref, found in ready:
            causes.setdefault((ref, found.id), cause)
        ref, found = ready[0]
        origin, cause = causes.pop((ref, found.id)), len(cascade.changes)
        chain = chains[origin]
        if len(chain) > DEPTH_LIMIT:
            return endless(found.place, chain)
        chains[cause] = (*chain, found.id)
        move = cascade.judge.ways(Move(found, cascade.situation.record(ref), AS_PLATFORM, chain=chain))[0]
        blockers = cascade.carry_out(move, origin)
        if blockers:
            return blockers
    return endless(transition.place, ()) if chained else ()


def _ready(ruleset: Ruleset, cascade: Cascade, chained: tuple[tuple[Transition, When], ...]) -> Iterator[_Ready]:
    situation = cascade.situation
    for ref in sorted(near(situation), key=lambda ref: (list(Kind).index(ref.kind), ref.id < 0, abs(ref.id))):
        record = situation.record(ref)
        if not all(situation.is_whole(person) for person in situation.people(record)):
            continue
        for transition, when in chained:
            if ruleset.machines[transition.machine].owner == record.sort and is_ready(
                cascade.judge, transition, record, when.condition
            ):
                yield ref, transition


def is_ready(judge: Judge, transition: Transition, record: Record, condition: Condition | None = None) -> bool:
    """Whether the platform may carry a transition out now: from its status, with all it requires certain.

    ``condition``: what must hold besides.
    """
    if record.statuses.get(transition.machine) not in transition.sources:
        return False
    move = judge.ways(Move(transition, record, AS_PLATFORM))[0]
    scope = judge.scope(move)
    wanted = (*(requirement.that for requirement in transition.requires), *([condition] if condition else []))
    return all(each.holds(scope) is True for each in wanted) and not judge.blockers(move)
