"""GraphQL over HTTP: from a request to one operation, from its result to an answer."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from functools import partial
from typing import Any

from graphql import ExecutionResult, OperationType
from starlette.requests import Request
from starlette.responses import Response

from server.domain.actors import Caller
from server.http.answers import RETRY_AFTER_SECONDS, HttpProblem, json_answer, problem_answer
from server.http.authentication import Doorkeeper
from server.http.conversation import Conversation
from server.http.event_stream import EventStream
from server.http.graphql_request import Reading
from server.http.negotiation import EVENT_STREAM, GRAPHQL_JSON, HTML, JSON, choose, names
from server.http.operations import Operation, RefusedError
from server.http.pace import Pace
from server.http.request_id import request_id_of
from server.http.results import failed, is_busy, is_ours, is_refused
from server.http.stopping import Stopping
from server.http.websocket import SUBPROTOCOL


class GraphQLView:
    """Answers the address of the API. ``page`` answers browsers that come without an operation.

    ``pace``: how often one caller may ask; None: as often as they like. ``stopping``: ends what would go on and on.
    """

    def __init__(
        self,
        conversation: Conversation,
        *,
        door: Doorkeeper,
        page: Callable[[], Response],
        reading: Reading,
        stopping: Stopping,
        pace: Pace | None = None,
    ) -> None:
        self._conversation, self._door, self._page = conversation, door, page
        self._reading, self._stopping, self._pace = reading, stopping, pace

    async def respond(self, request: Request) -> Response:
        """The answer to one request, in the media type that the caller ranks highest."""
        pages = (HTML,) if request.method in {"GET", "HEAD"} else ()
        media = choose(request.headers.get("accept"), (JSON, GRAPHQL_JSON, *pages, EVENT_STREAM))
        response = self._page() if media == HTML else await self._answer(request, media)
        response.headers["Vary"] = "Accept"
        return response

    async def _answer(self, request: Request, accepted: str | None) -> Response:
        media, operation = _for_refusals(accepted), None
        try:
            caller = await self._admitted(request)
            if accepted is None:
                raise _unacceptable()
            operation = await self._operation(request, caller)
            if accepted == EVENT_STREAM or operation.node.operation is OperationType.SUBSCRIPTION:
                return self._stream(request, operation, caller)
            result = await self._conversation.execution.run(operation, caller, request_id_of(request))
        except HttpProblem as problem:
            return problem_answer(problem, media)
        except RefusedError as refused:
            result = ExecutionResult(None, list(refused.errors))
        except Exception as error:  # whatever fails below, the caller gets an answer and we a log line
            result = failed(error)
        return self._finish(result, operation, media, request)

    def _stream(self, request: Request, operation: Operation, caller: Caller) -> EventStream:
        """Events for as long as there are any. Raises HttpProblem where the caller follows too much already."""
        if operation.node.operation is OperationType.SUBSCRIPTION:
            self._conversation.places.check(caller)
        return EventStream(self._events(request, operation, caller), self._stopping)

    async def _events(
        self, request: Request, operation: Operation, caller: Caller
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        talk, request_id = self._conversation, request_id_of(request)
        sign_in = partial(self._door.caller_of, request)
        try:
            async with aclosing(talk.answers(operation, caller, sign_in, request_id)) as answers:
                async for told in answers:
                    yield told
        except RefusedError as refused:
            yield {"errors": [told for error in refused.errors for told in talk.trouble(error, request_id)]}
        except Exception as error:  # the answer has begun: what fails is its last event
            yield {"errors": talk.trouble(error, request_id)}

    async def _admitted(self, request: Request) -> Caller:
        caller = await self._door.caller_or_stranger(request)
        if self._pace is not None:
            self._pace.admit(caller)
        return caller

    async def _operation(self, request: Request, caller: Caller) -> Operation:
        asked = await self._reading.request(request)
        return self._conversation.operations.find(
            asked,
            admit=lambda doing: self._door.admit(caller, doing, request),
            fits=lambda kind: _require_runnable(kind, request),
        )

    def _finish(self, result: ExecutionResult, operation: Operation | None, media: str, request: Request) -> Response:
        told = self._conversation.told(result, operation, request_id_of(request))
        if is_busy(result):
            return json_answer(told, 503, {"Retry-After": RETRY_AFTER_SECONDS}, media)
        return json_answer(told, _status(result, media), media=media)


def _for_refusals(accepted: str | None) -> str:
    """The media type of an answer that is no stream, to whoever wanted one too: their status shows what was refused."""
    return GRAPHQL_JSON if accepted == EVENT_STREAM else accepted or JSON


def _status(result: ExecutionResult, media: str) -> int:
    """200 wherever GraphQL itself answered; a refused request shows in the status only to who knows the type."""
    if not is_refused(result):
        return 200
    if is_ours(result.errors or ()):
        return 500
    return 400 if media == GRAPHQL_JSON else 200


def _unacceptable() -> HttpProblem:
    message = f"The answer comes as {GRAPHQL_JSON}, {JSON} or {EVENT_STREAM}: accept one of them."
    return HttpProblem(406, "NOT_ACCEPTABLE", message)


def _require_runnable(kind: OperationType, request: Request) -> None:
    if kind is OperationType.SUBSCRIPTION and not names(request.headers.get("accept"), EVENT_STREAM):
        message = (
            f"A subscription is answered by a stream: accept {EVENT_STREAM}, or open a WebSocket at this address with"
            f" the subprotocol {SUBPROTOCOL}."
        )
        raise HttpProblem(406, "NOT_ACCEPTABLE", message)
    if kind is OperationType.MUTATION and request.method != "POST":
        message = "A mutation changes data: send it by POST, not by GET."
        raise HttpProblem(405, "METHOD_NOT_ALLOWED", message, {"Allow": "POST"})
