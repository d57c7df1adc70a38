"""A client that follows subscriptions over WebSocket, for tests over the network."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

PATIENCE_SECONDS = 60
BEGINNING = "WyJpZCIsMF0"
"""The cursor before everything."""
_KEYS = count(1)


@dataclass(frozen=True, slots=True)
class Follower:
    """One connection. Everything that comes must be data unless :meth:`message` is used."""

    socket: ClientConnection

    def subscribe(self, query: str, **variables: Any) -> str:
        """Begins to follow, and waits until the server does; gives the id of the operation."""
        key = str(next(_KEYS))
        self._send("subscribe", id=key, payload={"query": query, "variables": variables})
        return key

    def settle(self) -> None:
        """Waits until everything that was begun has looked once: operations are begun in their order."""
        key = self.subscribe("{ __typename }")
        while (message := self.message())["type"] != "complete" or message["id"] != key:
            assert message["id"] == key, message

    def message(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.socket.recv(PATIENCE_SECONDS))
        return found

    def data(self) -> Any:
        """The next event."""
        message = self.message()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        (found,) = message["payload"]["data"].values()
        return found

    def complete(self, key: str) -> None:
        self._send("complete", id=key)

    def code_at_the_end(self) -> int:
        """Waits until the server ends the connection; the code that it gives."""
        try:
            while True:
                self.message()
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else 1006

    def _send(self, kind: str, **more: Any) -> None:
        self.socket.send(json.dumps({"type": kind, **more}))


@contextmanager
def following(origin: str, token: str | None = None) -> Iterator[Follower]:
    """A connection that the server has let in, until the block ends."""
    address = origin.replace("http://", "ws://") + "/graphql"
    # Whoever hangs up with much unread would wait ten seconds for the farewell that stands behind it.
    unread = {"max_queue": None}
    with connect(address, subprotocols=["graphql-transport-ws"], open_timeout=PATIENCE_SECONDS, **unread) as socket:
        payload = {"authorization": f"Bearer {token}"} if token else {}
        socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(socket.recv(PATIENCE_SECONDS)) == {"type": "connection_ack"}
        yield Follower(socket)
