"""GraphQL over HTTP: from a request to one operation, from its result to an answer."""

from collections.abc import Callable
from typing import Any

from graphql import ExecutionResult, OperationType
from starlette.requests import Request
from starlette.responses import Response
from structlog.typing import FilteringBoundLogger

from server.domain.actors import Caller
from server.http.answers import RETRY_AFTER_SECONDS, HttpProblem, json_answer, problem_answer
from server.http.authentication import Doorkeeper
from server.http.execution import Execution
from server.http.graphql_request import Reading
from server.http.negotiation import GRAPHQL_JSON, HTML, JSON, choose
from server.http.operations import Operation, Operations, RefusedError
from server.http.pace import Pace
from server.http.request_id import request_id_of
from server.http.results import content, failed, is_busy, is_ours, is_refused


class GraphQLView:
    """Answers the address of the API. ``page`` answers browsers that come without an operation.

    ``pace``: how often one caller may ask; None: as often as they like.
    """

    def __init__(
        self,
        operations: Operations,
        execution: Execution[Any],
        log: FilteringBoundLogger,
        *,
        door: Doorkeeper,
        page: Callable[[], Response],
        reading: Reading,
        pace: Pace | None = None,
    ) -> None:
        self._operations, self._execution = operations, execution
        self._log, self._door, self._page, self._reading, self._pace = log, door, page, reading, pace

    async def respond(self, request: Request) -> Response:
        """The answer to one request, in the media type that the caller ranks highest."""
        offered = (JSON, GRAPHQL_JSON, HTML) if request.method in {"GET", "HEAD"} else (JSON, GRAPHQL_JSON)
        media = choose(request.headers.get("accept"), offered)
        response = self._page() if media == HTML else await self._answer(request, media)
        response.headers["Vary"] = "Accept"
        return response

    async def _answer(self, request: Request, accepted: str | None) -> Response:
        media, operation = accepted or JSON, None
        try:
            caller = await self._admitted(request)
            if accepted is None:
                raise _unacceptable()
            operation = await self._operation(request, caller)
            result = await self._execution.run(operation, caller, request_id_of(request))
        except HttpProblem as problem:
            return problem_answer(problem, media)
        except RefusedError as refused:
            result = ExecutionResult(None, list(refused.errors))
        except Exception as error:  # whatever fails below, the caller gets an answer and we a log line
            result = failed(error)
        return self._finish(result, operation, media, request)

    async def _admitted(self, request: Request) -> Caller:
        caller = await self._door.caller_or_stranger(request)
        if self._pace is not None:
            self._pace.admit(caller)
        return caller

    async def _operation(self, request: Request, caller: Caller) -> Operation:
        asked = await self._reading.request(request)
        return self._operations.find(
            asked,
            admit=lambda doing: self._door.admit(caller, doing, request),
            fits=lambda kind: _require_runnable(kind, request.method),
        )

    def _finish(self, result: ExecutionResult, operation: Operation | None, media: str, request: Request) -> Response:
        extensions = None
        if operation is not None:
            extensions = {"cost": {"requested": operation.cost, "limit": self._operations.cost_limit}}
        told = content(result, self._log, request_id_of(request), extensions)
        if is_busy(result):
            return json_answer(told, 503, {"Retry-After": RETRY_AFTER_SECONDS}, media)
        return json_answer(told, _status(result, media), media=media)


def _status(result: ExecutionResult, media: str) -> int:
    """200 wherever GraphQL itself answered; a refused request shows in the status only to who knows the type."""
    if not is_refused(result):
        return 200
    if is_ours(result.errors or ()):
        return 500
    return 400 if media == GRAPHQL_JSON else 200


def _unacceptable() -> HttpProblem:
    message = f"The answer comes as {GRAPHQL_JSON} or {JSON}: accept one of them."
    return HttpProblem(406, "NOT_ACCEPTABLE", message)


def _require_runnable(kind: OperationType, method: str) -> None:
    if kind is OperationType.SUBSCRIPTION:
        raise HttpProblem(400, "BAD_REQUEST", "Subscriptions are not served at this address: send a query instead.")
    if kind is OperationType.MUTATION and method != "POST":
        message = "A mutation changes data: send it by POST, not by GET."
        raise HttpProblem(405, "METHOD_NOT_ALLOWED", message, {"Allow": "POST"})
