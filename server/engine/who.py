"""Who may press, in words: what a condition on the actor says, as people would say it."""

from server.engine.conditions import All, AnyOf, Condition, Identical, Named, Not
from server.engine.paths import Path
from server.engine.ruleset import Ruleset

_ONESELF = "the person themselves"
_PHRASES = {
    (): _ONESELF,
    ("user",): _ONESELF,
    ("partner", "user"): "the partner",
    ("proposer",): "whoever proposed it",
    ("match", "proposer"): "whoever proposed it",
    ("author",): "whoever made it",
}


def who(label: str, condition: Condition | None, ruleset: Ruleset) -> str:
    """An actor of a transition's ``allow``: its label, or the people whom its condition leaves.

    What a condition says of anything but people stays unsaid: only that there is more to it.
    """
    if condition is None:
        return label
    return _people(condition, ruleset) or f"{label}, under a condition of the rules"


def _people(condition: Condition, ruleset: Ruleset) -> str | None:
    match condition:
        case Identical(Path(start="actor", links=()), others):
            return " or ".join(dict.fromkeys(_person(path, ruleset) for path in others))
        case Named(_, inner):
            return _people(inner, ruleset)
        case AnyOf(parts):
            every = [_people(part, ruleset) for part in parts]
            return None if None in every else " or ".join(said for said in every if said)
        case Not(part):
            but = _people(part, ruleset)
            return but and f"anybody but {but}"
        case All(parts):
            return _all(parts, ruleset)
        case _:
            return None


def _all(parts: tuple[Condition, ...], ruleset: Ruleset) -> str | None:
    """Whoever is meant, then who of them is not, then that there is more to it."""
    are = [_people(part, ruleset) for part in parts if not isinstance(part, Not)]
    not_ = [_people(part.part, ruleset) for part in parts if isinstance(part, Not)]
    meant = " and also ".join(said for said in are if said)
    but = " or ".join(said for said in not_ if said)
    if not meant and not but:
        return None
    more = ", under a condition of the rules" if None in (*are, *not_) else ""
    if not meant:
        return f"anybody but {but}{more}"
    return f"{meant}, but not {but}{more}" if but else f"{meant}{more}"


def _person(path: Path, ruleset: Ruleset) -> str:
    if path.value is not None:
        return f"whoever is named as {ruleset.fields[path.value].label}"
    *before, side, last = ("", "", *path.links)
    if last == "user" and side in ruleset.roles:
        return f"the {ruleset.roles[side].label.lower()} of {'the' if any(before) else 'this'} match"
    named = {name for kind in ruleset.kinds.values() for name in kind.links}
    if path.links and path.links[0] in named and path.links[1:] in {(), ("user",)}:
        return f"whom it names as {path.links[0]}"
    return _PHRASES.get(path.links, path.text)
