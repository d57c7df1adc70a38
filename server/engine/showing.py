"""Who sees a field of a record: by class where a role reaches it, or because a rule finds it or shows the field."""

from dataclasses import dataclass

from server.engine.facts import SURROUNDINGS, Facts, Ref, Situation
from server.engine.finding import Selection
from server.engine.paths import Scope
from server.engine.ruleset import OWNER, Field, Ruleset


@dataclass(frozen=True, slots=True)
class Onlooker:
    """Somebody looking at a record: with all their roles, those of them that reach it, and their own record."""

    roles: frozenset[str]
    reaching: frozenset[str]
    actor: Ref | None


def shows(ruleset: Ruleset, facts: Facts, field: Field, ref: Ref, who: Onlooker) -> bool:
    """Whether the field is shown, all of the program being at hand."""
    by_role = {word for role in who.reaching for word in ruleset.actors[role].sees}
    found = [find for find in ruleset.finds.values() if _chooses(ruleset, facts, find.chosen, ref, who)]
    classes = by_role.union(*(find.sees for find in found))
    by_rule = any(_chooses(ruleset, facts, selection, ref, who) for selection in field.shown_to)
    is_around = ref.kind in SURROUNDINGS and field.sees == "public"
    return OWNER in who.reaching or field.sees in classes or by_rule or is_around


def _chooses(ruleset: Ruleset, facts: Facts, selection: Selection, ref: Ref, who: Onlooker) -> bool:
    if selection.kind is not ref.kind or not selection.serves(who.roles, who.actor):
        return False
    record = facts.records[ref]
    scope = Scope(Situation(facts), record, record, terms=ruleset.terms, actor=who.actor)
    return selection.where is None or selection.where.holds(scope) is True
