"""Which transitions two rulesets judge in the same way, whatever they are called and wherever they stand."""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace

from server.engine.conditions import All, AnyOf
from server.engine.effects import Fire
from server.engine.places import Place
from server.engine.questions import Check, Choice, Question
from server.engine.ruleset import PLATFORM, Caution, Requirement, Ruleset

_WORDS = frozenset({"label", "help", "text", "otherwise", "because", "colour", "description", "short", "position"})
"""What people read: no decision depends on it."""

_UNORDERED = (Choice, Question, Check, Requirement, Caution)
"""What may stand in any order."""


def logic(rule: object, *, spoken: bool = False) -> object:
    """What decisions depend on in a part of the rules, so that what judges alike is equal.

    ``spoken``: with all that people read. Where it stands in the file never counts.
    """
    if isinstance(rule, Place):
        return None
    if isinstance(rule, All | AnyOf):
        return type(rule).__name__, frozenset(logic(part, spoken=spoken) for part in rule.parts)
    if is_dataclass(rule):
        names = (each.name for each in fields(rule) if spoken or _decides(rule, each.name))
        return (type(rule).__name__, *((name, logic(getattr(rule, name), spoken=spoken)) for name in names))
    if isinstance(rule, Mapping):
        return frozenset((key, logic(value, spoken=spoken)) for key, value in rule.items())
    if isinstance(rule, tuple | list):
        found = tuple(logic(item, spoken=spoken) for item in rule)
        return frozenset(found) if all(isinstance(item, _UNORDERED) for item in rule) else found
    return rule


def _decides(rule: object, name: str) -> bool:
    return name not in _WORDS or (name == "text" and not isinstance(rule, Caution))


def altered(old: Ruleset, new: Ruleset) -> frozenset[str]:
    """The transitions of both that may turn out otherwise: by themselves, what follows, or all that is around.

    Not for who may press them, what they ask and when they happen by themselves: that shows without trying.
    """
    both = [key for key in old.transitions if key in new.transitions]
    if _around(old) != _around(new):
        return frozenset(both)
    own = {key for key in both if _turns_out(old, key) != _turns_out(new, key)}
    own |= set(old.transitions) ^ set(new.transitions)
    return frozenset(key for key in both if own & (follows(old, key) | follows(new, key)))


def _turns_out(ruleset: Ruleset, key: str) -> object:
    transition = ruleset.transitions[key]
    is_pressed, by_platform = transition.pressable, PLATFORM in transition.allow
    bare = replace(transition, allow=frozenset(), allow_if={}, asks=(), automatic=None, event=None)
    return logic(bare), is_pressed, by_platform


def _around(ruleset: Ruleset) -> object:
    """What every decision may depend on."""
    chained = frozenset(logic(transition) for transition, _ in ruleset.chained())
    parts = (ruleset.derived, ruleset.roles, ruleset.fields, ruleset.kinds, ruleset.events, ruleset.machines)
    invariants = frozenset(logic(invariant) for invariant in ruleset.invariants)
    return logic(parts), chained, invariants, ruleset.zone.key


def follows(ruleset: Ruleset, start: str) -> set[str]:
    """A transition and all that its effects fire, and what these fire."""
    found, waiting = {start}, [start]
    while waiting:
        transition = ruleset.transitions.get(waiting.pop())
        follows = transition.follows if transition else ()
        fired = {effect.transition for effect in follows if isinstance(effect, Fire)}
        waiting += fired - found
        found |= fired
    return found
