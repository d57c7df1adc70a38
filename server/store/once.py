"""Keeps what came of requests that are to be carried out once, in the transaction that carries them out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from server.store.request_tables import requests_once

Answer = Mapping[str, Any]
"""What came of an act, as ids and codes."""

PART = 5_000
"""How many rows are deleted at a time: statements on PostgreSQL have a time limit."""

_r = requests_once.c
_own = (_r.request == bindparam("of_request"), _r.part == bindparam("of_part"))
_CLAIM = {
    "sqlite": sqlite.insert(requests_once).on_conflict_do_nothing().returning(_r.part),
    "postgresql": postgresql.insert(requests_once).on_conflict_do_nothing().returning(_r.part),
}
_FIND = select(_r.asked, _r.answer, _r.kept_at).where(*_own)
_FORGET = delete(requests_once).where(*_own)
_KEEP = update(requests_once).where(*_own).values(answer=bindparam("came_of_it", type_=_r.answer.type))
_IS_OLD = _r.kept_at < bindparam("before", type_=_r.kept_at.type)
_COUNT_OLD = select(func.count()).where(_IS_OLD)
_OLD = select(_r.request, _r.part).where(_IS_OLD).limit(PART)
_CLEAR_OLD = delete(requests_once).where(tuple_(_r.request, _r.part).in_(_OLD))


@dataclass(frozen=True, slots=True)
class Earlier:
    """A request of the same caller under the same key. ``answer``: None where each of its parts has one of its own."""

    asked: str
    answer: Answer | None


def claim(
    connection: Connection, request: str, part: int, asked: str, *, now: datetime, oldest: datetime
) -> Earlier | None:
    """Takes the key for an act that is about to be carried out; or answers with the one that has it already.

    Whoever takes it while another act with it is under way waits until that one has ended. What is from before
    ``oldest`` counts no more.
    """
    row = {"request": request, "part": part, "asked": asked, "answer": None, "kept_at": now}
    where = {"of_request": request, "of_part": part}
    while connection.execute(_CLAIM[connection.dialect.name], row).first() is None:
        found = connection.execute(_FIND, where).one_or_none()
        if found is not None and found.kept_at >= oldest:
            return Earlier(found.asked, found.answer)
        connection.execute(_FORGET, where)
    return None


def find(connection: Connection, request: str, part: int, *, oldest: datetime) -> Earlier | None:
    """What is kept of an earlier request, without taking its key."""
    found = connection.execute(_FIND, {"of_request": request, "of_part": part}).one_or_none()
    return None if found is None or found.kept_at < oldest else Earlier(found.asked, found.answer)


def keep(connection: Connection, request: str, part: int, answer: Answer) -> None:
    """Writes down what came of the act whose key was taken."""
    connection.execute(_KEEP, {"of_request": request, "of_part": part, "came_of_it": dict(answer)})


def count_before(connection: Connection, moment: datetime) -> int:
    """How many answers are kept from before a moment."""
    return connection.scalars(_COUNT_OLD, {"before": moment}).one()


def delete_before(connection: Connection, moment: datetime) -> int:
    """Deletes some of the answers from before a moment, and says how many."""
    return connection.execute(_CLEAR_OLD, {"before": moment}).rowcount
