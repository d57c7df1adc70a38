"""Writes messages into the outbox, and reads them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, Select, bindparam, func, insert, or_, select, update

from server.domain.access import EVERYTHING, Sight
from server.domain.filters import MessageFilter, Slice, Total, Window
from server.domain.messages import NO_ADDRESS, Message, NewMessage, State
from server.engine.facts import Kind
from server.engine.messages import Channel
from server.store.belonging import PERSON, is_about
from server.store.columns import AnyRow
from server.store.paging import Keyset, count, fetch_slice
from server.store.tables import messages, personas, sites
from server.store.visibility import is_last_placed, messages_seen

_ADD = insert(messages)
_SELECT = select(*messages.c)
_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_BY_IDS = _SELECT.where(messages.c.id.in_(_ids))
_ORDER = Keyset((messages.c.id,))

_SITES_OF = (
    select(sites.c.key)
    .distinct()
    .join(personas, personas.c.site_id == sites.c.id)
    .where(personas.c.user_id.in_(bindparam("people", expanding=True)), is_last_placed(personas))
    .order_by(sites.c.key)
)


def append_messages(connection: Connection, program_id: int, new: Sequence[NewMessage], now: datetime) -> None:
    """Writes messages, due at once. An e-mail that has nowhere to go is given up from the start."""
    if new:
        connection.execute(_ADD, [_columns(program_id, message, now) for message in new])


def _columns(program_id: int, message: NewMessage, now: datetime) -> dict[str, Any]:
    lost = message.channel == Channel.EMAIL and message.address is None
    return {
        "program_id": program_id,
        "template": message.template,
        "channel": message.channel,
        "subject_kind": message.subject.kind.value,
        "subject_id": message.subject.id,
        "cause_id": message.cause_id,
        "recipient_id": message.recipient_id,
        "role": message.role,
        "sites": list(message.sites),
        "title": message.title,
        "body": message.body,
        "address": message.address,
        "state": (State.FAILED if lost else State.PENDING).value,
        "attempts": 0,
        "next_attempt_at": now,
        "created_at": now,
        "error": NO_ADDRESS if lost else None,
    }


def sites_of_people(connection: Connection, user_ids: Iterable[int]) -> tuple[str, ...]:
    """The keys of the sites that people belong to: those of the last placed persona of each role."""
    return tuple(connection.scalars(_SITES_OF, {"people": sorted(user_ids)}))


def message(row: AnyRow) -> Message:
    """A row of the table."""
    values = dict(zip(messages.c.keys(), row, strict=True))
    kind, listed, state = Kind(values.pop("subject_kind")), tuple(values.pop("sites")), State(values.pop("state"))
    return Message(kind=kind, sites=listed, state=state, **values)


def messages_by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Message]:
    """The messages with these ids; what does not exist is left out."""
    return {row.id: message(row) for row in connection.execute(_BY_IDS, {"ids": list(ids)})}


def messages_seen_among(connection: Connection, sight: Sight, ids: Iterable[int]) -> frozenset[int]:
    """Those of the messages that are seen."""
    wanted = select(messages.c.id).where(messages.c.id.in_(list(ids)), messages_seen(sight))
    return frozenset(connection.scalars(wanted))


def messages_page(
    connection: Connection, program_id: int, narrowed: MessageFilter, window: Window, *, sight: Sight = EVERYTHING
) -> Slice[Message]:
    """One page of what is seen of a program's messages, in the order they were written."""
    return fetch_slice(connection, _narrowed(_SELECT, program_id, narrowed, sight), window, _ORDER, message)


def messages_total(
    connection: Connection, program_id: int, narrowed: MessageFilter, *, sight: Sight = EVERYTHING
) -> Total:
    """How many messages a filter finds."""
    return count(connection, _narrowed(select(messages.c.id), program_id, narrowed, sight))


def _narrowed(
    statement: Select[*tuple[Any, ...]], program_id: int, narrowed: MessageFilter, sight: Sight
) -> Select[*tuple[Any, ...]]:
    own = messages.c
    statement = statement.where(own.program_id == program_id, messages_seen(sight))
    for column, values in (
        (own.channel, narrowed.channel_in),
        (own.state, narrowed.state_in),
        (own.template, narrowed.template_in),
    ):
        if values is not None:
            statement = statement.where(column.in_(values))
    if narrowed.recipient_id is not None:
        statement = statement.where(own.recipient_id == narrowed.recipient_id)
    if narrowed.since is not None:
        statement = statement.where(own.created_at >= narrowed.since)
    return statement


_ABOUT = or_(messages.c.recipient_id == PERSON, is_about(messages.c.subject_kind, messages.c.subject_id))
_HAS_TEXT = or_(messages.c.body.is_not(None), messages.c.address.is_not(None))
_WAITS = messages.c.state == State.PENDING.value
_GIVEN_UP = {"state": State.FAILED.value, "error": "erased"}
_CLEARED = {"title": None, "body": None, "address": None}
_GIVE_UP = update(messages).where(_ABOUT, _WAITS).values(_GIVEN_UP)
_ERASE = update(messages).where(_ABOUT, _HAS_TEXT).values(_CLEARED)

PART = 5_000
"""How many rows are cleared at a time: statements on PostgreSQL have a time limit."""

_BEFORE = messages.c.created_at < bindparam("before", type_=messages.c.created_at.type)
_OLD = select(messages.c.id).where(_BEFORE, _HAS_TEXT)
_COUNT_OLD = select(func.count()).select_from(_OLD.subquery())
_GIVE_UP_OLD = update(messages).where(_BEFORE, _WAITS).values(_GIVEN_UP)
_CLEAR_OLD = update(messages).where(messages.c.id.in_(_OLD.limit(PART))).values(_CLEARED)


def erase_messages(connection: Connection, user_id: int) -> int:
    """Takes the texts and addresses out of whatever went to a person or was about them, delivered or not.

    What was still waiting is given up. Answers with how many messages lost their text.
    """
    connection.execute(_GIVE_UP, {"person": user_id})
    return connection.execute(_ERASE, {"person": user_id}).rowcount


def count_texts_before(connection: Connection, moment: datetime) -> int:
    """How many messages written before a moment still have a text or an address."""
    return connection.scalars(_COUNT_OLD, {"before": moment}).one()


def clear_texts_before(connection: Connection, moment: datetime) -> int:
    """Takes text and address away from some of the messages written before a moment, and says from how many.

    What has waited for so long is given up.
    """
    connection.execute(_GIVE_UP_OLD, {"before": moment})
    return connection.execute(_CLEAR_OLD, {"before": moment}).rowcount
