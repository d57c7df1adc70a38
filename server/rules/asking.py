"""Reads the ``ask`` of a transition: inputs by key, and inputs with how they are asked."""

from collections.abc import Iterator
from dataclasses import dataclass

from server.engine.places import Place
from server.rules.nodes import Items, Node, Scalar, Table, flag

EMPTY = Table({}, Place("", 1))


@dataclass(frozen=True, slots=True)
class Asking:
    """One question of a transition. ``condition``: where it is asked; None: always; ``how``: all that is said of it."""

    key: str
    place: Place
    required: bool
    condition: Node | None = None
    default: Node | None = None
    how: Node = EMPTY

    @property
    def certain(self) -> bool:
        """Whether there is an answer to it in any case."""
        return self.condition is None and (self.required or self.default is not None)


def asking(node: Node | None) -> tuple[Asking, ...]:
    """The questions of a list (or the one question instead of a list), in the order of the file."""
    return tuple(_asking(node))


def _asking(node: Node | None) -> Iterator[Asking]:
    for item in node.items if isinstance(node, Items) else (node,):
        if isinstance(item, Scalar) and isinstance(item.value, str):
            yield Asking(item.value.removesuffix("!"), item.place, item.value.endswith("!"))
        elif isinstance(item, Table):
            for key, entry in item.entries.items():
                how = entry.node if isinstance(entry.node, Table) else Table({}, entry.place)
                yield Asking(key, entry.place, flag(how, "required"), how.get("if"), how.get("default"), how)
