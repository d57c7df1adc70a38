"""What a rules file is made of once it is read: scalars, lists and maps that know where they stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from server.engine.places import Place

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Scalar:
    """One word: text, or one of the few things that are not text (true, false, null, numbers)."""

    value: Value
    place: Place


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple["Node", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a map: ``place`` is where the key stands, ``node`` what it holds."""

    place: Place
    node: "Node"


@dataclass(frozen=True, slots=True)
class Table:
    """A map, in the order of the file. Keys are always text."""

    entries: Mapping[str, Entry]
    place: Place

    def get(self, key: str) -> "Node | None":
        """What a key holds; None where the key is missing."""
        entry = self.entries.get(key)
        return entry.node if entry else None

    def place_of(self, key: str) -> Place:
        """Where a key stands; where the map begins when it has no such key."""
        entry = self.entries.get(key)
        return entry.place if entry else self.place


Node = Scalar | Items | Table
Step = str | int


@dataclass(frozen=True, slots=True)
class Tree:
    """A whole file, or a base file with an overlay laid over it. ``removed``: where paths were taken out."""

    root: Node
    removed: Mapping[str, Place] = field(default_factory=dict)


def plain(node: Node) -> object:
    """The node as ordinary Python values, without places."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return {key: plain(entry.node) for key, entry in node.entries.items()}


def descend(node: Node, path: tuple[Step, ...]) -> tuple[Node, Place]:
    """The node at a path, and the place that names it: its key's, or its own in a list or at the top."""
    place = node.place
    for step in path:
        entry = node.entries.get(step) if isinstance(node, Table) and isinstance(step, str) else None
        if entry is not None:
            node, place = entry.node, entry.place
        elif isinstance(node, Items) and isinstance(step, int):
            node = node.items[step]
            place = node.place
    return node, place


def child(node: Node | None, key: str) -> Node | None:
    """What a key of a map holds; None where there is no such key, or no map."""
    return node.get(key) if isinstance(node, Table) else None


def items_of(node: Node | None) -> tuple[Node, ...]:
    """The items of a list; none where there is no list."""
    return node.items if isinstance(node, Items) else ()


def text_of(node: Node) -> str:
    """The text of a word, whatever its type; empty for what is no word."""
    value = node.value if isinstance(node, Scalar) else None
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def section(node: Node | None, key: str) -> Table:
    """The map that a key of a map holds; an empty one where there is none, so that reading never fails."""
    found = child(node, key)
    if isinstance(found, Table):
        return found
    return Table({}, node.place if node else Place("", 1))


def word(node: Node | None, key: str) -> str | None:
    """The text that a key of a map holds, without surrounding space; None where there is none."""
    found = child(node, key)
    return found.value.strip() if isinstance(found, Scalar) and isinstance(found.value, str) else None


def flag(node: Node | None, key: str) -> bool:
    """Whether a key of a map holds true."""
    found = child(node, key)
    return isinstance(found, Scalar) and found.value is True


def words(node: Node | None) -> tuple[tuple[str, Place], ...]:
    """The texts of a list, or the one text where a list is left out, each with its place."""
    return tuple(_words(node))


def _words(node: Node | None) -> Iterator[tuple[str, Place]]:
    if isinstance(node, Scalar) and isinstance(node.value, str):
        yield node.value, node.place
    for item in items_of(node):
        if isinstance(item, Scalar) and isinstance(item.value, str):
            yield item.value, item.place
