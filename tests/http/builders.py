"""A small API of our own, so that the view is tested apart from the real schema."""

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

import httpx
import strawberry
from graphql import GraphQLError
from starlette.applications import Starlette
from strawberry.types import Info

from server.domain.actors import Caller
from server.domain.errors import NotFoundError, NotSignedInError, TryAgainError
from server.graphql.following import Seen, Source
from server.graphql.limits import Limits
from server.http.authentication import Doorkeeper
from server.http.browser_page import BrowserPage, browser_page
from server.http.conversation import Conversation
from server.http.execution import Execution
from server.http.execution import Roads as Ways
from server.http.graphql_request import Reading
from server.http.graphql_view import GraphQLView
from server.http.health import Check
from server.http.operations import Operations
from server.http.pace import Pace
from server.http.persisted import Persisted
from server.http.places import Places
from server.http.routes import build_http
from server.http.stopping import Stopping
from server.http.websocket import WebSockets
from server.limit_settings import LimitSettings
from server.store.bell import Bell
from server.telemetry.logs import open_log

PERSONAL = "rosa@example.org"
T = TypeVar("T")


@strawberry.type
class Query:
    @strawberry.field
    def caller(self, info: Info[Any, Any]) -> str:
        return str(info.context.name)

    @strawberry.field
    def echo(self, text: str) -> str:
        return text

    @strawberry.field
    def broken(self) -> str | None:
        raise RuntimeError(f"duplicate key: {PERSONAL}")

    @strawberry.field
    def missing(self) -> str | None:
        raise NotFoundError("There is no such user.")

    @strawberry.field
    def busy(self) -> str | None:
        raise TryAgainError("The database is busy. Send the same request again.")

    @strawberry.field
    def faulty(self) -> str | None:
        raise GraphQLError("The cursor is not one of ours.", extensions={"code": "BAD_CURSOR"})

    @strawberry.field
    def required(self) -> str:
        raise RuntimeError(PERSONAL)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def change(self) -> str:
        return "changed"


@strawberry.type
class Subscription:
    """Each follows what a look finds at its position; the position is the last tick."""

    @strawberry.subscription
    def ticks(self, info: Info[Any, Any], upto: int = 3, more: bool = True) -> AsyncIterator[int]:
        def look(context: Caller, *, position: Any, most: int) -> Seen:
            last = position or 0
            return Seen((last + 1,), last + 1, more) if last < upto else Seen((), last)

        return cast("AsyncIterator[int]", info.context.follow(look, Source.HISTORY))

    @strawberry.subscription
    def wrong(self, info: Info[Any, Any]) -> AsyncIterator[int]:
        def look(context: Caller, *, position: Any, most: int) -> Seen:
            raise GraphQLError("The cursor is not one of ours.", extensions={"code": "BAD_CURSOR"})

        return cast("AsyncIterator[int]", info.context.follow(look, Source.HISTORY))

    @strawberry.subscription
    def crash(self, info: Info[Any, Any]) -> AsyncIterator[int]:
        def look(context: Caller, *, position: Any, most: int) -> Seen:
            raise RuntimeError(PERSONAL)

        return cast("AsyncIterator[int]", info.context.follow(look, Source.HISTORY))


def small_schema() -> strawberry.Schema:
    return strawberry.Schema(Query, Mutation, Subscription)


@dataclass
class Roads:
    """Stands in for the store: runs the work at once and remembers which road it took."""

    taken: list[str] = field(default_factory=list)
    failure: Exception | None = None

    def road(self, name: str) -> Callable[[Callable[[str], T]], Awaitable[T]]:
        async def run(work: Callable[[str], T]) -> T:
            self.taken.append(name)
            if self.failure is not None:
                raise self.failure
            return work("a session")

        return run


@dataclass
class Server:
    """A server in memory with everything a test wants to look at."""

    roads: Roads = field(default_factory=Roads)
    lines: io.StringIO = field(default_factory=io.StringIO)
    checks: tuple[Check, ...] = (Check("database"), Check("rules", details={"default": "abcdef012345"}))
    schema: strawberry.Schema = field(default_factory=small_schema)
    page: BrowserPage = field(default_factory=browser_page)
    raise_app_exceptions: bool = True
    local: bool = True
    names: tuple[str, ...] | None = ()
    bearers: Mapping[str, Caller] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    limits: LimitSettings = field(default_factory=LimitSettings)
    pace: Pace | None = None
    body_seconds: float = 30
    persisted: Persisted = field(default_factory=Persisted)
    origins: tuple[str, ...] = ()
    places: Places = field(default_factory=lambda: Places(50, 1_000))
    connections: Places = field(default_factory=lambda: Places(50, 1_000))
    stopping: Stopping = field(default_factory=Stopping)
    init_seconds: float = 30
    bell: Bell = field(default_factory=Bell)
    needs: int = 0

    async def prepare(self, _: object) -> bool:
        """Whether there was anything to be worked out: as often as ``needs`` says."""
        self.needs -= 1
        return self.needs >= 0

    async def sign_in(self, token: str) -> Caller:
        self.asked.append(token)
        if self.roads.failure is not None:
            raise self.roads.failure
        if token not in self.bearers:
            raise NotSignedInError("unknown token")
        return self.bearers[token]

    def app(self) -> Starlette:
        log = open_log(self.lines, colours=False)
        bells = dict.fromkeys(Source, self.bell)
        ways = Ways(self.roads.road("read"), self.roads.road("write"), _caller_only, prepare=self.prepare, bells=bells)
        door = Doorkeeper(self.sign_in, log, local=self.local)
        operations = Operations(Limits(self.schema._schema, self.limits), self.persisted)
        talk = Conversation(operations, Execution(self.schema, ways), self.places, self.connections, log)
        reading = Reading(self.limits.body_bytes, self.body_seconds)
        view = GraphQLView(
            talk, door=door, page=self.page.respond, reading=reading, stopping=self.stopping, pace=self.pace
        )
        return build_http(
            view,
            WebSockets(talk, door, self.pace, self.origins, self.init_seconds),
            self.page,
            self._probe,
            sdl=self.schema.as_str,
            metrics=lambda: b"counted 1\n",
            door=door,
            log=log,
            new_id=lambda: "id-made-here",
            names=self.names,
            origins=self.origins,
        )

    async def _probe(self) -> tuple[Check, ...]:
        return self.checks

    def send(self, method: str, path: str = "/graphql", **given: Any) -> httpx.Response:
        async def sent() -> httpx.Response:
            transport = httpx.ASGITransport(self.app(), raise_app_exceptions=self.raise_app_exceptions)
            async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
                del client.headers["accept"]
                return await client.request(method, path, **given)

        return asyncio.run(sent())

    def post(self, body: object, accept: str | None = None, **headers: str) -> httpx.Response:
        chosen = {"accept": accept} if accept else {}
        return self.send("POST", json=body, headers={**chosen, **headers})

    def get(self, path: str = "/graphql", accept: str | None = None, **given: Any) -> httpx.Response:
        headers = {**({"accept": accept} if accept else {}), **given.pop("headers", {})}
        return self.send("GET", path, headers=headers, **given)


def _caller_only(_: str, caller: Caller, _earlier: object) -> Caller:
    return caller


def first_error(response: httpx.Response) -> Mapping[str, Any]:
    (error,) = response.json()["errors"]
    return dict(error)


def code_of(response: httpx.Response) -> str:
    return str(first_error(response)["extensions"]["code"])
