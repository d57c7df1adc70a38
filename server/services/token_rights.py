"""Who may hand out which roles: nobody one that is wider than their own."""

from collections.abc import Iterable

from server.domain.access import Reach
from server.domain.actors import Caller
from server.domain.vocabulary import Acts
from server.engine.ruleset import OWNER, PLATFORM, Ruleset
from server.services.access import reach_of
from server.services.acts import labels_of
from server.services.rulebook import Rulebook

_WIDTHS = {reach: width for width, reach in enumerate((Reach.NONE, Reach.SELF, Reach.SITE, Reach.PROGRAM, Reach.ALL))}
_OWNERS = len(_WIDTHS)
"""Wider than everything."""
_NOTHING = -1


def rights(rulebook: Rulebook, caller: Caller) -> bool:
    """Whether a caller may hand out anything anywhere."""
    where = (None, *(program.id for program in rulebook.programs))
    return any(widest(rulebook, caller, program) > _NOTHING for program in where)


def may_hand_out(rulebook: Rulebook, caller: Caller, program_id: int | None, roles: Iterable[str]) -> bool:
    """Whether a caller may hand out all these roles in a program; None: in every program at once."""
    limit, ruleset = widest(rulebook, caller, program_id), rules_of(rulebook, program_id)
    return limit > _NOTHING and all(width(ruleset, role) <= limit for role in roles)


def rules_of(rulebook: Rulebook, program_id: int | None) -> Ruleset:
    """The rules by which roles are read in a program; for every program, or one no longer served, the base ones."""
    served = {program.id for program in rulebook.programs}
    return rulebook.ruleset(program_id if program_id in served else rulebook.program(None).id)


def width(ruleset: Ruleset, role: str) -> int:
    """How wide a role is, by its scope; one that the rules do not know reaches nothing."""
    if role in {OWNER, PLATFORM}:
        return _OWNERS
    actor = ruleset.actors.get(role)
    return _WIDTHS[Reach(actor.scope)] if actor else _WIDTHS[Reach.SELF]


def widest(rulebook: Rulebook, caller: Caller, program_id: int | None) -> int:
    """How wide the roles are that a caller may hand out in a program; less than anything: none.

    The owner may hand out all. Others need a role that the rules' ``manage_tokens`` names and that
    reaches the whole program; in every program at once, one whose scope is all.
    """
    ruleset = rules_of(rulebook, program_id)
    if OWNER in caller.roles and caller.program_id in {None, program_id}:
        return _OWNERS
    own = [role for role in caller.roles & ruleset.acts.get(Acts.MANAGE_TOKENS, frozenset()) if role != PLATFORM]
    if program_id is None:
        wide = [role for role in own if caller.program_id is None and width(ruleset, role) >= _WIDTHS[Reach.ALL]]
    else:
        wide = [role for role in own if reach_of(ruleset, caller, program_id, role).whole]
    return max((width(ruleset, role) for role in wide), default=_NOTHING)


def label(ruleset: Ruleset) -> str:
    """Who may hand out roles, in words."""
    return labels_of(ruleset, ruleset.acts.get(Acts.MANAGE_TOKENS, frozenset()) | {OWNER})
