"""Operations over WebSocket, as the protocol graphql-transport-ws has them."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect

from server.domain.actors import Caller
from server.domain.errors import TryAgainError
from server.http.answers import HttpProblem
from server.http.authentication import Doorkeeper
from server.http.conversation import Conversation
from server.http.graphql_request import from_values
from server.http.operations import RefusedError
from server.http.pace import Pace
from server.http.request_id import request_id_of

SUBPROTOCOL = "graphql-transport-ws"
INIT_SECONDS = 10.0
"""How long a client may take until it says who it is."""

SEND_SECONDS = 30.0
"""How long one message may take to be sent. Who takes nothing for longer is let go, and may come again."""

AT_ONCE = 50
"""How many operations one connection may have under way."""

BAD_MESSAGE, UNAUTHORISED, FORBIDDEN, NO_SUBPROTOCOL = 4400, 4401, 4403, 4406
INIT_TIMEOUT, DOUBLED, TOO_MANY_INITS = 4408, 4409, 4429
POLICY, TRY_LATER = 1008, 1013
"""The codes of the protocol, and two of WebSocket's own. Clients come again after 1012, 1013 and 4403."""

_UNAUTHENTICATED = 401


_TOO_MANY = HttpProblem(
    429,
    "TOO_MANY_OPERATIONS",
    f"At most {AT_ONCE} operations run over one connection at once. Complete some first, or open another connection.",
    details={"limit": "operationsPerConnection", "allowed": AT_ONCE},
)


