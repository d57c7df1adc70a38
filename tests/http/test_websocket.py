"""The protocol graphql-transport-ws, message by message, and how a connection ends."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from server.domain.actors import Caller
from server.domain.errors import TryAgainError
from server.http import websocket
from server.http.pace import Pace
from server.http.persisted import Persisted
from server.http.places import Places
from tests.http.builders import PERSONAL, Server
from tests.http.sockets import ClosedError, Socket, connected

ROBIN = Caller("Robin", frozenset({"SITE_STAFF"}))
COST = {"extensions": {"cost": {"requested": 1, "limit": 50_000}}}
INIT = {"type": "connection_init"}


@contextmanager
def opened(
    server: Server, *, subprotocols: tuple[str, ...] = (websocket.SUBPROTOCOL,), **headers: str
) -> Iterator[Socket]:
    with connected(server.app(), *subprotocols, headers={"host": "localhost:8000", **headers}) as socket:
        yield socket


@contextmanager
def introduced(server: Server, **payload: str) -> Iterator[Socket]:
    with opened(server) as socket:
        socket.send_json({**INIT, "payload": payload})
        assert socket.receive_json() == {"type": "connection_ack"}
        yield socket


def subscribe(socket: Socket, query: str, key: str = "1", **more: Any) -> None:
    socket.send_json({"id": key, "type": "subscribe", "payload": {"query": query, **more}})


def test_a_query_and_a_mutation_are_answered_once_and_completed() -> None:
    server = Server()
    with introduced(server) as socket:
        for text, data in (
            ("{ caller }", {"caller": "Local administrator"}),
            ("mutation { change }", {"change": "changed"}),
        ):
            subscribe(socket, text)
            assert socket.receive_json() == {"id": "1", "type": "next", "payload": {"data": data, **COST}}
            assert socket.receive_json() == {"id": "1", "type": "complete"}
    assert server.roads.taken == ["read", "write"]


@pytest.mark.parametrize("more", ["true", "false"])
def test_events_come_in_their_order_until_the_client_has_enough(more: str) -> None:
    server = Server()
    with introduced(server) as socket:
        subscribe(socket, f"subscription {{ ticks(upto: 2, more: {more}) }}")
        for tick in (1, 2):
            if more == "false":
                server.bell.ring()
            told = socket.receive_json()
            assert (told["type"], told["payload"]["data"]) == ("next", {"ticks": tick})
        socket.send_json({"id": "1", "type": "complete"})
        subscribe(socket, "{ caller }", "1")
        assert socket.receive_json()["payload"]["data"] == {"caller": "Local administrator"}
    assert not server.bell.heard
    assert server.places._taken.total() == 0


def test_several_operations_run_side_by_side_over_one_connection() -> None:
    with introduced(Server()) as socket:
        subscribe(socket, "subscription { ticks(upto: 1) }", "a")
        assert socket.receive_json()["id"] == "a"
        subscribe(socket, "{ caller }", "b")
        assert [socket.receive_json()["id"] for _ in range(2)] == ["b", "b"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { ticks", "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", "GRAPHQL_VALIDATION_FAILED"),
        ("query A { caller } query B { caller }", "OPERATION_RESOLUTION_FAILURE"),
        ("", "BAD_REQUEST"),
        ("subscription { wrong }", "BAD_CURSOR"),
        ("subscription($u: Int!) { ticks(upto: $u) }", "BAD_USER_INPUT"),
    ],
)
def test_what_is_wrong_with_an_operation_ends_it_and_nothing_else(query: str, code: str) -> None:
    with introduced(Server()) as socket:
        subscribe(socket, query)
        told = socket.receive_json()
        assert (told["type"], [error["extensions"]["code"] for error in told["payload"]]) == ("error", [code])
        subscribe(socket, "{ caller }")
        assert socket.receive_json()["type"] == "next"


def test_what_nobody_expected_is_masked_and_logged_without_its_text() -> None:
    server = Server()
    with introduced(server) as socket:
        subscribe(socket, "subscription { crash }")
        (error,) = socket.receive_json()["payload"]
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "id-made-here"}
    assert '"error": "RuntimeError"' in server.lines.getvalue()
    assert PERSONAL not in str(error) + server.lines.getvalue()


def test_pings_are_answered_with_what_they_bring_also_before_the_introduction() -> None:
    with opened(Server()) as socket:
        socket.send_json({"type": "ping", "payload": {"at": 1}})
        assert socket.receive_json() == {"type": "pong", "payload": {"at": 1}}
        socket.send_json(INIT)
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"type": "pong"})
        socket.send_json({"type": "ping"})
        assert socket.receive_json() == {"type": "pong"}


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("{", websocket.BAD_MESSAGE),
        ("5", websocket.BAD_MESSAGE),
        ("{}", websocket.BAD_MESSAGE),
        ('{"type": "nonsense"}', websocket.BAD_MESSAGE),
        ('{"type": "subscribe", "payload": {}}', websocket.BAD_MESSAGE),
        ('{"type": "subscribe", "id": "", "payload": {}}', websocket.BAD_MESSAGE),
        ('{"type": "subscribe", "id": "1"}', websocket.BAD_MESSAGE),
        ('{"type": "connection_init"}', websocket.TOO_MANY_INITS),
    ],
)
def test_a_message_that_is_none_ends_the_connection(message: str, code: int) -> None:
    with introduced(Server()) as socket:
        socket.send_text(message)
        assert socket.code_at_the_end() == code


def test_an_id_that_is_in_use_ends_the_connection_with_all_that_ran_over_it() -> None:
    server = Server()
    with introduced(server) as socket:
        for _ in range(2):
            subscribe(socket, "subscription { ticks(upto: 1) }")
        assert socket.code_at_the_end() == websocket.DOUBLED
    assert not server.bell.heard


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ('{"type": "subscribe", "id": "1", "payload": {"query": "{ caller }"}}', websocket.UNAUTHORISED),
        ('{"type": "complete", "id": "1"}', websocket.BAD_MESSAGE),
    ],
)
def test_nothing_is_done_before_the_introduction(message: str, code: int) -> None:
    server = Server()
    with opened(server) as socket:
        socket.send_text(message)
        assert socket.code_at_the_end() == code
    assert server.roads.taken == []


def test_who_does_not_say_who_they_are_is_not_waited_for() -> None:
    with opened(Server(init_seconds=0.05)) as socket:
        assert socket.code_at_the_end() == websocket.INIT_TIMEOUT


def test_only_one_protocol_is_spoken_never_the_old_one() -> None:
    for subprotocols in ((), ("graphql-ws",)):
        with opened(Server(), subprotocols=subprotocols) as socket:
            assert socket.code_at_the_end() == websocket.NO_SUBPROTOCOL


def guarded() -> Server:
    return Server(local=False, bearers={"good": ROBIN})


@pytest.mark.parametrize("name", ["Authorization", "authorization"])
def test_the_token_comes_with_the_introduction_for_pages_cannot_send_headers(name: str) -> None:
    with introduced(guarded(), **{name: "Bearer good"}) as socket:
        subscribe(socket, "{ caller }")
        assert socket.receive_json()["payload"]["data"] == {"caller": "Robin"}


def test_or_with_the_header_of_the_handshake() -> None:
    with opened(guarded(), authorization="Bearer good") as socket:
        socket.send_json(INIT)
        assert socket.receive_json() == {"type": "connection_ack"}


@pytest.mark.parametrize("payload", [None, {}, {"authorization": "Bearer bad"}, {"authorization": 5}, "x"])
def test_who_is_not_known_is_sent_away(payload: object) -> None:
    with opened(guarded()) as socket:
        socket.send_json({**INIT, "payload": payload})
        assert socket.code_at_the_end() == websocket.FORBIDDEN


def test_a_database_that_does_not_answer_is_no_reason_to_send_anybody_away_for_good() -> None:
    server = guarded()
    server.roads.failure = TryAgainError("The database is busy.")
    with opened(server) as socket:
        socket.send_json({**INIT, "payload": {"authorization": "Bearer good"}})
        assert socket.code_at_the_end() == websocket.TRY_LATER


def test_a_token_that_ends_ends_what_runs_under_it() -> None:
    server = guarded()
    server.bearers = {"good": ROBIN}
    with introduced(server, authorization="Bearer good") as socket:
        subscribe(socket, "subscription { ticks(upto: 1, more: false) }")
        assert socket.receive_json()["type"] == "next"
        server.bearers = {}
        server.bell.ring()
        assert socket.code_at_the_end() == websocket.FORBIDDEN
    assert server.roads.taken == ["read"]
    assert not server.bell.heard


@pytest.mark.parametrize(
    ("origin", "comes_in"),
    [
        ("http://localhost:8000", True),
        ("https://app.example.org", True),
        ("https://evil.example", False),
        ("http://localhost:8001", False),
        ("null", False),
    ],
)
def test_pages_of_other_hosts_come_in_only_if_they_are_let_in(origin: str, comes_in: bool) -> None:
    server = Server(origins=("https://app.example.org",))
    if comes_in:
        with opened(server, origin=origin) as socket:
            socket.send_json(INIT)
            assert socket.receive_json() == {"type": "connection_ack"}
        return
    with pytest.raises(ClosedError), opened(server, origin=origin):
        pass


def test_a_name_that_is_not_ours_is_not_answered() -> None:
    with pytest.raises(ClosedError), opened(Server(), host="evil.example"):
        pass


def test_who_follows_too_much_is_told_which_limit_it_is() -> None:
    server = Server(places=Places(1, 10))
    with introduced(server) as socket:
        subscribe(socket, "subscription { ticks(upto: 1) }", "a")
        assert socket.receive_json()["type"] == "next"
        subscribe(socket, "subscription { ticks(upto: 1) }", "b")
        (error,) = socket.receive_json()["payload"]
    assert error["extensions"] == {"code": "TOO_MANY_SUBSCRIPTIONS", "limit": "subscriptionsPerCaller", "allowed": 1}


def test_one_connection_has_so_many_operations_under_way_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "AT_ONCE", 1)
    with introduced(Server()) as socket:
        subscribe(socket, "subscription { ticks(upto: 1) }", "a")
        assert socket.receive_json()["id"] == "a"
        subscribe(socket, "{ caller }", "b")
        told = socket.receive_json()
        assert (told["id"], told["payload"][0]["extensions"]["code"]) == ("b", "TOO_MANY_OPERATIONS")


def test_there_are_only_so_many_connections_and_who_finds_none_may_come_again() -> None:
    server = Server(connections=Places(1, 1))
    with introduced(server), opened(server) as second:
        second.send_json(INIT)
        assert second.code_at_the_end() == websocket.TRY_LATER


def test_operations_are_counted_like_requests() -> None:
    with introduced(Server(pace=Pace(6, lambda: 0.0))) as socket:
        subscribe(socket, "{ caller }", "a")
        assert [socket.receive_json()["type"] for _ in range(2)] == ["next", "complete"]
        subscribe(socket, "{ caller }", "b")
        assert socket.receive_json()["payload"][0]["extensions"]["code"] == "TOO_MANY_REQUESTS"


def test_documents_go_by_their_ids_here_too() -> None:
    with introduced(Server(persisted=Persisted({"who": "{ caller }"}, only_trusted=True))) as socket:
        socket.send_json({"id": "1", "type": "subscribe", "payload": {"documentId": "who"}})
        assert socket.receive_json()["payload"]["data"] == {"caller": "Local administrator"}
        socket.receive_json()
        subscribe(socket, "{ __typename }")
        assert socket.receive_json()["payload"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
