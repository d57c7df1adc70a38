"""Keeps the record of reads: finds the minors behind the records shown, writes and lists the entries."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
)

from server.domain.access import FieldClass
from server.domain.audit import AuditEntry, AuditFilter, AuditKind, AuditRow, Who
from server.engine.facts import Kind
from server.store.columns import AnyRow
from server.store.record_tables import record_people
from server.store.tables import audit, matches, personas, programs, tokens, users

IDS_AT_ONCE = 5_000
"""How many ids one statement asks for: databases limit the parameters of a statement."""

PART = 5_000
"""How many entries are deleted at a time: statements on PostgreSQL have a time limit."""

_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_own, _minor = personas.alias("own"), personas.alias("minor")
_is_minors = _minor.c.role.in_(bindparam("roles", expanding=True))
_MINORS: Mapping[Kind, Select[Any]] = {
    Kind.USER: select(_minor.c.user_id, _minor.c.user_id).where(_minor.c.user_id.in_(_ids), _is_minors),
    Kind.PERSONA: select(_own.c.id, _own.c.user_id)
    .join(_minor, _minor.c.user_id == _own.c.user_id)
    .where(_own.c.id.in_(_ids), _is_minors),
    Kind.PAIR: select(matches.c.id, _own.c.user_id)
    .join(_own, or_(_own.c.id == matches.c.mentor_id, _own.c.id == matches.c.mentee_id))
    .join(_minor, _minor.c.user_id == _own.c.user_id)
    .where(matches.c.id.in_(_ids), _is_minors),
    Kind.RECORD: select(record_people.c.record_id, record_people.c.user_id)
    .join(_minor, _minor.c.user_id == record_people.c.user_id)
    .where(record_people.c.record_id.in_(_ids), _is_minors),
}
"""For each kind of record that is somebody's: the records asked for and the minors whose they are."""

_callers = users.alias("callers")
_LISTED = (
    select(audit, programs.c.key.label("program"), tokens.c.name.label("token"), _callers.c.name.label("caller"))
    .outerjoin(programs, programs.c.id == audit.c.program_id)
    .outerjoin(tokens, tokens.c.id == audit.c.token_id)
    .outerjoin(_callers, _callers.c.id == audit.c.caller_id)
    .order_by(audit.c.id.desc())
)


def minors_behind(
    connection: Connection, kind: Kind, ids: Collection[int], roles: Collection[str]
) -> dict[int, frozenset[int]]:
    """For each of the records the people behind it who have, or had, a persona in one of these roles."""
    wanted, found = sorted(ids) if kind in _MINORS else [], defaultdict[int, set[int]](set)
    for start in range(0, len(wanted), IDS_AT_ONCE):
        asked = {"ids": wanted[start : start + IDS_AT_ONCE], "roles": sorted(roles)}
        for number, person in connection.execute(_MINORS[kind], asked):
            found[number].add(person)
    return {number: frozenset(people) for number, people in found.items()}


def add_entries(connection: Connection, entries: Sequence[AuditEntry]) -> None:
    """Writes entries in one statement."""
    if entries:
        connection.execute(insert(audit), [_columns(entry) for entry in entries])


def entries_listed(connection: Connection, wanted: AuditFilter, limit: int | None) -> list[AuditRow]:
    """The entries that a filter finds, the newest first."""
    return [_row(row) for row in connection.execute(_LISTED.where(*_conditions(wanted)).limit(limit))]


def count_before(connection: Connection, moment: datetime) -> int:
    """How many entries are older than a moment."""
    return connection.scalars(select(func.count()).select_from(audit).where(audit.c.at < moment)).one()


def delete_before(connection: Connection, moment: datetime) -> int:
    """Deletes some of the entries that are older than a moment, and says how many."""
    old = select(audit.c.id).where(audit.c.at < moment).limit(PART)
    return connection.execute(delete(audit).where(audit.c.id.in_(old))).rowcount


def _conditions(wanted: AuditFilter) -> Iterator[ColumnElement[bool]]:
    who = wanted.who or Who()
    for column, value in (
        (audit.c.person_id, wanted.person_id),
        (audit.c.kind, wanted.kind),
        (audit.c.token_id, who.token_id),
        (audit.c.caller_id, who.user_id),
    ):
        if value is not None:
            yield column == value
    if who.name is not None:
        yield or_(audit.c.caller_name == who.name, tokens.c.name == who.name, _callers.c.name == who.name)
    if wanted.since is not None:
        yield audit.c.at >= wanted.since


def _columns(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "kind": entry.kind.value,
        "request_id": entry.request_id,
        "program_id": entry.program_id,
        "token_id": entry.who.token_id,
        "caller_id": entry.who.user_id,
        "caller_name": entry.who.name,
        "person_id": entry.person_id,
        "classes": ",".join(each.value for each in FieldClass if each in entry.classes) or None,
        "code": entry.code,
        "detail": entry.detail,
        "times": entry.times,
    }


def _row(row: AnyRow) -> AuditRow:
    entry = AuditEntry(
        AuditKind(row.kind),
        row.at,
        Who(row.token_id, row.caller_id, row.caller_name),
        row.request_id,
        row.program_id,
        row.person_id,
        frozenset(FieldClass(word) for word in (row.classes or "").split(",") if word),
        row.code,
        row.detail,
        row.times,
    )
    return AuditRow(row.id, entry, row.caller_name or row.caller or row.token, row.program)
