"""Reads and writes what rules files declare: where records stand in further machines, and their fields."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)

from server.domain.errors import ConflictError
from server.domain.fields import FieldCriterion, Held, Standing
from server.domain.history import Act
from server.engine.facts import Kind, Record, Ref, Sort, kind_of
from server.engine.plan import Setting
from server.engine.ruleset import Field, Ruleset
from server.engine.values import order_key
from server.store.columns import folded
from server.store.declared_tables import declared_statuses, field_changes, field_values
from server.store.moving import TABLES, home_of
from server.store.visibility import records_seen

CHANGED_FIRST = "Another act changed the record first. Load it again, then decide anew."
"""What is told when a record is no longer where the plan found it."""

_s, _v = declared_statuses.c, field_values.c


def of_records(table: Table) -> Any:
    """The condition that a row is about one of the records that :func:`by_kind` names."""
    kinds = (
        and_(table.c.subject_kind == kind.value, table.c.subject_id.in_(bindparam(kind.value, expanding=True)))
        for kind in Kind
    )
    return or_(*kinds)


_STANDINGS = select(_s.subject_kind, _s.subject_id, _s.machine, _s.status, _s.since).where(
    of_records(declared_statuses)
)
_VALUES = (
    select(_v.subject_kind, _v.subject_id, _v.field, _v.value, _v.set_at)
    .where(of_records(field_values))
    .order_by(_v.subject_kind, _v.subject_id, _v.field, _v.position)
)
_BEGIN = insert(declared_statuses)
_MOVE = (
    update(declared_statuses)
    .where(
        _s.subject_kind == bindparam("of_kind"),
        _s.subject_id == bindparam("of_id"),
        _s.machine == bindparam("in_machine"),
        _s.status == bindparam("before"),
    )
    .values(status=bindparam("after"), since=bindparam("moment"))
)
_EMPTY = delete(field_values).where(
    _v.subject_kind == bindparam("of_kind"), _v.subject_id == bindparam("of_id"), _v.field == bindparam("of_field")
)
_FILL = insert(field_values)
_REMEMBER = insert(field_changes)


def standings(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, dict[str, Standing]]:
    """Where records stand in declared machines, as far as they have been moved there: one statement."""
    found: defaultdict[Ref, dict[str, Standing]] = defaultdict(dict)
    for kind, number, machine, status, since in connection.execute(_STANDINGS, by_kind(refs)):
        found[Ref(Kind(kind), number)][machine] = Standing(status, since)
    return dict(found)


def values(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, dict[str, tuple[str, ...]]]:
    """What records hold in their fields, in the order it was given: one statement."""
    found = held_values(connection, refs)
    return {ref: {field: held.values for field, held in by.items()} for ref, by in found.items()}


def held_values(connection: Connection, refs: Iterable[Ref]) -> dict[Ref, dict[str, Held]]:
    """The same, with since when: one statement."""
    found: defaultdict[Ref, dict[str, Held]] = defaultdict(dict)
    for kind, number, field, value, set_at in connection.execute(_VALUES, by_kind(refs)):
        held = found[Ref(Kind(kind), number)]
        before = held[field].values if field in held else ()
        held[field] = Held((*before, value), set_at)
    return dict(found)


def by_kind(refs: Iterable[Ref]) -> dict[str, list[int]]:
    """The parameters that name records to a statement with :func:`of_records`."""
    every = list(refs)
    return {kind.value: [ref.id for ref in every if ref.kind is kind] for kind in Kind}


def completed(connection: Connection, ruleset: Ruleset, records: Sequence[Record]) -> list[Record]:
    """The records with all that their rules declare; nothing is asked where they declare nothing.

    A record that was never moved in a machine is where the machine starts.
    """
    found = list(records)
    sorts = {record.sort for record in found}
    own = {sort: [m for m in ruleset.machines_of(sort) if m.is_declared] for sort in sorts}
    if any(own.values()):
        stands = standings(connection, [record.ref for record in found])
        found = [_standing(record, {m.key: m.start for m in own[record.sort]}, stands) for record in found]
    if ruleset.fields:
        held = held_values(connection, [record.ref for record in found])
        fields = {sort: ruleset.fields_of(sort) for sort in sorts}
        found = [_holding(record, fields[record.sort], held.get(record.ref, {})) for record in found]
    return found


def _standing(record: Record, starts: Mapping[str, str], stands: Mapping[Ref, Mapping[str, Standing]]) -> Record:
    there = {machine: at for machine, at in stands.get(record.ref, {}).items() if machine in starts}
    statuses = {**record.statuses, **starts, **{machine: at.status for machine, at in there.items()}}
    return replace(record, statuses=statuses, since={**record.since, **{m: at.since for m, at in there.items()}})


def _holding(record: Record, fields: Iterable[Field], held: Mapping[str, Held]) -> Record:
    single: dict[str, str | None] = {}
    several: dict[str, frozenset[str]] = {}
    entered = {key: at.since for key, at in held.items() if at.since is not None}
    for field in fields:
        found = held[field.key].values if field.key in held else ()
        if field.several:
            several[field.key] = frozenset(found)
        else:
            single[field.key] = found[0] if found else None
    return replace(record, values={**record.values, **single}, lists=several, entered=entered)


def move_declared(connection: Connection, act: Act, moves: Iterable[tuple[Ref, str, str | None, str]]) -> None:
    """Writes moves (record, machine, before, after) in declared machines.

    Raises ConflictError when a record is no longer where the plan found it.
    """
    for ref, machine, before, after in moves:
        at = {"of_kind": ref.kind.value, "of_id": ref.id, "in_machine": machine}
        to = {"before": before, "after": after, "moment": act.effective_at}
        if before is not None and connection.execute(_MOVE, {**at, **to}).rowcount == 1:
            continue
        if before is not None and connection.scalar(_IS_THERE, at):
            raise ConflictError(CHANGED_FIRST)
        row = {"program_id": act.program_id, "subject_kind": ref.kind.value, "subject_id": ref.id}
        connection.execute(_BEGIN, {**row, "machine": machine, "status": after, "since": act.effective_at})


_IS_THERE = select(_s.status).where(
    _s.subject_kind == bindparam("of_kind"), _s.subject_id == bindparam("of_id"), _s.machine == bindparam("in_machine")
)


def put_values(
    connection: Connection, act: Act, act_id: int, ruleset: Mapping[str, Field], settings: Iterable[Setting]
) -> None:
    """Writes what fields hold from now on, where that is anything else, and what they held before.

    Raises AlreadyExistsError for a unique one.
    """
    rows: list[dict[str, Any]] = []
    kept: list[dict[str, Any]] = []
    every = list(settings)
    present = held_values(connection, [setting.subject for setting in every]) if every else {}
    for setting in every:
        ref, field = setting.subject, ruleset[setting.field]
        held = present.get(ref, {}).get(field.key)
        if held is not None and held.values == setting.values:
            continue
        connection.execute(_EMPTY, {"of_kind": ref.kind.value, "of_id": ref.id, "of_field": field.key})
        was = {"before": [*held.values] if held else [], "after": [*setting.values]}
        kept.append({"act_id": act_id, "subject_kind": ref.kind.value, "subject_id": ref.id, "field": field.key, **was})
        rows += [
            {
                "program_id": act.program_id,
                "subject_kind": ref.kind.value,
                "subject_id": ref.id,
                "field": field.key,
                "position": position,
                "value": value,
                "order_key": order_key(field.type, value),
                "unique_key": folded(value) if field.unique else None,
                "set_at": act.recorded_at,
            }
            for position, value in enumerate(setting.values)
        ]
    if rows:
        connection.execute(_FILL, rows)
    if kept:
        connection.execute(_REMEMBER, kept)


def holds(kind: Kind, wanted: FieldCriterion) -> ColumnElement[bool]:
    """The condition that a row of the table of this kind satisfies a criterion on one of its fields."""
    conditions = [_v.subject_kind == kind.value, _v.subject_id == TABLES[kind].c.id, _v.field == wanted.field]
    if wanted.among is not None:
        conditions.append(_v.value.in_(wanted.among))
    if wanted.low is not None:
        conditions.append(_v.order_key >= wanted.low)
    if wanted.high is not None:
        conditions.append(_v.order_key <= wanted.high)
    there = exists(select(_v.subject_id).where(*conditions))
    return and_(~there if wanted.is_set is False else there, records_seen(wanted.sight, kind))


def standing_counts(
    connection: Connection, program_id: int, sort: Sort, machine: str, seen: ColumnElement[bool]
) -> dict[str | None, int]:
    """How many records are in each status of a declared machine; None: those that were never moved there."""
    kind = kind_of(sort)
    table = TABLES[kind]
    own = table.c.kind == sort if kind is Kind.RECORD else true()
    at = and_(_s.subject_kind == kind.value, _s.subject_id == table.c.id, _s.machine == machine)
    statement = (
        select(_s.status, func.count(table.c.id))
        .select_from(table.outerjoin(declared_statuses, at))
        .where(home_of(kind) == program_id, own, seen)
        .group_by(_s.status)
    )
    return {row[0]: row[1] for row in connection.execute(statement)}
