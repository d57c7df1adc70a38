"""What people can and cannot do any more under other rules: behaviour, not text."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace

from server.engine.cast import Cast, MissingError
from server.engine.facts import Facts
from server.engine.ruleset import Ruleset
from server.exploration.behaviour import Comparison
from server.exploration.catalogue import catalogued
from server.exploration.change import Change
from server.exploration.explorer import explore
from server.exploration.lens import START
from server.exploration.sameness import altered, follows, logic
from server.exploration.space import Limits, Space, strangers
from server.exploration.words import Teller

BRIEFLY = Limits(situations=90, seconds=None, personas=2, ahead=0)
"""How far each of the rulesets is explored for a comparison: always as far, so that it always says the same."""


def compare(old: Ruleset, new: Ruleset, limits: Limits = BRIEFLY) -> tuple[Change, ...]:
    """Every change of behaviour from one ruleset to another; none where only words and their order differ.

    First what the rules list, then what comes of trying: in the situations of the examples of both, and in those that
    can come about under either, every transition that may be decided otherwise is asked of both. ``limits.seconds``
    must be None: the outcome depends on nothing but the rules.
    """
    listed, touched = tuple(catalogued(old, new)), altered(old, new)
    if not touched and not any(_shows(change) for change in listed):
        return listed
    spaces = (explore(old, limits, lambda: 0.0), explore(new, limits, lambda: 0.0))
    comparison = Comparison(old, new, (spaces[0].lens, spaces[1].lens), touched)
    found = (*comparison.changes(_situations(spaces)), *comparison.meetings(_meetings(spaces)))
    tried = tuple({(change.code, change.text): change for change in reversed(found)}.values())[::-1]
    return (*(_shown(change, spaces) for change in listed), *tried, *_unseen(old, new, (*listed, *tried)))


def _situations(spaces: Iterable[Space]) -> Iterator[Facts]:
    for space in spaces:
        yield from (node.facts for node in space.settled())
    for ruleset in (space.ruleset for space in spaces):
        for example in ruleset.examples:
            with suppress(MissingError):
                yield Facts(Cast(ruleset, example).records(example, START), START)


def _meetings(spaces: Iterable[Space]) -> Iterator[Facts]:
    for space in spaces:
        yield from strangers(node.facts for node in space.settled())


def _shows(change: Change) -> bool:
    """Whether a change that the rules list is about what somebody does."""
    return change.transition is not None and change.code not in {"renamed", "reworded"}


def _shown(change: Change, spaces: tuple[Space, Space]) -> Change:
    """A change that the rules list, with the first situation in which somebody does what it is about."""
    gone = change.code in {"transition-gone", "may-no-longer", "asks-no-longer"}
    space = spaces[0] if gone else spaces[1]
    edges = (edge for node in space.nodes.values() for edge in node.edges if edge.origin.partner is None)
    first = next((edge for edge in edges if edge.origin.act.transition == change.transition), None)
    if not _shows(change) or first is None:
        return change
    facts, teller = first.origin.node.facts, Teller(space.ruleset)
    labels = [space.ruleset.actors[key].label for key in change.actors if key in space.ruleset.actors]
    said = teller.act(first.origin.act, facts, labels[0] if labels else None)
    return replace(change, example=f"{teller.situation(facts)}. {said}")


def _unseen(old: Ruleset, new: Ruleset, seen: tuple[Change, ...]) -> Iterator[Change]:
    """The transitions that are judged otherwise although nothing was found in which it shows."""
    told = {key for change in seen for key in _with_all_that_follows(old, new, change.transition)}
    for key, transition in new.transitions.items():
        if key in old.transitions and key not in told and logic(old.transitions[key]) != logic(transition):
            text = f"{transition.label} is judged otherwise; no situation was found in which it shows."
            yield Change("otherwise", text, key)


def _with_all_that_follows(old: Ruleset, new: Ruleset, transition: str | None) -> set[str]:
    return set() if transition is None else follows(old, transition) | follows(new, transition)
