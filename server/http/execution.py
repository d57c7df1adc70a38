"""Runs one operation: a query over one snapshot, a mutation over the one writer, and what it showed is taken down."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from graphql import ExecutionResult, FieldNode, OperationDefinitionNode, OperationType, execute_sync
from strawberry import Schema

from server.domain.actors import Caller
from server.domain.errors import MatchkeeperError
from server.http.operations import Operation

Session = TypeVar("Session")
"""What the store hands to an operation; this layer only passes it on."""

Carried = tuple[ExecutionResult, object]
"""An operation carried out: its result, and the context that its resolvers had."""


def _nothing(*_: object) -> None:
    """Does nothing."""


async def _no_need(_: object) -> bool:
    """Nothing has to be worked out beforehand."""
    return False


@dataclass(frozen=True, slots=True)
class Roads(Generic[Session]):
    """Where operations run. ``read``/``write``: one query, one mutation, each over one session.

    ``context``: what resolvers get, made anew for each operation; handed the one before where a query is run again.
    ``done``: is told of each operation that was carried out, with its context, its request's id, the fields at its
    root and the codes of its errors. ``prepare``: works out, past the store, what a query turned out to need, and
    answers whether it is to be run again.
    """

    read: Callable[[Callable[[Session], Any]], Awaitable[Any]]
    write: Callable[[Callable[[Session], Any]], Awaitable[Any]]
    context: Callable[[Session, Caller, Any], object]
    done: Callable[[Any, str, str, Iterable[str]], None] = _nothing
    prepare: Callable[[Any], Awaitable[bool]] = _no_need


class Execution(Generic[Session]):
    """Carries operations of one schema out."""

    def __init__(self, schema: Schema, roads: Roads[Session]) -> None:
        self._schema = schema._schema  # Strawberry has no public name for the schema it compiled
        self._executor = schema.execution_context_class
        self._roads = roads

    async def run(self, operation: Operation, caller: Caller, request_id: str) -> ExecutionResult:
        """The result of a query or mutation. Raises what the store raises."""
        roads, is_query = self._roads, operation.node.operation is OperationType.QUERY
        earlier: object = None

        def work(session: Session) -> Carried:
            context = roads.context(session, caller, earlier)
            return self._execute(operation, context), context

        carried: Carried = await (roads.read if is_query else roads.write)(work)
        while is_query and await roads.prepare(carried[1]):
            earlier = carried[1]
            carried = await roads.read(work)
        result, context = carried
        roads.done(context, request_id, _root_fields(operation.node), _codes(result))
        return result

    def _execute(self, operation: Operation, context: object) -> ExecutionResult:
        return execute_sync(
            self._schema,
            operation.document,
            context_value=context,
            variable_values=dict(operation.asked.variables),
            operation_name=operation.asked.operation_name,
            executor_class=self._executor,
        )


def _root_fields(operation: OperationDefinitionNode) -> str:
    """The fields of the schema that an operation asks for; no names that callers give."""
    return ", ".join(node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode))


def _codes(result: ExecutionResult) -> list[str]:
    """The codes of what went wrong, as far as somebody expected it."""
    every = result.errors or ()
    expected = [e.original_error.code for e in every if isinstance(e.original_error, MatchkeeperError)]
    return [*expected, *(str((error.extensions or {}).get("code")) for error in every)]
