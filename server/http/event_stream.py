"""Server-sent events, as graphql-sse has them in its mode of distinct connections: one operation, one answer."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Any

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.http.negotiation import EVENT_STREAM
from server.http.stopping import Stopping

ALIVE_SECONDS = 12.0
"""After how much silence a line is sent that means nothing: proxies close what is silent."""

SEND_SECONDS = 30.0
"""How long one event may take to be sent. Who takes nothing for longer is let go, and may come again."""

_ALIVE = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"


class EventStream(Response):
    """An answer of many events. ``told``: what each is told with, until there are no more.

    It ends when the client goes, and without a ``complete`` when the server is about to stop, so that clients come
    again.
    """

    media_type = EVENT_STREAM

    def __init__(
        self, told: AsyncGenerator[Mapping[str, Any], None], stopping: Stopping, alive_seconds: float = ALIVE_SECONDS
    ) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._told, self._stopping, self._alive_seconds = told, stopping, alive_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - as ASGI has it
        """Sends until one of the three: there is no more, the client has gone, the server stops."""
        sending = asyncio.create_task(self._send(send))
        others = (asyncio.create_task(_gone(receive)), asyncio.create_task(self._stopping.told()))
        try:
            await asyncio.wait({sending, *others}, return_when=asyncio.FIRST_COMPLETED)
            if sending.done():
                sending.result()
        finally:
            for task in (sending, *others):
                task.cancel()
            await asyncio.gather(sending, *others, return_exceptions=True)
            with suppress(OSError):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await _put(send, _ALIVE)
        upcoming = asyncio.ensure_future(anext(self._told, None))
        try:
            while True:
                await asyncio.wait({upcoming}, timeout=self._alive_seconds)
                if not upcoming.done():
                    await _put(send, _ALIVE)
                    continue
                event = upcoming.result()
                if event is None:
                    await _put(send, _COMPLETE)
                    return
                await _put(send, b"event: next\ndata: " + orjson.dumps(event) + b"\n\n")
                upcoming = asyncio.ensure_future(anext(self._told, None))
        finally:
            upcoming.cancel()
            await asyncio.gather(upcoming, return_exceptions=True)
            await self._told.aclose()


async def _put(send: Send, body: bytes) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
