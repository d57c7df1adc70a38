"""How many acts a mutation asks for, counted with the values of its variables before anything is done."""

from collections.abc import Iterator, Mapping
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionNode,
    get_named_type,
    value_from_ast_untyped,
)

from server.services.bulk import BULK_LIMIT

_IN_BULK = "BulkPayload"
"""The type that fields of acts in bulk answer with."""
_ITEMS = "items"
"""What of their input lists the acts; without it nobody can tell how many there are."""


def acts_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, given: Mapping[str, Any]
) -> int:
    """One for each field at the root of a mutation; of one in bulk so many as it lists, or else the most it may do."""
    root = schema.mutation_type
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    defaults = {
        variable.variable.name.value: value_from_ast_untyped(variable.default_value)
        for variable in operation.variable_definitions or ()
        if variable.default_value
    }
    values, total = {**defaults, **given}, 0
    for node in _at_root(operation.selection_set.selections, fragments):
        known = root.fields.get(node.name.value) if root else None
        is_bulk = known is not None and get_named_type(known.type).name == _IN_BULK
        total += _listed(node, values) if is_bulk else 1
    return total


def _at_root(
    selections: tuple[SelectionNode, ...], fragments: Mapping[str, FragmentDefinitionNode]
) -> Iterator[FieldNode]:
    """The fields at the root, fragments unfolded: they are few, for the document has been judged before."""
    for selection in selections:
        if isinstance(selection, FieldNode):
            yield selection
        elif isinstance(selection, InlineFragmentNode):
            yield from _at_root(selection.selection_set.selections, fragments)
        elif isinstance(selection, FragmentSpreadNode):
            yield from _at_root(fragments[selection.name.value].selection_set.selections, fragments)


def _listed(node: FieldNode, values: Mapping[str, Any]) -> int:
    inputs = [value_from_ast_untyped(argument.value, dict(values)) for argument in node.arguments or ()]
    items = next((given[_ITEMS] for given in inputs if isinstance(given, dict) and _ITEMS in given), None)
    if items is None:
        return BULK_LIMIT
    return len(items) if isinstance(items, list) else 1
