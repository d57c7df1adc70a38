"""Server-sent events: what comes, in which frames, and how a stream ends."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from starlette.types import Message

from server.domain.actors import Caller
from server.http.event_stream import EventStream
from server.http.places import Places
from server.http.stopping import Stopping
from tests.http.builders import PERSONAL, Server, code_of

SSE = "text/event-stream"
ROBIN = Caller("Robin", frozenset({"SITE_STAFF"}))
PATIENCE_SECONDS = 30


class Stream:
    """A request whose answer is taken piece by piece; the application goes on only while something is waited for."""

    def __init__(self, runner: asyncio.Runner, server: Server, query: str, headers: dict[str, str]) -> None:
        self._runner = runner
        self._in, self._out = asyncio.Queue[Message](), asyncio.Queue[Message]()
        given = {"host": "localhost", "content-type": "application/json", "accept": SSE, **headers}
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        }
        self._in.put_nowait({"type": "http.request", "body": json.dumps({"query": query}).encode()})
        self.app = runner.get_loop().create_task(server.app()(scope, self._in.get, self._out.put))
        start = self._wait(self._out.get())
        self.status, self.headers = start["status"], {k.decode(): v.decode() for k, v in start["headers"]}

    def _wait(self, awaited: Any) -> Any:
        return self._runner.run(asyncio.wait_for(awaited, PATIENCE_SECONDS))

    def frame(self) -> str:
        return str(self._wait(self._out.get())["body"].decode())

    def event(self) -> tuple[str, Any]:
        """The next event that means something."""
        while (frame := self.frame()) == ":\n\n":
            pass
        kind, data, end, *rest = frame.split("\n")
        assert (end, rest) == ("", [""])
        text = data.removeprefix("data:").strip()
        return kind.removeprefix("event: "), json.loads(text) if text else None

    def tell(self, tell: Any) -> None:
        """Does something on the event loop."""

        async def told() -> None:
            tell()

        self._wait(told())

    def leave(self) -> None:
        self._in.put_nowait({"type": "http.disconnect"})
        self._wait(self.app)

    def end(self) -> list[str]:
        """Whatever still comes until the application has ended."""
        self._wait(self.app)
        return [self._out.get_nowait()["body"].decode() for _ in range(self._out.qsize())]


@contextmanager
def streamed(server: Server, query: str, **headers: str) -> Iterator[Stream]:
    with asyncio.Runner() as runner:
        stream = Stream(runner, server, query, headers)
        try:
            yield stream
        finally:
            stream.leave()


def test_events_come_in_their_order_in_frames_that_begin_at_once() -> None:
    with streamed(Server(), "subscription { ticks(upto: 2) }") as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == f"{SSE}; charset=utf-8"
        assert stream.headers["cache-control"] == "no-store"
        assert stream.headers["vary"] == "Accept"
        assert "content-encoding" not in stream.headers
        assert stream.frame() == ":\n\n"
        for tick in (1, 2):
            kind, told = stream.event()
            assert (kind, told["data"]) == ("next", {"ticks": tick})
            assert told["extensions"] == {"cost": {"requested": 1, "limit": 50_000}}


def test_a_client_that_goes_ends_everything() -> None:
    server = Server()
    with streamed(server, "subscription { ticks(upto: 1) }") as stream:
        stream.event()
        assert server.bell.heard
        assert server.places._taken.total() == 1
    assert not server.bell.heard
    assert server.places._taken.total() == 0


def test_a_server_that_stops_ends_the_stream_without_saying_that_it_is_complete() -> None:
    server = Server()
    with streamed(server, "subscription { ticks(upto: 1) }") as stream:
        stream.event()
        stream.tell(server.stopping.tell)
        assert stream.end() == [""]
    assert not server.bell.heard


def test_a_query_over_a_stream_is_one_event_and_complete() -> None:
    with streamed(Server(), "{ caller }") as stream:
        assert stream.event()[1]["data"] == {"caller": "Local administrator"}
        assert stream.event() == ("complete", None)
        assert stream.end() == [""]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { wrong }", "BAD_CURSOR"),
        ("subscription($u: Int!) { ticks(upto: $u) }", "BAD_USER_INPUT"),
        ("subscription { crash }", "INTERNAL_SERVER_ERROR"),
    ],
)
def test_what_fails_later_is_the_last_event(query: str, code: str) -> None:
    server = Server()
    with streamed(server, query) as stream:
        kind, told = stream.event()
        assert (kind, [error["extensions"]["code"] for error in told["errors"]]) == ("next", [code])
        assert stream.event() == ("complete", None)
    assert PERSONAL not in str(told) + server.lines.getvalue()


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("subscription { ticks", 400, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", 400, "GRAPHQL_VALIDATION_FAILED"),
        ("", 400, "BAD_REQUEST"),
    ],
)
def test_what_is_refused_before_it_begins_is_an_answer_and_no_stream(query: str, status: int, code: str) -> None:
    response = Server().post({"query": query}, SSE)
    assert (response.status_code, code_of(response)) == (status, code)
    assert response.headers["content-type"].startswith("application/graphql-response+json")


def test_a_token_that_ends_ends_the_stream_in_words() -> None:
    server = Server(local=False, bearers={"good": ROBIN})
    with streamed(server, "subscription { ticks(upto: 1, more: false) }", authorization="Bearer good") as stream:
        assert stream.event()[1]["data"] == {"ticks": 1}
        server.bearers = {}
        server.bell.ring()
        assert stream.event()[1]["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}
        assert stream.event() == ("complete", None)
    assert server.roads.taken == ["read"]


def test_who_follows_too_much_is_refused_before_anything_is_sent() -> None:
    response = Server(places=Places(0, 10)).post({"query": "subscription { ticks }"}, SSE)
    assert (response.status_code, code_of(response)) == (429, "TOO_MANY_SUBSCRIPTIONS")
    response = Server(places=Places(10, 0)).post({"query": "subscription { ticks }"}, SSE)
    assert response.json()["errors"][0]["extensions"]["limit"] == "subscriptions"


def test_a_silent_stream_says_that_it_is_alive() -> None:
    async def silent() -> Any:
        await asyncio.Event().wait()
        yield {}

    async def taken() -> list[bytes]:
        sent, gone = asyncio.Queue[Message](), asyncio.Queue[Message]()
        stream = EventStream(silent(), Stopping(), alive_seconds=0.01)
        task = asyncio.create_task(stream({"type": "http"}, gone.get, sent.put))
        assert (await sent.get())["type"] == "http.response.start"
        found = [(await sent.get())["body"] for _ in range(3)]
        gone.put_nowait({"type": "http.disconnect"})
        await task
        return found

    assert asyncio.run(taken()) == [b":\n\n"] * 3
