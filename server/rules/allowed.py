"""Reads the ``allow`` of a transition: actors by key, and actors of whom something must hold."""

from collections.abc import Iterator
from dataclasses import dataclass

from server.engine.places import Place
from server.rules.nodes import Items, Node, Scalar, Table, plain


@dataclass(frozen=True, slots=True)
class Allowed:
    """One actor, and the condition under which it counts; None: always."""

    key: str
    place: Place
    condition: Node | None

    @property
    def says(self) -> object:
        """The condition as ordinary values, to compare."""
        return None if self.condition is None else plain(self.condition)


def allowed(node: Node | None) -> tuple[Allowed, ...]:
    """The actors of a list (or the one actor instead of a list), in the order of the file."""
    return tuple(_allowed(node))


def _allowed(node: Node | None) -> Iterator[Allowed]:
    for item in node.items if isinstance(node, Items) else (node,):
        if isinstance(item, Scalar) and isinstance(item.value, str):
            yield Allowed(item.value, item.place, None)
        elif isinstance(item, Table):
            for key, entry in item.entries.items():
                yield Allowed(key, entry.place, entry.node)
