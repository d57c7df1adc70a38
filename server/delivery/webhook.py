"""Webhooks: messages posted as JSON, signed so that the receiver knows who sent them and when."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

from server.delivery.carriers import UndeliveredError
from server.domain.ids import MESSAGE, STATUS_CHANGE, USER, GlobalId, id_of
from server.domain.messages import Message
from server.engine.facts import Ref

PATIENCE_SECONDS = 10.0
"""How long the receiver has to take a message, all in all."""

SIGNATURE = "Matchkeeper-Signature"
IDEMPOTENCY = "Idempotency-Key"
"""The same for every attempt at one message: a receiver that has seen it does nothing again."""


def signature(secret: str, body: bytes, moment: datetime) -> str:
    """The header that signs a body: ``t`` is the moment in seconds, ``v1`` the HMAC-SHA256 of ``t.body``, in hex."""
    seconds = int(moment.timestamp())
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"


class Webhook:
    """Posts messages to one address. ``program``: the key of a program by its id."""

    def __init__(
        self,
        url: str,
        secret: str,
        program: Callable[[int], str | None],
        clock: Callable[[], datetime],
        *,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._url, self._secret, self._program, self._clock = url, secret, program, clock
        self._patience = patience
        self._client = httpx.AsyncClient(timeout=patience, follow_redirects=False)

    async def carry(self, message: Message) -> None:
        """See :class:`Carrier`. Taken is what is answered with a status from 200 to 299; the rest is not read."""
        body = json.dumps(self._content(message), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "Matchkeeper",
            IDEMPOTENCY: _id(message),
            SIGNATURE: signature(self._secret, body, self._clock()),
        }
        try:
            async with (
                asyncio.timeout(self._patience),
                self._client.stream("POST", self._url, content=body, headers=headers) as response,
            ):
                status = response.status_code
        except (TimeoutError, httpx.TimeoutException):
            raise UndeliveredError("the receiver did not answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError):
            raise UndeliveredError("no connection to the receiver") from None
        if not httpx.codes.is_success(status):
            raise UndeliveredError(f"the receiver answered {status}")

    def _content(self, message: Message) -> dict[str, Any]:
        recipient: dict[str, Any] = {"role": message.role, "sites": list(message.sites)}
        if message.recipient_id is not None:
            recipient = {"user": str(GlobalId(USER, message.recipient_id)), "address": message.address}
        return {
            "id": _id(message),
            "program": self._program(message.program_id),
            "template": message.template,
            "recipient": recipient,
            "title": message.title,
            "body": message.body,
            "subject": id_of(Ref(message.kind, message.subject_id)),
            "cause": str(GlobalId(STATUS_CHANGE, message.cause_id)),
            "createdAt": message.created_at.isoformat().replace("+00:00", "Z"),
            "attempt": message.attempts,
        }

    async def close(self) -> None:
        """See :class:`Carrier`."""
        await self._client.aclose()


def _id(message: Message) -> str:
    return str(GlobalId(MESSAGE, message.id))
