"""What rules look at beyond people: the program and its sites, which many of them share."""

from server.engine.facts import SURROUNDINGS, Kind
from server.engine.paths import paths_in
from server.engine.ruleset import Ruleset, Transition


def looked_at(ruleset: Ruleset) -> frozenset[Kind]:
    """Those of program and site that have statuses or fields, or to which some path of the rules leads."""
    own = (kind for kind in SURROUNDINGS if ruleset.machines_of(kind) or ruleset.fields_of(kind))
    return frozenset(own) | _passed(ruleset, ruleset)


def looks_around(ruleset: Ruleset, transition: Transition) -> bool:
    """Whether what makes a transition happen, or what it requires, depends on the program or a site of its record."""
    return bool(_passed(ruleset, (transition.automatic, transition.requires, transition.cases)))


def _passed(ruleset: Ruleset, rules: object) -> frozenset[Kind]:
    """The kinds that paths pass through, also those of the values that are worked out on the way."""
    seen: set[str] = set()
    links: set[str] = set()
    waiting = list(paths_in(rules))
    while waiting:
        path = waiting.pop()
        links |= set(path.links)
        derived = ruleset.derived.get(path.value or "")
        if derived is not None and derived.key not in seen:
            seen.add(derived.key)
            waiting += paths_in(derived.formula)
    return frozenset(kind for kind in SURROUNDINGS if kind in links)
