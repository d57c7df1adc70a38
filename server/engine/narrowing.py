"""What must hold of a record that a button is possible on, or that breaks an invariant, as far as the database can ask.

It is necessary and no more: it spares the engine those whom it leaves out, and the engine judges who is left.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from server.engine.conditions import All, AnyOf, At, Condition, Count, Named, Not, OneOf
from server.engine.facts import Kind
from server.engine.finding import can_be_asked, can_follow, is_personal, moved_in, paths_of
from server.engine.memory import Been
from server.engine.paths import Path
from server.engine.ruleset import OWNER, Invariant, Ruleset, Transition

_Bounds = tuple[Condition | None, Condition | None]
"""Something that holds wherever a condition does or may, and something that holds only where it does; None: nothing."""

_NOTHING: _Bounds = (None, None)
NOBODY = AnyOf(())
"""Holds of no record."""


def necessary(ruleset: Ruleset, transition: Transition, roles: frozenset[str], *, has_record: bool) -> Condition:
    """What holds of every record on which somebody with these roles finds a button that is possible.

    It is asked of the record that the button is on. ``has_record``: whether who asks has a record of their own.
    """
    allowed = transition.allow & roles
    if not transition.pressable or not (allowed or OWNER in roles):
        return NOBODY
    of_persona = ruleset.ends(transition)[0] == Kind.PERSONA
    wanted = ruleset.roles_for(transition)
    parts: list[Condition] = []
    if transition.creates is None:
        parts.append(OneOf(Path(transition.machine, value=transition.machine), transition.sources))
    if of_persona and wanted is not None:
        parts.append(_of_role(*wanted))
    conditional = OWNER not in roles and allowed <= transition.allow_if.keys()
    who = AnyOf(tuple(transition.allow_if[role] for role in sorted(allowed))) if conditional else All(())
    asked = All((*(requirement.that for requirement in transition.requires), who))
    return All((*parts, *_asked(ruleset, transition, asked, has_record=has_record)))


def suspected(ruleset: Ruleset, invariant: Invariant) -> Condition | None:
    """What holds of every record that breaks an invariant; None: it may be any record of the kind."""
    of_further = invariant.on in ruleset.kinds
    return _Weakening(ruleset, has_record=False, of_further=of_further).bounds(invariant.never)[0]


def _of_role(*roles: str) -> OneOf:
    return OneOf(Path("role", value="role"), frozenset(roles))


def _asked(ruleset: Ruleset, transition: Transition, asked: Condition, *, has_record: bool) -> Iterator[Condition]:
    """What the conditions of a transition come to on the record that it is offered on."""
    if transition.creates is Kind.PAIR:
        sides = {role: _Weakening(ruleset, has_record, False, role).bounds(asked)[0] for role in ruleset.roles}
        yield AnyOf(tuple(All((_of_role(role), *([] if weak is None else [weak]))) for role, weak in sides.items()))
        return
    kind, of_further = ruleset.kinds.get(transition.creates or ""), ruleset.ends(transition)[0] in ruleset.kinds
    weak, _ = _Weakening(ruleset, has_record, of_further, next(iter(kind.links)) if kind else None).bounds(asked)
    if weak is not None:
        yield weak


@dataclass(frozen=True, slots=True)
class _Weakening:
    """Reads what is asked of one record as something to ask of the record that the button is on.

    ``link``: how a record that is still to be made leads to it; None: it is the same record. ``of_further``: whether it
    is of a declared kind. ``at_root``: whether ``self`` is the record asked; ``listed``: whether it is one of a list,
    around which less is known to the engine.
    """

    ruleset: Ruleset
    has_record: bool
    of_further: bool
    link: str | None = None
    at_root: bool = True
    listed: bool = False

    def bounds(self, condition: Condition) -> _Bounds:
        """The two bounds of a condition; where they are the same, it is the condition itself."""
        match condition:
            case Named(_, part):
                return self.bounds(part)
            case Not(part):
                weak, strong = self.bounds(part)
                return (None if strong is None else Not(strong)), (None if weak is None else Not(weak))
            case All(parts):
                every = [self.bounds(part) for part in parts]
                return All(_known(weak for weak, _ in every)), _whole(All, [strong for _, strong in every])
            case AnyOf(parts):
                every = [self.bounds(part) for part in parts]
                return _whole(AnyOf, [weak for weak, _ in every]), AnyOf(_known(strong for _, strong in every))
        return self._elsewhere(condition)

    def _elsewhere(self, condition: Condition) -> _Bounds:
        """What is asked of other records than the one at hand, and what has no parts."""
        if isinstance(condition, Count):
            return self._count(condition)
        if not isinstance(condition, At):
            return self._part(condition)
        to, (weak, strong) = self._moved(condition.path), replace(self, at_root=False).bounds(condition.condition)
        if to is None:
            return _NOTHING
        return (None if weak is None else At(to, weak)), (None if strong is None else At(to, strong))

    def _count(self, condition: Count) -> _Bounds:
        if self.listed:
            return _NOTHING
        where = condition.where
        weak, strong = (where, where) if where is None else replace(self, at_root=False, listed=True).bounds(where)
        if weak != strong or (weak is None and where is not None):
            return _NOTHING
        return self._part(replace(condition, where=weak))

    def _part(self, part: Condition) -> _Bounds:
        """One part without others inside, or a list whose records are asked what the database can ask."""
        if not can_be_asked(part) or (is_personal(part) and not self.has_record):
            return _NOTHING
        ways = {path: self._moved(path) for path in paths_of(part)}
        if None in ways.values():
            return _NOTHING
        found = moved_in(part, {path: to for path, to in ways.items() if to is not None})
        # In the database there is also the history of what was taken back.
        return found, (None if isinstance(part, Been) else found)

    def _moved(self, path: Path) -> Path | None:
        """The same way, from the record with the button; None where the database, or the engine, cannot go it."""
        ruleset = self.ruleset
        if not can_follow(path, {*ruleset.machines, *ruleset.fields}, frozenset(ruleset.roles)):
            return None
        if self.listed and (path.many or not {"match", "partner"}.isdisjoint(path.links)):
            return None
        if path.start == "actor" or (path.start == "self" and not self.at_root):
            return path
        if path.start == "created":
            return None
        links = path.links
        if self.link is not None:
            if links[:1] != (self.link,):
                return None
            links = links[1:]
        # What a program calls the links of its own kinds, the database follows from no statement.
        is_far = self.of_further and links not in {(), ("program",)}
        return None if is_far else replace(path, links=links)


def _known(parts: Iterator[Condition | None]) -> tuple[Condition, ...]:
    return tuple(part for part in parts if part is not None)


def _whole(made: type[All] | type[AnyOf], parts: list[Condition | None]) -> Condition | None:
    return None if None in parts else made(_known(iter(parts)))
