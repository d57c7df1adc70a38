"""What each actor can bring about alone, from the moment at which people have come in."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from server.engine.decide import decide
from server.engine.plan import Plan
from server.engine.ruleset import OWNER, PLATFORM, Ruleset
from server.exploration.situation import people_of
from server.exploration.space import Edge, Node, Space


@dataclass(frozen=True, slots=True)
class Power:
    """What an actor can bring about: by machine, the labels of statuses, in the order of the file."""

    actor: str
    label: str
    statuses: dict[str, tuple[str, ...]]


def powers(space: Space) -> Iterator[Power]:
    """Of every actor who may press anything, the statuses that they alone, with the platform, can bring people into."""
    edges = [edge for node in space.nodes.values() for edge in node.edges]
    for key, actor in space.ruleset.actors.items():
        if key not in {OWNER, PLATFORM}:
            reached = _reached(space, key, edges)
            statuses = {
                machine.label: tuple(
                    status.label for each, status in machine.statuses.items() if (machine.key, each) in reached
                )
                for machine in space.ruleset.machines.values()
            }
            yield Power(key, actor.label, {label: every for label, every in statuses.items() if every})


def _reached(space: Space, actor: str, edges: list[Edge]) -> set[tuple[str, str]]:
    """The statuses that an actor's acts lead to, one after the other."""
    known: set[Node] = {node for node in space.nodes.values() if node.depth <= 1}
    own = [edge for edge in edges if may(space.ruleset, edge, actor)]
    found: set[tuple[str, str]] = set()
    while True:
        usable = [e for e in own if e.origin.node in known and (e.origin.partner is None or e.origin.partner in known)]
        changes = (change for edge in usable if edge.plan for change in edge.plan.changes)
        found.update((change.machine, change.after) for change in changes if change.before != change.after)
        fresh = {node for edge in usable for node, _ in edge.leads_to} - known
        if not fresh:
            return found
        known |= fresh


def may(ruleset: Ruleset, edge: Edge, actor: str) -> bool:
    """Whether an actor may do what an exploration did: as anybody with that role, or as one of the people."""
    request = edge.origin.act.request
    if request is None:
        return True
    transition = ruleset.transitions[request.transition]
    heard = actor in ruleset.events.get(transition.event or "", frozenset())
    if actor not in transition.allow:
        return heard
    if actor not in transition.allow_if or heard:
        return True
    facts = edge.origin.facts
    wishes = (replace(request, roles=frozenset({actor}), actor=user) for user in people_of(facts))
    return any(isinstance(decide(ruleset, wish, facts), Plan) for wish in wishes)
