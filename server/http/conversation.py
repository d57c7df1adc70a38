"""What every way of asking shares: from a request to the answers, whoever they are sent to."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from graphql import ExecutionResult, GraphQLError, OperationType
from structlog.typing import FilteringBoundLogger

from server.domain.actors import Caller
from server.http.answers import HttpProblem
from server.http.execution import Execution, SignIn
from server.http.operations import Operation, Operations
from server.http.places import Places
from server.http.results import content, failed


@dataclass(frozen=True, slots=True)
class Conversation:
    """Operations and their execution. ``places``: for subscriptions; ``connections``: for what they come by."""

    operations: Operations
    execution: Execution[Any]
    places: Places
    connections: Places
    log: FilteringBoundLogger

    def told(self, result: ExecutionResult, operation: Operation | None, request_id: str) -> dict[str, Any]:
        """A result as the client gets it, with the cost of its operation."""
        cost = {"requested": operation.cost, "limit": self.operations.cost_limit} if operation else None
        return content(result, self.log, request_id, {"cost": cost} if cost else None)

    async def answers(
        self, operation: Operation, caller: Caller, sign_in: SignIn, request_id: str
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """Everything that an operation is answered with: one answer, or one for each event.

        Raises what :meth:`Execution.subscribe` and :meth:`Execution.run` raise.
        """
        if operation.node.operation is not OperationType.SUBSCRIPTION:
            result = await self.execution.run(operation, caller, request_id)
            yield self.told(result, operation, request_id)
            return
        with self.places.place(caller):
            async with aclosing(self.execution.subscribe(operation, sign_in, request_id)) as results:
                async for result in results:
                    yield self.told(result, operation, request_id)

    def trouble(self, error: Exception, request_id: str) -> list[dict[str, Any]]:
        """An error that ended an operation, in the shape of GraphQL errors."""
        if isinstance(error, HttpProblem):
            return [error.formatted()]
        result = ExecutionResult(None, [error]) if isinstance(error, GraphQLError) else failed(error)
        errors: list[dict[str, Any]] = content(result, self.log, request_id)["errors"]
        return errors
