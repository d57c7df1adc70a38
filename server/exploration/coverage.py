"""Whether anybody would notice a change of the rules: an example, an invariant, or else nobody."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from server.engine.decide import decide
from server.engine.facts import Facts, Kind, Ref
from server.engine.plan import Plan, Refusal, Request
from server.engine.rehearsal import rehearse
from server.engine.ruleset import PLATFORM, Ruleset, Transition
from server.exploration.acts import Acts, presses
from server.exploration.sameness import altered
from server.exploration.space import Space, strangers

_NEAREST = 150
"""In how many situations a change is tried."""

_LOOKED_AT = 40
"""Among how many differences the plainest is looked for: what goes through, else what is refused for fewest reasons."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An act that goes otherwise under the changed rules. ``actor``: as whom it is done; ``decision``: as it is now."""

    facts: Facts
    request: Request
    actor: str
    decision: Plan | Refusal


class Coverage:
    """Tries changed rules in the situations that were explored."""

    def __init__(self, space: Space) -> None:
        self._ruleset, self._acts = space.ruleset, Acts(space.ruleset, space.lens)
        told = (node.facts for node in space.settled() if _can_be_told(node.facts))
        self._situations = list(islice(told, _NEAREST))
        self._meetings = list(strangers(self._situations))

    def missed(self, changed: Ruleset, transition: str | None) -> Shown | None:
        """An act that would go otherwise, and that no example and no invariant notices; None where there is none."""
        if any(rehearse(changed, example) for example in changed.examples):
            return None
        keys = altered(self._ruleset, changed) | ({transition} if transition else set())
        differing = self._differing(changed, [key for key in self._ruleset.transitions if key in keys])
        nearest = list(islice(differing, _LOOKED_AT))
        best = min(nearest, key=_reasons, default=None)
        if best is None or _is_stopped(decide(changed, best.request, best.facts)):
            return None
        return best

    def _differing(self, changed: Ruleset, keys: Sequence[str]) -> Iterator[Shown]:
        for key in (key for key in keys if key in changed.transitions):
            transition = self._ruleset.transitions[key]
            if not presses(self._ruleset, transition) or transition.creates == Kind.USER:
                continue
            meets = len(self._ruleset.ends(transition)) > 1
            for facts in self._meetings if meets else self._situations:
                yield from self._in(facts, changed, transition)

    def _in(self, facts: Facts, changed: Ruleset, transition: Transition) -> Iterator[Shown]:
        every = [ref for ref, record in facts.records.items() if record.sort == self._ruleset.ends(transition)[0]]
        for subject in every:
            for partner in self._acts.partners(transition, facts, subject):
                yield from self._of(facts, changed, transition, subject, partner)

    def _of(
        self, facts: Facts, changed: Ruleset, transition: Transition, subject: Ref, partner: Ref | None
    ) -> Iterator[Shown]:
        for tried in self._acts.tried(facts, transition, subject, partner):
            for actor in self._actors(transition) if tried.act.request else ():
                request = replace(tried.act.request or Request("", subject, frozenset()), roles=frozenset({actor}))
                now, then = (decide(rules, request, tried.facts) for rules in (self._ruleset, changed))
                if _came_to(now) != _came_to(then):
                    yield Shown(tried.facts, request, actor, now)

    def _actors(self, transition: Transition) -> list[str]:
        """Those as whom a story can be told: whoever may, whatever the record."""
        by_event = self._ruleset.events.get(transition.event or "", frozenset())
        allowed = transition.allow - set(transition.allow_if) if transition.pressable else by_event
        return [key for key in self._ruleset.actors if key in allowed - {PLATFORM}]


def _can_be_told(facts: Facts) -> bool:
    """Whether an example can begin so: with one persona of each role of everybody, and no records of declared kinds."""
    roles = [
        (record.links["user"], record.values.get("role"))
        for record in facts.records.values()
        if record.ref.kind is Kind.PERSONA
    ]
    pairs = sum(ref.kind is Kind.PAIR for ref in facts.records)
    return len(roles) == len(set(roles)) and pairs <= 1 and not any(ref.kind is Kind.RECORD for ref in facts.records)


def _came_to(decision: Plan | Refusal) -> object:
    if isinstance(decision, Plan):
        changes = [(c.subject, c.machine, c.after) for c in decision.changes if c.before != c.after]
        codes = frozenset(warned.code for warned in decision.warnings)
        return frozenset(changes), tuple(each.kind for each in decision.creations), codes, decision.settings
    return refused_with(decision)


def refused_with(refusal: Refusal) -> frozenset[str]:
    """The codes of a refusal."""
    codes = [*(each.code for each in refusal.blockers), *(each.code for each in refusal.problems)]
    return frozenset((*codes, *(each.code for each in refusal.unconfirmed)))


def _reasons(shown: Shown) -> int:
    return 0 if isinstance(shown.decision, Plan) else len(refused_with(shown.decision))


def _is_stopped(decision: Plan | Refusal) -> bool:
    return isinstance(decision, Refusal) and "INVARIANT" in refused_with(decision)
