"""How far invariants look: at which values, and whether past the people whose records they are about."""

from collections.abc import Collection
from dataclasses import dataclass

from server.engine.conditions import Condition, within
from server.engine.facts import Kind, Sort
from server.engine.memory import Did
from server.engine.paths import Path, paths_in

_HOPS = frozenset({"program", "site", "user"})
_LISTS = frozenset({None, "personas"})
_BY_PAIR = frozenset({"match", "partner"})


@dataclass(frozen=True, slots=True)
class Reach:
    """What a condition on a record looks at.

    ``own``: at nothing but what the people have whose record it is; a pair belongs to both its people. ``values``: the
    machines and fields on which it depends, beside which records there are; None where that is not certain.
    """

    own: bool
    values: frozenset[str] | None

    def depends_on(self, changed: frozenset[str]) -> bool:
        """Whether what it says may be otherwise once some values are."""
        return self.values is None or not self.values.isdisjoint(changed)


def reach(condition: Condition, on: Sort, roles: Collection[str], derived: Collection[str]) -> Reach:
    """How far a condition on a kind of record looks. ``roles``: the sides of pairs; ``derived``: what is worked out."""
    paths = tuple(paths_in(condition))
    certain = not any(path.value in derived for path in paths)
    return Reach(certain and _is_own(paths, on, roles), _values(paths, condition) if certain else None)


def _is_own(paths: tuple[Path, ...], on: Sort, roles: Collection[str]) -> bool:
    if on in {Kind.USER, Kind.PERSONA}:
        hops, lists = _HOPS | {"match"}, _LISTS | {"matches"}
    elif on == Kind.PAIR:
        hops, lists = _HOPS.union(roles), _LISTS | {"sides"}
    else:
        return False
    return all(p.start in {"self", "this"} and hops.issuperset(p.links) and p.many in lists for p in paths)


def _values(paths: tuple[Path, ...], condition: Condition) -> frozenset[str] | None:
    """Which pair is somebody's present one depends on its status, and so do records that count as removed."""
    by_status = any(path.many not in {*_LISTS, "matches", "sides"} or _BY_PAIR & {*path.links} for path in paths)
    if by_status or any(isinstance(part, Did) for part in within(condition)):
        return None
    return frozenset(word for path in paths for word in (path.value, *path.links) if word is not None)
