"""What may have fallen due: records that wait in a status, longest first, and the dates that have been seen to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, Select, and_, bindparam, func, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from server.domain.access import EVERYTHING, Sight
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Kind, Ref
from server.engine.paths import Path
from server.store.columns import Moment
from server.store.declared_tables import declared_statuses, field_values, schedules
from server.store.moving import TABLES, home_of
from server.store.tables import status_changes
from server.store.visibility import records_seen

Waiting = tuple[datetime | str, int]
"""Since when a record waits, or the value of the field whose date it waits for; and its id."""


@dataclass(frozen=True, slots=True)
class Line:
    """The records in some statuses of a machine that entered them up to a moment.

    ``field``, a path by lasting links: instead those for which it holds a value up to ``until``, which is then in
    the form that sorts.
    """

    kind: Kind
    machine: str
    statuses: frozenset[str]
    until: datetime | str
    field: Path | None = None


_HOLDERS: Mapping[tuple[Kind, str], tuple[str, Kind]] = {
    (Kind.PERSONA, "user"): ("user_id", Kind.USER),
    (Kind.PAIR, MENTOR): ("mentor_id", Kind.PERSONA),
    (Kind.PAIR, MENTEE): ("mentee_id", Kind.PERSONA),
    (Kind.PAIR, "proposer"): ("proposed_by_id", Kind.USER),
}
"""By which column each lasting link leads on, and to which kind of record; from any record one leads to its program."""

_c = status_changes.c
_LAST_DONE = (
    select(_c.subject_kind, _c.subject_id, func.max(_c.effective_at, type_=Moment))
    .where(
        _c.subject_kind.in_(bindparam("kinds", expanding=True)),
        _c.subject_id.in_(bindparam("ids", expanding=True)),
        _c.transition == bindparam("transition"),
    )
    .group_by(_c.subject_kind, _c.subject_id)
)
_SEEN_TO = select(schedules.c.transition, schedules.c.seen_to).where(schedules.c.program_id == bindparam("program"))


def waiting(
    connection: Connection,
    program_id: int,
    line: Line,
    *,
    limit: int,
    after: Waiting | None = None,
    sight: Sight = EVERYTHING,
) -> list[Waiting]:
    """The records that stand in a line, first things first.

    ``after``: the last one of the page before. One statement, along an index on the machine's statuses, or on the
    values of a field. In a declared machine records wait from the first time that they entered a status of it.
    """
    kind, machine = line.kind, line.machine
    table = TABLES[kind]
    status, since = _standing(kind, machine)
    order: ColumnElement[Any] = since if line.field is None else field_values.c.order_key
    statement: Select[Any] = (
        select(order, table.c.id)
        .where(home_of(kind) == program_id, status.in_(sorted(line.statuses)), order <= line.until)
        .order_by(order, table.c.id)
        .limit(limit)
    )
    if line.field is not None:
        statement = _holding(statement, program_id, kind, line.field)
    if machine not in table.c:
        own = declared_statuses.c
        is_own = and_(own.subject_kind == kind.value, own.subject_id == table.c.id, own.machine == machine)
        statement = statement.join(declared_statuses, is_own).where(own.program_id == program_id)
    if after is not None:
        statement = statement.where(tuple_(order, table.c.id) > tuple_(*after, types=(order.type, table.c.id.type)))
    if not sight.whole:
        statement = statement.where(records_seen(sight, kind))
    return [(row[0], row[1]) for row in connection.execute(statement)]


def _holding(statement: Select[tuple[Any, int]], program_id: int, kind: Kind, field: Path) -> Select[Any]:
    """Goes from the records to those at the end of a path, and there to the field."""
    table: FromClause = TABLES[kind]
    holder: ColumnElement[Any] = table.c.id
    at = kind
    for position, link in enumerate(field.links):
        if position:
            table = TABLES[at].alias()
            statement = statement.join(table, table.c.id == holder)
        if link == "program":
            holder, at = home_of(at, table), Kind.PROGRAM
        else:
            column, at = _HOLDERS[at, link]
            holder = table.c[column]
    own = field_values.c
    of_holder = and_(own.subject_kind == at.value, own.subject_id == holder, own.field == field.value)
    return statement.join(field_values, of_holder).where(own.program_id == program_id)


def last_done(connection: Connection, transition: str, refs: Sequence[Ref]) -> Mapping[Ref, datetime]:
    """When a transition last happened to each of some records of one kind, for those that it ever happened to."""
    kinds = {ref.kind.value for ref in refs}
    asked = {"transition": transition, "kinds": sorted(kinds), "ids": [ref.id for ref in refs]}
    return {Ref(Kind(row[0]), row[1]): row[2] for row in connection.execute(_LAST_DONE, asked)}


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
