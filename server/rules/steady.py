"""What becomes of values that are worked out while transitions move other things: which of them could change."""

from collections.abc import Iterable

from server.engine.paths import paths_in
from server.engine.ruleset import Ruleset


def changing(ruleset: Ruleset, moved: Iterable[str]) -> frozenset[str]:
    """What could change when machines and fields are moved: these, and the values that are worked out from them."""
    found = frozenset(moved)
    while more := {
        key
        for key, value in ruleset.derived.items()
        if key not in found and any(path.value in found for path in paths_in(value.formula))
    }:
        found |= more
    return found