class EndedError(Exception):
    """The connection is over; ``code`` and ``reason`` tell the client why."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(slots=True)
class Connection:
    """One client. ``running``: its operations by the ids that it gave them."""

    socket: WebSocket
    conversation: Conversation
    door: Doorkeeper
    pace: Pace | None
    init_seconds: float
    running: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    authorization: list[str] = field(default_factory=list)
    ended: asyncio.Queue[EndedError] = field(default_factory=asyncio.Queue)

    async def serve(self) -> None:
        """Talks until either side ends it; whatever is under way then is ended too."""
        if SUBPROTOCOL not in self.socket.scope["subprotocols"]:
            await self.socket.accept()
            await self.socket.close(NO_SUBPROTOCOL, f"Subprotocol not acceptable: speak {SUBPROTOCOL}")
            return
        await self.socket.accept(SUBPROTOCOL)
        listening, ending = asyncio.create_task(self._listen()), asyncio.create_task(self._ending())
        try:
            await asyncio.wait({listening, ending}, return_when=asyncio.FIRST_COMPLETED)
            await (listening if listening.done() else ending)
        except EndedError as ended:
            with suppress(TimeoutError):
                async with asyncio.timeout(SEND_SECONDS):
                    await self.socket.close(ended.code, ended.reason)
        except (WebSocketDisconnect, TimeoutError):
            pass  # nobody is there any more
        finally:
            tasks = (listening, ending, *self.running.values())
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _ending(self) -> None:
        raise await self.ended.get()

    async def _listen(self) -> None:
        caller = await self._introduce()
        try:
            self.conversation.connections.check(caller)
        except HttpProblem as problem:
            raise EndedError(TRY_LATER, problem.message) from None
        with self.conversation.connections.place(caller):
            await self._send({"type": "connection_ack"})
            while True:
                await self._take(await self._message())

    async def _introduce(self) -> Caller:
        """Waits for who is there. Raises EndedError where nobody is, or nobody whom the door lets in."""
        try:
            async with asyncio.timeout(self.init_seconds):
                while (message := await self._message())["type"] == "ping":
                    await self._pong(message)
        except TimeoutError:
            raise EndedError(INIT_TIMEOUT, "Connection initialisation timeout") from None
        if message["type"] == "subscribe":
            raise EndedError(UNAUTHORISED, "Unauthorized: send connection_init first")
        if message["type"] != "connection_init":
            raise EndedError(BAD_MESSAGE, "Send connection_init first")
        self.authorization = _authorization(message.get("payload")) or self.socket.headers.getlist("authorization")
        try:
            return await self._caller()
        except HttpProblem as problem:
            raise EndedError(FORBIDDEN, f"Forbidden: {problem.code}") from None
        except TryAgainError:
            raise EndedError(TRY_LATER, "The database does not answer: try again in a moment") from None

    async def _take(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ping":
                await self._pong(message)
            case "pong":
                pass
            case "subscribe":
                await self._begin(_id_of(message), message.get("payload"))
            case "complete":
                task = self.running.pop(_id_of(message), None)
                if task is not None:
                    task.cancel()
            case "connection_init":
                raise EndedError(TOO_MANY_INITS, "Too many initialisation requests")
            case other:
                raise EndedError(BAD_MESSAGE, f"Invalid message: there is no type {str(other)[:40]}")

    async def _begin(self, operation_id: str, payload: object) -> None:
        if not isinstance(payload, dict):
            raise EndedError(BAD_MESSAGE, "Invalid message: subscribe needs a payload")
        if operation_id in self.running:
            raise EndedError(DOUBLED, f"Subscriber for {operation_id[:40]} already exists")
        if len(self.running) >= AT_ONCE:
            await self._send({"id": operation_id, "type": "error", "payload": [_TOO_MANY.formatted()]})
            return
        self.running[operation_id] = asyncio.create_task(self._carry_out(operation_id, payload))

    async def _carry_out(self, operation_id: str, payload: Mapping[str, Any]) -> None:
        """Answers one operation; whatever ends it early is told with its id."""
        request_id = request_id_of(self.socket)
        try:
            caller = await self._caller()
            if self.pace is not None:
                self.pace.admit(caller)
            asked = from_values(payload)
            operation = self.conversation.operations.find(asked, admit=lambda _: None, fits=lambda _: None)
            async with aclosing(self.conversation.answers(operation, caller, self._caller, request_id)) as answers:
                async for told in answers:
                    await self._send({"id": operation_id, "type": "next", "payload": told})
        except TimeoutError:
            self.ended.put_nowait(EndedError(TRY_LATER, "Messages are not taken: come again"))
        except RefusedError as refused:
            errors = [told for error in refused.errors for told in self.conversation.trouble(error, request_id)]
            await self._finish(operation_id, {"type": "error", "payload": errors})
        except Exception as error:  # whatever fails below, the client gets an answer and we a log line
            if isinstance(error, HttpProblem) and error.status == _UNAUTHENTICATED:
                self.ended.put_nowait(EndedError(FORBIDDEN, f"Forbidden: {error.code}"))
                return
            await self._finish(operation_id, {"type": "error", "payload": self.conversation.trouble(error, request_id)})
        else:
            await self._finish(operation_id, {"type": "complete"})

    async def _finish(self, operation_id: str, message: Mapping[str, Any]) -> None:
        """Ends an operation, whose id may be used again from then on."""
        if self.running.pop(operation_id, None) is not None:
            await self._send({"id": operation_id, **message})

    async def _caller(self) -> Caller:
        return await self.door.caller_by(self.authorization, request_id_of(self.socket))

    async def _message(self) -> Mapping[str, Any]:
        received = await self.socket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        try:
            message = orjson.loads(received.get("text") or b"")
        except orjson.JSONDecodeError:
            raise EndedError(BAD_MESSAGE, "Invalid message: not JSON") from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise EndedError(BAD_MESSAGE, "Invalid message: no type")
        return message

    async def _pong(self, ping: Mapping[str, Any]) -> None:
        payload = {"payload": ping["payload"]} if isinstance(ping.get("payload"), dict) else {}
        await self._send({"type": "pong", **payload})

    async def _send(self, message: Mapping[str, Any]) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self.socket.send_text(orjson.dumps(message).decode())


@dataclass(frozen=True, slots=True)
class WebSockets:
    """Answers the address of the API over WebSocket. ``origins``: the other hosts' pages that may ask."""

    conversation: Conversation
    door: Doorkeeper
    pace: Pace | None
    origins: Collection[str] = ()
    init_seconds: float = INIT_SECONDS

    async def respond(self, socket: WebSocket) -> None:
        """One connection, to its end. Browsers let any page open one: those of other hosts are refused here."""
        origin = socket.headers.get("origin")
        if origin is None or origin.lower() in self.origins or urlsplit(origin).netloc == socket.headers.get("host"):
            await Connection(socket, self.conversation, self.door, self.pace, self.init_seconds).serve()
        else:
            await socket.close(POLICY)


def _authorization(payload: object) -> list[str]:
    """What the first message says in the place of the header, which web pages cannot send."""
    given = payload.items() if isinstance(payload, dict) else ()
    return [value for name, value in given if name.lower() == "authorization" and isinstance(value, str)]


def _id_of(message: Mapping[str, Any]) -> str:
    found = message.get("id")
    if not isinstance(found, str) or not found:
        raise EndedError(BAD_MESSAGE, "Invalid message: no id")
    return found
