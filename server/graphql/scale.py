"""Measures what an operation comes to, on its text alone and before anything is executed.

Every fragment is measured once, whatever spreads it, so the work grows with the size of the document
and not with what its fragments unfold to.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from graphql import (
    ArgumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    get_named_type,
    get_nullable_type,
    is_list_type,
)

from server.domain.filters import PAGE_DEFAULT, PAGE_LIMIT
from server.services.bulk import BULK_LIMIT

USUAL_LIST = 4
"""How many entries a list without pages is taken to have."""
LONG_LISTS = {"BulkItemResult": BULK_LIMIT}
"""By the type of their entries: lists without pages that are as long as the client made its input."""
_MAX_NESTING = 60
"""How deep selections may nest in the text, fragments included; keeps the walk off the end of the stack."""


@dataclass(frozen=True, slots=True)
class Size:
    """What a selection comes to, fragments unfolded.

    ``fields`` are those at its top; ``depth`` leaves out what is below ``__schema`` and ``__type``.
    """

    depth: int = 0
    introspection_depth: int = 0
    aliases: int = 0
    fields: int = 0
    cost: int = 0

    def beside(self, other: "Size") -> "Size":
        """Both selections next to each other."""
        return Size(
            max(self.depth, other.depth),
            max(self.introspection_depth, other.introspection_depth),
            self.aliases + other.aliases,
            self.fields + other.fields,
            self.cost + other.cost,
        )


_NOTHING = Size()


class TooDeepError(Exception):
    """Selections nest deeper in the text than anything allowed could."""


@dataclass(slots=True)
class Scale:
    """Measures the operations of one document. ``visits`` counts the selections looked at."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    visits: int = 0
    _sizes: dict[str, Size] = field(default_factory=dict)

    def operation(self, node: OperationDefinitionNode) -> Size:
        """What one operation comes to. Raises TooDeepError."""
        for name in self._inside_out(node.selection_set):
            fragment = self.fragments[name]
            on = self.schema.get_type(fragment.type_condition.name.value)
            self._sizes[name] = self._selections(fragment.selection_set, on, 1)
        return self._selections(node.selection_set, self.schema.get_root_type(node.operation), 1)

    def _inside_out(self, start: SelectionSetNode) -> Iterator[str]:
        """The fragments reached from here that are not measured yet, each after those it spreads."""
        entered: set[str] = set(self._sizes)
        open_ones: list[tuple[str, Iterator[str]]] = [("", _spreads(start))]
        while open_ones:
            name, spreads = open_ones[-1]
            inner = next((found for found in spreads if found not in entered and found in self.fragments), None)
            if inner is not None:
                entered.add(inner)
                open_ones.append((inner, _spreads(self.fragments[inner].selection_set)))
                continue
            open_ones.pop()
            if name:
                yield name

    def _selections(self, node: SelectionSetNode, on: object, nesting: int) -> Size:
        if nesting > _MAX_NESTING:
            raise TooDeepError
        total = _NOTHING
        for selection in node.selections:
            self.visits += 1
            total = total.beside(self._selection(selection, on, nesting))
        return total

    def _selection(self, node: SelectionNode, on: object, nesting: int) -> Size:
        if isinstance(node, FragmentSpreadNode):
            return self._sizes.get(node.name.value, _NOTHING)
        if isinstance(node, InlineFragmentNode):
            condition = node.type_condition
            inner = self.schema.get_type(condition.name.value) if condition else on
            return self._selections(node.selection_set, inner, nesting + 1)
        return self._field(node, on, nesting) if isinstance(node, FieldNode) else _NOTHING

    def _field(self, node: FieldNode, on: object, nesting: int) -> Size:
        name = node.name.value
        known = _fields(on).get(name)
        inner = _NOTHING
        if node.selection_set:
            inner = self._selections(node.selection_set, get_named_type(known.type) if known else None, nesting + 1)
        times = _times(node, known, on) if known else 1
        alias = 1 if node.alias and node.alias.value != name else 0
        if name in {"__schema", "__type"}:
            return Size(1, inner.depth + 1, inner.aliases + alias, 1, 1)
        return Size(inner.depth + 1, inner.introspection_depth, inner.aliases + alias, 1, 1 + times * inner.cost)


def _spreads(node: SelectionSetNode) -> Iterator[str]:
    """The fragments spread anywhere in a selection, not looking into them."""
    waiting: list[SelectionNode] = list(node.selections)
    while waiting:
        selection = waiting.pop()
        if isinstance(selection, FragmentSpreadNode):
            yield selection.name.value
        elif isinstance(selection, FieldNode | InlineFragmentNode) and selection.selection_set:
            waiting.extend(selection.selection_set.selections)


def _fields(on: object) -> Mapping[str, GraphQLField]:
    return on.fields if isinstance(on, GraphQLObjectType | GraphQLInterfaceType) else {}


def _times(node: FieldNode, known: GraphQLField, on: object) -> int:
    """How often what is selected inside may appear; of a page it is the page that counts, not the lists in it."""
    if "first" in known.args:
        return _page_size(node.arguments)
    if not is_list_type(get_nullable_type(known.type)) or "pageInfo" in _fields(on):
        return 1
    if "ids" in known.args:
        return PAGE_LIMIT
    return LONG_LISTS.get(get_named_type(known.type).name, USUAL_LIST)


def _page_size(arguments: tuple[ArgumentNode, ...] | None) -> int:
    """How many rows a page may have; a size that comes as a variable counts as the largest."""
    sizes = [given.value for given in arguments or () if given.name.value in {"first", "last"}]
    literal = [int(size.value) for size in sizes if isinstance(size, IntValueNode)]
    if len(literal) < len(sizes):
        return PAGE_LIMIT
    return min(max(literal, default=PAGE_DEFAULT), PAGE_LIMIT)
