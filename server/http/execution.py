"""Runs operations: a query over one snapshot, a mutation over the one writer, a subscription look by look."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Generic, TypeVar

from graphql import (
    ExecutionResult,
    Executor,
    FieldNode,
    OperationDefinitionNode,
    OperationType,
    create_source_event_stream,
    execute_sync,
)
from strawberry import Schema

from server.domain.actors import Caller
from server.domain.errors import MatchkeeperError, TryAgainError
from server.graphql.following import Following, Look, Seen, Source
from server.http.operations import Operation, RefusedError
from server.http.results import is_busy
from server.store.bell import Bell

Session = TypeVar("Session")
"""What the store hands to an operation; this layer only passes it on."""

Results = AsyncGenerator[ExecutionResult, None]
"""One result for each event; whoever no longer wants any closes it."""

Carried = tuple[ExecutionResult, object]
"""An operation carried out: its result, and the context that its resolvers had."""


SignIn = Callable[[], Awaitable[Caller]]
"""Who follows, asked anew before each look; raises where they may no longer come in."""

REST_SECONDS = 0.1
"""How long a subscription rests after a look: what comes meanwhile comes together."""

AGAIN_SECONDS = 10.0
"""After how many seconds without news it is asked whether the caller may still come in."""

BUSY_SECONDS, BUSY_TIMES = 1.0, 10
"""How long it waits until it asks a database again that did not answer, and how often, before it gives up."""

COST_AT_ONCE = 50_000
"""What the events of one look may cost together: one session is not kept for longer."""


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
    ``bells``: what is rung when a source that subscriptions follow has news.
    """

    read: Callable[[Callable[[Session], Any]], Awaitable[Any]]
    write: Callable[[Callable[[Session], Any]], Awaitable[Any]]
    context: Callable[[Session, Caller, Any], object]
    done: Callable[[Any, str, str, Iterable[str]], None] = _nothing
    prepare: Callable[[Any], Awaitable[bool]] = _no_need
    bells: Mapping[Source, Bell] = field(default_factory=lambda: {source: Bell() for source in Source})


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
        roads.done(context, request_id, _root_fields(operation.node), _codes([result]))
        return result

    def subscribe(self, operation: Operation, sign_in: SignIn, request_id: str) -> Results:
        """The results of a subscription, one for each event, until whoever iterates ends it.

        Raises RefusedError at once for what GraphQL refuses; while it is iterated GraphQLError for arguments that
        cannot be, what ``sign_in`` raises, and what the store raises but for a database that is busy.
        """
        follow = partial(self._follow, operation, sign_in, request_id)
        executor = (self._executor or Executor).build(
            self._schema,
            operation.document,
            context_value=Following(follow),
            raw_variable_values=dict(operation.asked.variables),
            operation_name=operation.asked.operation_name,
        )
        if isinstance(executor, list):
            raise RefusedError(tuple(executor))
        stream = create_source_event_stream(executor)
        if isinstance(stream, ExecutionResult):
            raise RefusedError(tuple(stream.errors or ()))
        return stream  # type: ignore[return-value]  # resolvers of subscriptions answer at once, with what follow gives

    async def _follow(
        self, operation: Operation, sign_in: SignIn, request_id: str, look: Look, source: Source
    ) -> Results:
        """Looks whenever there may be something; its position moves on only with what it has seen."""
        most = max(1, COST_AT_ONCE // max(1, operation.cost))
        seen, due, failures = Seen((), None), True, 0
        with self._roads.bells[source].ear() as ear:
            while True:
                try:
                    caller, results = await sign_in(), list[ExecutionResult]()
                    if due:
                        wanted = partial(look, position=seen.position, most=most)
                        seen, results = await self._look(operation, caller, request_id, wanted)
                    failures = 0
                except TryAgainError:
                    failures += 1
                    if failures > BUSY_TIMES:
                        raise
                    await asyncio.sleep(BUSY_SECONDS)
                    continue
                for result in results:
                    yield result
                if not (due and seen.more):
                    await asyncio.sleep(REST_SECONDS)
                    due = await ear.rung(AGAIN_SECONDS)

    async def _look(
        self, operation: Operation, caller: Caller, request_id: str, look: Callable[[Any], Seen]
    ) -> tuple[Seen, list[ExecutionResult]]:
        """What has come, each event answered: all over one snapshot, so that what it needs is loaded together."""
        roads = self._roads

        def work(session: Session) -> tuple[Seen, list[ExecutionResult], object]:
            context = roads.context(session, caller, None)
            seen = look(context)
            return seen, [self._execute(operation, context, event) for event in seen.events], context

        seen, results, context = await roads.read(work)
        if any(is_busy(result) for result in results):
            raise TryAgainError("The database is busy. Subscribe again in a moment, with the last cursor.")
        if results:
            roads.done(context, request_id, _root_fields(operation.node), _codes(results))
        return seen, results

    def _execute(self, operation: Operation, context: object, root: object = None) -> ExecutionResult:
        return execute_sync(
            self._schema,
            operation.document,
            root_value=root,
            context_value=context,
            variable_values=dict(operation.asked.variables),
            operation_name=operation.asked.operation_name,
            executor_class=self._executor,
        )


def _root_fields(operation: OperationDefinitionNode) -> str:
    """The fields of the schema that an operation asks for; no names that callers give."""
    return ", ".join(node.name.value for node in operation.selection_set.selections if isinstance(node, FieldNode))


def _codes(results: Iterable[ExecutionResult]) -> list[str]:
    """The codes of what went wrong, as far as somebody expected it."""
    every = [error for result in results for error in result.errors or ()]
    expected = [e.original_error.code for e in every if isinstance(e.original_error, MatchkeeperError)]
    return [*expected, *(str((error.extensions or {}).get("code")) for error in every)]
