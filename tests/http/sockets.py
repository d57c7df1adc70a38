"""A WebSocket without a network: an application is talked to in this thread, message by message."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from starlette.types import ASGIApp, Message

PATIENCE_SECONDS = 30


class ClosedError(Exception):
    """The other side has ended the connection; ``code``: why."""

    def __init__(self, message: Message) -> None:
        super().__init__(f"{message.get('code')} {message.get('reason')}")
        self.code = int(message.get("code", 0))


class Socket:
    """The client's end. The application goes on only while something is waited for."""

    def __init__(self, runner: asyncio.Runner, app: ASGIApp, scope: dict[str, Any]) -> None:
        self._runner = runner
        self._sent, self._received = asyncio.Queue[Message](), asyncio.Queue[Message]()
        self._sent.put_nowait({"type": "websocket.connect"})
        self._app = runner.get_loop().create_task(app(scope, self._sent.get, self._received.put))
        self.subprotocol = self._next("websocket.accept").get("subprotocol")

    def send_text(self, text: str) -> None:
        self._sent.put_nowait({"type": "websocket.receive", "text": text})

    def send_json(self, message: object) -> None:
        self.send_text(json.dumps(message))

    def receive_json(self) -> Any:
        return json.loads(self._next("websocket.send")["text"])

    def code_at_the_end(self) -> int:
        """Takes whatever still comes until the other side ends the connection; the code it gives."""
        try:
            while True:
                self.receive_json()
        except ClosedError as closed:
            return closed.code

    def leave(self) -> None:
        """Goes, and waits until the application has seen it."""
        self._sent.put_nowait({"type": "websocket.disconnect", "code": 1001})
        self._runner.run(asyncio.wait_for(self._app, PATIENCE_SECONDS))

    def _next(self, expected: str) -> Message:
        message = self._runner.run(asyncio.wait_for(self._received.get(), PATIENCE_SECONDS))
        if message["type"] == "websocket.close":
            raise ClosedError(message)
        assert message["type"] == expected
        return message


@contextmanager
def connected(app: ASGIApp, *subprotocols: str, headers: dict[str, str]) -> Iterator[Socket]:
    """Opens a WebSocket at the address of the API until the block ends. Raises ClosedError where it is refused."""
    scope = {
        "type": "websocket",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "scheme": "ws",
        "subprotocols": list(subprotocols),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
    }
    with asyncio.Runner() as runner:
        socket = Socket(runner, app, scope)
        try:
            yield socket
        finally:
            socket.leave()
