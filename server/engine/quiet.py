"""What is no error though nothing changes: a repeated click, a named unmet condition, a record that is there."""

from collections.abc import Sequence

from server.engine.facts import Kind, Record, Ref
from server.engine.moves import Move
from server.engine.paths import Scope
from server.engine.plan import Blocker


def is_quiet(move: Move, blockers: Sequence[Blocker]) -> bool:
    """Whether all that is in the way of a move is what its transition passes over in silence."""
    own = (blocker.code in move.transition.quiet and blocker.chain == move.chain for blocker in blockers)
    return bool(blockers) and all(own)


def existing(move: Move, scope: Scope) -> Ref | None:
    """The record instead of which a move needs to create none: the latest, if there are several."""
    wanted, created = move.transition.existing, move.created
    if wanted is None or created is None:
        return None
    found = [each for each in _alike(created, scope) if wanted.holds(scope.at(each)) is True]
    return found[-1].ref if found else None


def _alike(created: Record, scope: Scope) -> list[Record]:
    """The records of the same kind and owner: personas of the user in that role, those between or of the same."""
    if created.ref.kind is Kind.PERSONA:
        role = created.values["role"]
        return [each for each in scope.situation.personas_of(created.links["user"]) if each.values["role"] == role]
    one, situation = next(iter(created.links.values())), scope.situation
    theirs = situation.pairs_of(one) if created.ref.kind is Kind.PAIR else situation.linked_to(one)
    return [each for each in theirs if (each.sort, each.links) == (created.sort, created.links)]
