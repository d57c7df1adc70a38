"""What may have fallen due: records that wait in a status, longest first, and the dates that have been seen to."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, bindparam, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from server.domain.access import EVERYTHING, Sight
from server.engine.facts import Kind
from server.store.declared_tables import declared_statuses, schedules
from server.store.moving import TABLES
from server.store.visibility import records_seen

Waiting = tuple[datetime, int]
"""Since when a record waits, and its id."""

_SEEN_TO = select(schedules.c.transition, schedules.c.seen_to).where(schedules.c.program_id == bindparam("program"))


def waiting(
    connection: Connection,
    program_id: int,
    kind: Kind,
    machine: str,
    statuses: Iterable[str],
    *,
    entered_by: datetime,
    limit: int,
    after: Waiting | None = None,
    sight: Sight = EVERYTHING,
) -> list[Waiting]:
    """The records in some statuses of a machine that entered them by a moment, longest waiting first.

    ``after``: the last one of the page before. One statement, along an index on the machine's statuses. In a
    declared machine records wait from the first time that they entered a status of it.
    """
    table = TABLES[kind]
    status, since = _standing(kind, machine)
    statement = (
        select(since, table.c.id)
        .where(table.c.program_id == program_id, status.in_(sorted(statuses)), since <= entered_by)
        .order_by(since, table.c.id)
        .limit(limit)
    )
    if machine not in table.c:
        own = declared_statuses.c
        is_own = and_(own.subject_kind == kind.value, own.subject_id == table.c.id, own.machine == machine)
        statement = statement.join(declared_statuses, is_own).where(own.program_id == program_id)
    if after is not None:
        statement = statement.where(tuple_(since, table.c.id) > tuple_(*after, types=(since.type, table.c.id.type)))
    if not sight.whole:
        statement = statement.where(records_seen(sight, kind))
    return [(row[0], row[1]) for row in connection.execute(statement)]


def _standing(kind: Kind, machine: str) -> tuple[ColumnElement[str], ColumnElement[datetime]]:
    """The columns of a machine: the status of a record, and since when."""
    columns = TABLES[kind].c
    if machine in columns:
        return columns[machine], columns[f"{machine}_since"]
    return declared_statuses.c.status, declared_statuses.c.since


def seen_to(connection: Connection, program_id: int) -> Mapping[str, datetime]:
    """Up to when the dates of each transition by the calendar have been seen to, by its key."""
    return {row.transition: row.seen_to for row in connection.execute(_SEEN_TO, {"program": program_id})}


def note_seen_to(connection: Connection, program_id: int, transition: str, moment: datetime) -> None:
    """Notes that all dates of a transition up to a moment have been seen to; an earlier moment changes nothing."""
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    noted = insert(schedules).values(program_id=program_id, transition=transition, seen_to=moment)
    later = noted.excluded.seen_to
    connection.execute(
        noted.on_conflict_do_update(
            index_elements=["program_id", "transition"],
            set_={"seen_to": later},
            where=schedules.c.seen_to < later,
        )
    )
