"""Levels: what a query reaches together is loaded together, so that no list costs a statement per row."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, cast

from server.engine.facts import Kind, Ref

if TYPE_CHECKING:
    from server.graphql.nodes import Nodes


class Numbered(Protocol):
    """A row with an id."""

    @property
    def id(self) -> int:
        """The number of the row, unique in its table."""


Row = TypeVar("Row")
NumberedRow = TypeVar("NumberedRow", bound=Numbered)
Key = TypeVar("Key")
Node = TypeVar("Node")
Loaded = TypeVar("Loaded")


class Group(Generic[Row]):
    """The rows of one level of one query, and everything that has been loaded for all of them.

    ``kind`` is that of the records; None where the rows are something else (history, offers).
    """

    __slots__ = ("_loaded", "kind", "nodes", "rows")

    def __init__(self, nodes: "Nodes", rows: Sequence[Row], kind: Kind | None = None) -> None:
        self.nodes = nodes
        self.rows = rows
        self.kind = kind
        self._loaded: dict[Hashable, Any] = {}

    def once(self, what: Hashable, load: Callable[[], Loaded]) -> Loaded:
        """What ``load`` gives, asked only the first time; ``what`` names it with all its arguments."""
        if what not in self._loaded:
            self._loaded[what] = load()
        return cast("Loaded", self._loaded[what])


def ids(group: Group[NumberedRow]) -> list[int]:
    """The ids of the rows, each once."""
    return group.once("ids", lambda: list(dict.fromkeys(row.id for row in group.rows)))


def refs(group: Group[NumberedRow]) -> list[Ref]:
    """The names of the records, each once."""
    kind = kind_of(group)
    return [Ref(kind, number) for number in ids(group)]


def kind_of(group: Group[Any]) -> Kind:
    """The kind of its records."""
    if group.kind is None:
        raise TypeError("only records with statuses have refs")
    return group.kind


def wrapped(
    found: Mapping[Key, Sequence[Row]], wrap: Callable[[Sequence[Row]], Sequence[Node]]
) -> dict[Key, list[Node]]:
    """Makes one level of all the rows found, and hands each parent its share."""
    nodes = iter(wrap([row for rows in found.values() for row in rows]))
    return {key: [next(nodes) for _ in rows] for key, rows in found.items()}


def by_id(found: Mapping[int, Row], wrap: Callable[[Sequence[Row]], Sequence[Node]]) -> dict[int, Node]:
    """Makes one level of the rows found, by their ids."""
    return dict(zip(found, wrap(list(found.values())), strict=True))
