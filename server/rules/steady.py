"""What becomes of values that are worked out while transitions move other things: which of them could change."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass

from server.engine.paths import Path
from server.engine.ruleset import Ruleset


def changing(ruleset: Ruleset, moved: Iterable[str]) -> frozenset[str]:
    """What could change when machines and fields are moved: these, and the values that are worked out from them."""
    found = frozenset(moved)
    while more := {
        key
        for key, value in ruleset.derived.items()
        if key not in found and not found.isdisjoint(_looked_at(value.formula))
    }:
        found |= more
    return found


def _looked_at(part: object) -> Iterator[str]:
    """The machines, fields and other values that a formula, or a part of one, looks at."""
    if isinstance(part, Path) and part.value is not None:
        yield part.value
    inner = part if isinstance(part, tuple) else ()
    if is_dataclass(part) and not isinstance(part, type):
        inner = tuple(getattr(part, each.name) for each in fields(part))
    for each in inner:
        yield from _looked_at(each)
