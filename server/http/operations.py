"""From a request to the one operation that it asks for: judged, found by its name, and allowed on this way."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from graphql import DocumentNode, FieldNode, GraphQLError, OperationDefinitionNode, OperationType

from server.graphql.limits import Judged, Limits
from server.http.answers import HttpProblem
from server.http.graphql_request import GraphQLRequest
from server.http.persisted import Persisted, UnknownDocumentError

CACHED_DOCUMENTS = 512
CACHED_LENGTH = 16 * 1024
"""Longer texts are judged anew each time, so that strangers' texts cannot fill the memory."""


class RefusedError(Exception):
    """A request that GraphQL itself refuses, before anything is executed."""

    def __init__(self, errors: tuple[GraphQLError, ...]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation, ready to be run. ``cost``: how many fields a full answer has."""

    document: DocumentNode
    node: OperationDefinitionNode
    asked: GraphQLRequest
    cost: int


class Operations:
    """Finds operations in texts, which are judged once and remembered."""

    def __init__(self, limits: Limits, persisted: Persisted) -> None:
        self._limits, self._persisted = limits, persisted
        self._remembered = lru_cache(maxsize=CACHED_DOCUMENTS)(limits.judge)

    @property
    def cost_limit(self) -> int:
        """How many fields a full answer may have."""
        return self._limits.cost

    def find(
        self, asked: GraphQLRequest, admit: Callable[[str | None], None], fits: Callable[[OperationType], None]
    ) -> Operation:
        """The operation that a request asks for.

        ``admit`` is told the one mutation that it consists of, None if it is anything else, and raises where the
        caller may not do that; ``fits`` raises where the way it came is not for its kind. Raises RefusedError for a
        text or an amount of acts that cannot be, HttpProblem for an operation that is not there.
        """
        judged = self._judge(self._text(asked))
        admit(_only_field(judged.document, asked.operation_name))
        if judged.document is None:
            raise RefusedError(judged.errors)
        node = _named(judged.document, asked.operation_name)
        fits(node.operation)
        if judged.errors:
            raise RefusedError(judged.errors)
        if node.operation is OperationType.MUTATION:
            self._check_acts(judged.document, node, asked.variables)
        self._persisted.keep(asked)
        return Operation(judged.document, node, asked, judged.costs[node.name.value if node.name else None])

    def _text(self, asked: GraphQLRequest) -> str:
        try:
            return self._persisted.text(asked)
        except UnknownDocumentError as unknown:
            raise RefusedError((unknown.error,)) from None

    def _judge(self, text: str) -> Judged:
        return self._remembered(text) if len(text) <= CACHED_LENGTH else self._limits.judge(text)

    def _check_acts(self, document: DocumentNode, node: OperationDefinitionNode, values: Mapping[str, Any]) -> None:
        try:
            self._limits.refuse_acts(document, node, values)
        except GraphQLError as error:
            raise RefusedError((error,)) from None


def _named(document: DocumentNode, name: str | None) -> OperationDefinitionNode:
    """The operation to run: the one named, else the only one."""
    operations = [node for node in document.definitions if isinstance(node, OperationDefinitionNode)]
    named = {node.name.value: node for node in operations if node.name}
    if name is not None and name in named:
        return named[name]
    if name is None and len(operations) == 1:
        return operations[0]
    listed = ", ".join(named) or "none has a name"
    if not operations:
        message = "The text holds no operation: write a query or a mutation beside its fragments."
    elif name is None:
        message = f"The text holds several operations: say in 'operationName' which one to run ({listed})."
    else:
        message = f"The text holds no operation of the name given in 'operationName'; it holds: {listed}."
    raise HttpProblem(400, "OPERATION_RESOLUTION_FAILURE", message)


def _only_field(document: DocumentNode | None, name: str | None) -> str | None:
    """The one thing that the operation to run does; None where it does several, or only asks."""
    if document is None:
        return None
    operation = _named(document, name)
    match operation.selection_set.selections:
        case (FieldNode() as only,) if operation.operation is OperationType.MUTATION:
            return only.name.value
    return None
