"""What wraps every request: its id, the headers of every answer, the last net for errors, the server's names."""

import re
from collections.abc import Callable, Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.typing import FilteringBoundLogger

from server.environment import is_loopback
from server.http.answers import HttpProblem
from server.http.problem_page import told
from server.http.request_id import REQUEST_ID, SANE_ID
from server.http.results import internal_error
from server.telemetry.logs import frames

SECURE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}
"""On every answer; the page for browsers brings a policy of its own."""


class Envelope:
    """Gives each request an id (the caller's, if it is sane), each answer its headers, each failure an answer."""

    def __init__(self, app: ASGIApp, log: FilteringBoundLogger, new_id: Callable[[], str]) -> None:
        self._app = app
        self._log = log
        self._new_id = new_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or the server's start and stop."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        scope[REQUEST_ID] = request_id = given if SANE_ID.fullmatch(given) else self._new_id()
        if scope["type"] == "websocket":
            await self._app(scope, receive, send)
            return
        started = False

        async def enveloped(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                _complete(MutableHeaders(scope=message), request_id)
            await send(message)

        try:
            await self._app(scope, receive, enveloped)
        except Exception as error:
            self._log.error("unexpected error", request_id=request_id, error=type(error).__name__, at=frames(error))
            if started:
                raise
            await _failure(request_id, scope)(scope, receive, enveloped)


def _complete(headers: MutableHeaders, request_id: str) -> None:
    headers["X-Request-Id"] = request_id
    for name, value in SECURE.items():
        headers.setdefault(name, value)


def _failure(request_id: str, scope: Scope) -> ASGIApp:
    return told(
        HttpProblem(500, "INTERNAL_SERVER_ERROR", internal_error(request_id)), Headers(scope=scope).get("accept")
    )


_POLICY = 1008
"""WebSocket's code for what is not allowed; before the connection is there it becomes a 403."""


class KnownNames:
    """Answers only to this machine's own names and the ones given.

    In local mode this keeps web pages from reaching the server under a name of their own.
    """

    def __init__(self, app: ASGIApp, names: Collection[str] = ()) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lets the request through, or answers it with 421, a WebSocket with 403."""
        headers = None if scope["type"] == "lifespan" else Headers(scope=scope)
        if headers is None or self._knows(_name(headers.get("host", ""))):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": _POLICY})
            return
        message = "This server does not answer to that name."
        if not self._names:
            message = "This server runs in local mode and answers only to localhost, 127.0.0.1 and [::1]."
        await told(HttpProblem(421, "MISDIRECTED_REQUEST", message), headers.get("accept"))(scope, receive, send)

    def _knows(self, name: str) -> bool:
        return is_loopback(name) or name.lower() in self._names


def _name(host: str) -> str:
    """The host without its port."""
    return re.sub(r":\d+$", "", host)
