"""The transition that must be possible on the records of a list, checked against the rules."""

from server.engine.facts import Kind, kind_of
from server.engine.ruleset import Ruleset
from server.graphql.arguments import bad_input, known
from server.services.records import called
from server.services.spelling import suggestion

_LISTS = {Kind.USER: "users", Kind.PERSONA: "personas", Kind.PAIR: "matches", Kind.RECORD: "records"}


def button(rules: Ruleset, kind: Kind, key: str | None) -> str | None:
    """The key, where somebody can press that transition on records of a kind; None where none is asked for.

    Raises BAD_USER_INPUT for any other.
    """
    if not key:
        return None
    known("transition", key, rules.transitions)
    transition = rules.transitions[key]
    pressed = [each.id for each in rules.transitions.values() if each.pressable and each.offered]
    if key not in pressed:
        raise bad_input(f"{transition.label} ({key}) is no button: nobody presses it. {suggestion(key, pressed)}")
    ends = rules.ends(transition)
    if not ends:
        raise bad_input(f"{transition.label} brings somebody in: there is nobody yet on whom it is possible.")
    if kind_of(ends[0]) is not kind:
        where = _LISTS.get(kind_of(ends[0]))
        hint = f"give canDo in the filter of {where}" if where else "look at its availableTransitions"
        raise bad_input(f"{transition.label} acts on a {called(ends[0])}: {hint}.")
    return key
