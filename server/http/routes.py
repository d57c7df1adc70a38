"""Which address answers what."""

from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from structlog.typing import FilteringBoundLogger

from server.domain.errors import TryAgainError
from server.http.answers import HttpProblem, busy
from server.http.authentication import Doorkeeper
from server.http.browser_page import BrowserPage
from server.http.flow_page import flow_routes
from server.http.graphql_view import GraphQLView
from server.http.health import Probe, Readiness, alive
from server.http.middleware import Envelope, KnownNames
from server.http.problem_page import told
from server.http.schema_text import SchemaText
from server.http.websocket import WebSockets
from server.telemetry.metrics import MEDIA_TYPE

COMPRESSED_FROM = 1024
"""How many bytes an answer has at least that is compressed: smaller ones hardly get smaller."""

COMPRESSION_LEVEL = 5
"""A page of fifty people gets a tenth as long in a third of a millisecond; more effort gains hardly anything."""

ADDRESSES = "/graphql, /flow, /schema.graphql, /metrics, /healthz and /readyz"

_SHARED: dict[str, Any] = {
    "allow_methods": ["GET", "POST"],
    "allow_headers": ["Authorization", "Content-Type", "X-Request-Id"],
    "expose_headers": ["Retry-After", "X-Request-Id"],
}
"""What pages of other hosts may send and read; never cookies, for there are none."""

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]


def build_http(
    view: GraphQLView,
    sockets: WebSockets,
    page: BrowserPage,
    probe: Probe,
    *,
    sdl: Callable[[], str],
    metrics: Callable[[], bytes],
    door: Doorkeeper,
    log: FilteringBoundLogger,
    new_id: Callable[[], str],
    lifespan: Lifespan | None = None,
    names: Collection[str] | None = (),
    origins: Collection[str] = (),
) -> Starlette:
    """The whole server over HTTP. ``sdl``: the API's schema as text; ``metrics``: what it counts.

    ``names``: those it answers to, beside this machine's own; None: any. ``origins``: the other hosts' pages that
    may ask.
    """

    def inside(answer: Callable[[Request], Response]) -> Callable[[Request], Awaitable[Response]]:
        """An answer for whoever may come in."""
        return partial(admitted, door, answer)

    async def home(_: Request) -> Response:
        return RedirectResponse("/graphql")

    guard = [] if names is None else [Middleware(KnownNames, names=names)]
    shared = [Middleware(CORSMiddleware, allow_origins=origins, **_SHARED)] if origins else []
    packed = Middleware(GZipMiddleware, minimum_size=COMPRESSED_FROM, compresslevel=COMPRESSION_LEVEL)
    return Starlette(
        routes=[
            Route("/", home),
            Route("/graphql", view.respond, methods=["GET", "POST"]),
            WebSocketRoute("/graphql", sockets.respond),
            Route("/schema.graphql", inside(SchemaText(sdl).respond)),
            Route("/metrics", inside(lambda _: Response(metrics(), media_type=MEDIA_TYPE))),
            Route("/healthz", alive),
            Route("/readyz", Readiness(probe).respond),
            *flow_routes(),
            Mount("/static", StaticFiles(directory=page.assets)),
        ],
        middleware=[Middleware(Envelope, log=log, new_id=new_id), *guard, *shared, packed],
        exception_handlers={404: nothing_here, 405: wrong_method},
        lifespan=lifespan,
    )


async def admitted(door: Doorkeeper, answer: Callable[[Request], Response], request: Request) -> Response:
    """An answer for whoever the door lets in, else why not."""
    try:
        await door.caller_of(request)
    except HttpProblem as problem:
        return _told(problem, request)
    except TryAgainError as error:
        return _told(busy(error), request)
    return answer(request)


async def nothing_here(request: Request, _: Exception) -> Response:
    """An address that does not exist, answered with those that do."""
    return _told(HttpProblem(404, "NOT_FOUND", f"There is nothing at this address. There is: {ADDRESSES}."), request)


async def wrong_method(request: Request, error: Exception) -> Response:
    """A method that an address does not answer, with those that it does."""
    headers = (error.headers if isinstance(error, HTTPException) else None) or {}
    message = f"This address does not answer {request.method}; it answers {headers.get('Allow', 'GET')}."
    return _told(HttpProblem(405, "METHOD_NOT_ALLOWED", message, headers), request)


def _told(problem: HttpProblem, request: Request) -> Response:
    return told(problem, request.headers.get("accept"))
