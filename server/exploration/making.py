"""Findings on what is made: twice, or otherwise if records had been made in another order."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice

from server.engine.decide import decide
from server.engine.facts import Facts, Kind, Ref
from server.engine.plan import Plan
from server.engine.ruleset import Transition
from server.engine.world import applied
from server.exploration.acts import without_fills
from server.exploration.finding import Finding
from server.exploration.renaming import renumbered
from server.exploration.situation import Canon
from server.exploration.space import Edge, Space
from server.exploration.ways import after
from server.exploration.words import Teller, told

_TRIED = 25
"""How many acts of each transition are looked into."""


def made_twice(space: Space) -> Iterator[Finding]:
    """Acts by which a persona or a pair is made and that go through again at once, making another."""
    for transition in space.ruleset.transitions.values():
        if transition.creates not in {Kind.PERSONA, Kind.PAIR}:
            continue
        edge = next((each for each in islice(_edges(space, transition), _TRIED) if _goes_on(space, each)), None)
        if edge is not None:
            steps = told(edge.origin, Teller(space.ruleset))
            text = f"{transition.label} makes another each time that it is pressed"
            hint = "require that there is none yet, or say by existing which one is enough"
            yield Finding("made-twice", text, transition.place, hint, (*steps, f"The same again: {steps[-1]}"))


def _edges(space: Space, transition: Transition) -> Iterator[Edge]:
    every = (edge for node in space.nodes.values() for edge in node.edges)
    return (edge for edge in every if edge.origin.act.transition == transition.id and edge.plan is not None)


def _goes_on(space: Space, edge: Edge) -> bool:
    """Whether the same is done again right after."""
    request = edge.origin.act.request
    if request is None:
        return False
    spots = [after(edge, ref) for ref in (request.subject, request.partner) if ref is not None]
    if not spots or any(spot is None for spot in spots) or len({id(spot[0]) for spot in spots if spot}) > 1:
        return False
    refs = [spot[0].order[spot[1]] for spot in spots if spot]
    node = next(spot[0] for spot in spots if spot)
    again = replace(request, subject=refs[0], partner=refs[1] if len(refs) > 1 else None)
    decision = decide(space.ruleset, again, node.facts)
    return isinstance(decision, Plan) and bool(decision.creations)


def order_matters(space: Space) -> Iterator[Finding]:
    """Acts with an effect on each of several records that come to something else in another order of these."""
    canon = Canon(space.ruleset, replace(space.lens, ordered=False))
    for transition in space.ruleset.transitions.values():
        several = (edge for edge in _edges(space, transition) if edge.plan and _has_siblings(edge.plan))
        edge = next((each for each in islice(several, _TRIED) if _depends(space, canon, each)), None)
        if edge is not None:
            text = f"what {transition.label} comes to depends on which record was made first"
            hint = (
                "name one of them by an order (subject with first or last), or let the effects not look at one another"
            )
            steps = told(edge.origin, Teller(space.ruleset))
            yield Finding("order-matters", text, transition.place, hint, steps)


def _has_siblings(plan: Plan) -> bool:
    causes = [(change.caused_by, change.transition) for change in plan.changes if change.caused_by is not None]
    return len(causes) > len(set(causes))


def _depends(space: Space, canon: Canon, edge: Edge) -> bool:
    request, plan, facts = edge.origin.act.request, edge.plan, edge.origin.facts
    if request is None or plan is None:
        return False
    other = _turned(facts)
    partner = request.partner and other.get(request.partner, request.partner)
    again = replace(request, subject=other.get(request.subject, request.subject), partner=partner)
    backwards = Facts([renumbered(record, other) for record in facts.records.values()], facts.now)
    decision = decide(space.ruleset, again, backwards)
    if not isinstance(decision, Plan):
        return True
    return _comes_to(space, canon, plan, facts) != _comes_to(space, canon, decision, backwards)


def _comes_to(space: Space, canon: Canon, plan: Plan, facts: Facts) -> list[str]:
    reached = without_fills(applied(space.ruleset, plan, facts).facts, space.lens)
    return sorted(repr(canon.key(group)[0]) for group in canon.separated(reached))


def _turned(facts: Facts) -> Mapping[Ref, Ref]:
    """Other numbers for personas and further records: those made last come first."""
    found: dict[Ref, Ref] = {}
    for kind in (Kind.PERSONA, Kind.PAIR, Kind.RECORD):
        refs = sorted(ref for ref in facts.records if ref.kind is kind)
        found.update(zip(refs, reversed(refs), strict=True))
    return found
