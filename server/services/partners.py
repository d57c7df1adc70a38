"""What somebody wishes for, and whom they may name in it: also people they do not see, where the rules say so."""

from collections.abc import Mapping
from dataclasses import dataclass

from server.domain.actors import Caller
from server.domain.commands import Options
from server.domain.errors import NotFoundError
from server.engine.decide import may_be_named
from server.engine.facts import Facts, Ref
from server.engine.plan import Request
from server.services.access import actor_of
from server.services.records import Reached, load, missing, reached
from server.services.rulebook import Rulebook
from server.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done to one record. ``event``: what history calls the act, if not by its transition.

    ``to``: the status that it must lead to, where the transition was chosen by it.
    """

    transition: str
    subject: Ref
    answers: Mapping[str, str]
    options: Options
    partner: Ref | None = None
    role: str | None = None
    event: str | None = None
    to: str | None = None


def partner_of(work: UnitOfWork, rulebook: Rulebook, caller: Caller, wish: Wish, subject: Reached) -> Reached | None:
    """The partner that a wish names; None where there is none, or where it is not reached but could be named.

    The latter is settled by :func:`require_nameable` once the facts are there. Raises NotFoundError.
    """
    if wish.partner is None:
        return None
    try:
        return reached(work, rulebook, caller, wish.partner, "partner")
    except NotFoundError:
        if subject.ruleset.transitions[wish.transition].partners is None:
            raise
    if load(work, wish.partner, "partner").program_id != subject.program_id:
        raise missing(wish.partner, "partner")
    return None


def require_nameable(caller: Caller, wish: Wish, subject: Reached, roles: frozenset[str], facts: Facts) -> None:
    """Refuses an unseen partner whom the rules do not let this caller name, like one that does not exist."""
    actor = actor_of(caller, subject.program_id)
    request = Request(wish.transition, wish.subject, roles, partner=wish.partner, actor=actor)
    if wish.partner is not None and not may_be_named(subject.ruleset, request, facts):
        raise missing(wish.partner, "partner")
