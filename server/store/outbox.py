"""The outbox as those see it who deliver: what is due, whose turn it is, and what came of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select, update

from server.domain.messages import Message, State
from server.store.messages import messages_by_ids
from server.store.tables import messages, users

_own = messages.c
_PENDING = _own.state == State.PENDING.value
_channel: BindParameter[Any] = bindparam("channel")
_now = bindparam("now", type_=_own.next_attempt_at.type)
_ids: BindParameter[Any] = bindparam("ids", expanding=True)

_DUE = (
    select(_own.id)
    .where(_PENDING, _own.channel == _channel, _own.next_attempt_at <= _now)
    .order_by(_own.next_attempt_at, _own.id)
    .limit(bindparam("limit"))
)
_TURN = _DUE.with_for_update(skip_locked=True)
_WAITING = select(_own.id).where(_PENDING, _own.channel == _channel).limit(1)

_CLAIM = (
    update(messages)
    .where(_own.id.in_(_ids))
    .values(attempts=_own.attempts + 1, next_attempt_at=bindparam("until", type_=_own.next_attempt_at.type))
)
_ARRIVED = (
    update(messages)
    .where(_own.id == bindparam("number"), _PENDING)
    .values(state=State.DELIVERED.value, delivered_at=_now, error=None)
)
_FAILED = (
    update(messages)
    .where(_own.id == bindparam("number"), _PENDING, _own.attempts == bindparam("attempt"))
    .values(
        state=bindparam("state"),
        next_attempt_at=bindparam("again", type_=_own.next_attempt_at.type),
        error=bindparam("reason"),
    )
)
_PRESENT = select(users.c.email).where(users.c.id == _own.recipient_id).scalar_subquery()
_ANEW = (
    update(messages)
    .where(_own.state.in_((State.PENDING.value, State.FAILED.value)), _own.body.is_not(None))
    .values(
        state=State.PENDING.value,
        attempts=0,
        next_attempt_at=_now,
        error=None,
        address=func.coalesce(_own.address, _PRESENT),
    )
)
_THESE_ANEW = _ANEW.where(_own.id.in_(_ids))
_FAILED_ANEW = _ANEW.where(_own.program_id == bindparam("program"), _own.state == State.FAILED.value)


def is_due(connection: Connection, channels: Sequence[str], now: datetime) -> bool:
    """Whether anything is to be delivered now; a look that locks nothing."""
    asked = ({"channel": channel, "now": now, "limit": 1} for channel in channels)
    return any(connection.execute(_DUE, each).first() is not None for each in asked)


def is_waiting(connection: Connection, channel: str) -> bool:
    """Whether anything waits for a channel, due or not."""
    return connection.execute(_WAITING, {"channel": channel}).first() is not None


def claim(
    connection: Connection, channels: Sequence[str], now: datetime, *, until: datetime, limit: int
) -> list[Message]:
    """Takes messages that are due, so many of each channel. Until a moment nobody else is given them.

    So a process that dies in the middle loses nothing: what it had is due again when its time is over.
    """
    asked = [{"channel": channel, "now": now, "limit": limit} for channel in channels]
    ids = sorted(number for each in asked for number in connection.scalars(_TURN, each))
    if not ids:
        return []
    connection.execute(_CLAIM, {"ids": ids, "until": until})
    taken = messages_by_ids(connection, ids)
    return [taken[number] for number in ids]


def arrived(connection: Connection, message_id: int, now: datetime) -> None:
    """Notes that a message was delivered; once is enough, whoever did it."""
    connection.execute(_ARRIVED, {"number": message_id, "now": now})


def failed(connection: Connection, message: Message, reason: str, again: datetime | None) -> None:
    """Notes that an attempt failed, and when the next one is due; None gives the message up.

    What somebody else has taken meanwhile is left to them.
    """
    state = State.FAILED if again is None else State.PENDING
    noted = {"state": state.value, "again": again or message.next_attempt_at, "reason": reason}
    connection.execute(_FAILED, {"number": message.id, "attempt": message.attempts, **noted})


def send_anew(connection: Connection, ids: Sequence[int], now: datetime) -> int:
    """Makes messages due at once, as if none had been tried; answers with how many.

    What was delivered stays so, and what was erased cannot be sent any more. Whoever had no address then
    is written to where they have one now.
    """
    return connection.execute(_THESE_ANEW, {"ids": list(ids), "now": now}).rowcount if ids else 0


def send_failed_anew(connection: Connection, program_id: int, now: datetime) -> int:
    """Does so with every message of a program that was given up. See :func:`send_anew`."""
    return connection.execute(_FAILED_ANEW, {"program": program_id, "now": now}).rowcount
