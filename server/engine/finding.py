"""Who finds whom by a rule: records chosen for some actors, and what of a condition such a choice can ask.

A list is paged and counted by the database, so it is the database that asks these conditions: they can say only
what stands in it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from server.engine.conditions import (
    All,
    AnyOf,
    At,
    Condition,
    Count,
    Filled,
    Identical,
    Includes,
    Named,
    Not,
    OneOf,
    Same,
)
from server.engine.facts import Kind, Ref
from server.engine.memory import ONCE, Been
from server.engine.paths import Operand, Path, paths_in
from server.engine.values import Compare, Constant, Now, ValueOf


@dataclass(frozen=True, slots=True)
class Selection:
    """Records of a kind, chosen for those who have one of the roles of ``allow``.

    ``where``: what must hold of the record, which is ``self`` and ``this``; None: it is any. ``personal``: it asks of
    the actor, so that nothing is chosen for somebody without a record of their own.
    """

    kind: Kind
    allow: frozenset[str]
    where: Condition | None
    personal: bool = False

    def serves(self, roles: frozenset[str], actor: Ref | None) -> bool:
        """Whether anything can be chosen for somebody with these roles, and this record of their own."""
        return bool(self.allow & roles) and (actor is not None or not self.personal)


@dataclass(frozen=True, slots=True)
class Find:
    """A rule by which people find records that they do not see in full. ``sees``: the classes of field shown there."""

    chosen: Selection
    sees: frozenset[str]


def paths_of(part: Condition) -> tuple[Path, ...]:
    """The paths that one part of a condition follows itself."""
    compared = tuple(operand.path for operand in _operands_of(part) if isinstance(operand, ValueOf))
    match part:
        case Same(path, other):
            return (path, other)
        case Identical(path, others):
            return (path, *others)
        case At(path) | OneOf(path) | Includes(path) | Filled(path) | Been(path) | Count(path) | Compare(path):
            return (path, *compared)
        case _:
            return ()


def _operands_of(part: Condition) -> tuple[Operand, ...]:
    """The values that one part of a condition compares with."""
    match part:
        case Compare():
            return (part.operand,)
        case Count():
            return tuple(limit for limit in (part.at_least, part.at_most) if limit is not None)
        case _:
            return ()


def moved_in(part: Any, ways: Mapping[Path, Path]) -> Any:
    """One part of a condition with other paths in the place of those that it follows itself."""

    def moved(held: object) -> object:
        match held:
            case Path():
                return ways[held]
            case ValueOf(path):
                return ValueOf(ways[path])
            case tuple():
                return tuple(map(moved, held))
        return held

    return replace(part, **{each.name: moved(getattr(part, each.name)) for each in fields(part)})


def is_personal(condition: Condition) -> bool:
    """Whether a condition asks of the actor."""
    return any(path.start == "actor" for path in paths_in(condition))


ATTRIBUTES = frozenset({"role", "partner_site", "mentor_site_list"})
"""What records hold besides their statuses and the fields that a program declares."""
_LINKS = frozenset({"program", "site", "user", "partner", "match", "proposer"})
_LISTS = frozenset({"personas", "matches", "sides"})


def can_follow(path: Path, values: Collection[str], sides: frozenset[str]) -> bool:
    """Whether the database can go along a path. ``values``: the machines and fields that it keeps something of."""
    is_kept = path.value is None or path.value in ATTRIBUTES or path.value in values
    return is_kept and (path.many is None or path.many in _LISTS) and (_LINKS | sides).issuperset(path.links)


_ASKED = (All, AnyOf, Not, Named, At, OneOf, Includes, Same, Identical, Filled, Count, Compare)


def can_be_asked(part: Condition) -> bool:
    """Whether the database can ask one part of a condition, as far as it goes by its form."""
    if isinstance(part, Been):
        return part.recently.within is None and part.at_least == ONCE
    return isinstance(part, _ASKED) and all(isinstance(each, Constant | Now | ValueOf) for each in _operands_of(part))
