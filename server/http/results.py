"""From the result of an operation to what the caller is told; what nobody expected goes to the log instead."""

from collections.abc import Mapping, Sequence
from typing import Any

from graphql import ExecutionResult, GraphQLError
from structlog.typing import FilteringBoundLogger

from server.domain.errors import MatchkeeperError, TryAgainError
from server.telemetry.logs import frames


def internal_error(request_id: str) -> str:
    """What whoever asked is told of a fault of ours, and no more."""
    return f"Internal error. Give the request id {request_id} to whoever runs this server."


def failed(error: Exception) -> ExecutionResult:
    """The result of an operation that did not come to one."""
    message = error.message if isinstance(error, MatchkeeperError) else str(error)
    return ExecutionResult(None, [GraphQLError(message, original_error=error)])


def content(
    result: ExecutionResult, log: FilteringBoundLogger, request_id: str, extensions: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The answer as the specification has it: no ``data`` where nothing was executed."""
    told: dict[str, Any] = {}
    if result.errors:
        told["errors"] = [formatted(error, log, request_id) for error in result.errors]
    if not is_refused(result):
        told["data"] = result.data
    if extensions:
        told["extensions"] = dict(extensions)
    return told


def is_refused(result: ExecutionResult) -> bool:
    """Whether nothing was executed."""
    return result.data is None and all(error.path is None for error in result.errors or ())


def is_busy(result: ExecutionResult) -> bool:
    """Whether the same request may well succeed in a moment."""
    return any(isinstance(error.original_error, TryAgainError) for error in result.errors or ())


def is_ours(errors: Sequence[GraphQLError]) -> bool:
    """Whether something went wrong that nobody expected."""
    return any(not isinstance(error.original_error, GraphQLError | MatchkeeperError | None) for error in errors)


def formatted(error: GraphQLError, log: FilteringBoundLogger, request_id: str) -> dict[str, Any]:
    """An error with its code; of what nobody expected only the request's id is told."""
    told: dict[str, Any] = dict(error.formatted)
    cause = error.original_error
    if isinstance(cause, MatchkeeperError):
        extensions: dict[str, Any] = {"code": cause.code}
    elif cause is None or isinstance(cause, GraphQLError):
        extensions = {"code": "BAD_USER_INPUT", **(error.extensions or {})}
    else:
        log.error("unexpected error", request_id=request_id, error=type(cause).__name__, at=frames(cause))
        told["message"] = internal_error(request_id)
        extensions = {"code": "INTERNAL_SERVER_ERROR", "requestId": request_id}
    return {**told, "extensions": extensions}
