"""What can become of one record: its ways through the situations of a space."""

from collections.abc import Iterator

from server.engine.facts import Record, Ref
from server.exploration.space import Edge, Node, Space

Spot = tuple[Node, int]
"""A record of a situation, by its position."""


class Ways:
    """The ways of every record, followed backwards. ``within``: the situations that were explored completely."""

    def __init__(self, space: Space) -> None:
        settled = space.settled()
        self.within = tuple(node for node in settled if node.size <= space.complete_to)
        self._before: dict[Spot, list[Spot]] = {}
        self._forgotten: set[tuple[str, str]] = set()
        for node in settled:
            for edge in node.edges:
                for old, new in _moves(node, edge):
                    self._before.setdefault(new, []).append(old)
                changes = edge.plan.changes if edge.plan else ()
                self._forgotten.update((c.machine, c.before) for c in changes if c.before and c.before != c.after)
        self._settled = settled
        self._known: dict[tuple[str, frozenset[str]], frozenset[Spot]] = {}

    def coming_to(self, machine: str, statuses: frozenset[str]) -> frozenset[Spot]:
        """Every record that can come into one of these statuses of a machine, or is in it."""
        if (machine, statuses) not in self._known:
            self._known[machine, statuses] = self._followed(machine, statuses)
        return self._known[machine, statuses]

    def left(self) -> frozenset[tuple[str, str]]:
        """The statuses that something leads on from, each with its machine."""
        return frozenset(
            (machine, status)
            for new, olds in self._before.items()
            for old in olds
            for machine, status in record_at(old).statuses.items()
            if record_at(new).statuses.get(machine) != status
        ).union(self._forgotten)

    def _followed(self, machine: str, statuses: frozenset[str]) -> frozenset[Spot]:
        every = (spot for node in self._settled for spot in spots(node))
        found = {spot for spot in every if record_at(spot).statuses.get(machine) in statuses}
        waiting = list(found)
        while waiting:
            fresh = [spot for spot in self._before.get(waiting.pop(), ()) if spot not in found]
            found.update(fresh)
            waiting += fresh
        return frozenset(found)


def spots(node: Node) -> Iterator[Spot]:
    """The records of a situation."""
    return ((node, position) for position in range(len(node.order)))


def record_at(spot: Spot) -> Record:
    """The record itself."""
    node, position = spot
    return node.facts.records[node.order[position]]


def after(edge: Edge, ref: Ref) -> Spot | None:
    """Where a record, by its number in the act, is after the act; None where it is forgotten."""
    for node, order in edge.leads_to:
        if ref in order:
            return node, order.index(ref)
    return None


def _moves(node: Node, edge: Edge) -> Iterator[tuple[Spot, Spot]]:
    for position, ref in enumerate(node.order):
        spot = after(edge, ref)
        if spot is not None:
            yield (node, position), spot
    partner, by = edge.origin.partner, edge.origin.by
    for position, ref in enumerate(partner.order if partner else ()):
        spot = after(edge, Ref(ref.kind, ref.id + by))
        if spot is not None and partner is not None:
            yield (partner, position), spot
