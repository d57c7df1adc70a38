"""Reads what fields held before: at a moment, and every change of them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, case, func, or_, select

from server.domain.fields import FieldChange, Held
from server.engine.facts import Kind, Ref
from server.store.columns import AnyRow
from server.store.declared import by_kind, held_values, of_records
from server.store.declared_tables import field_changes
from server.store.tables import acts

_f = field_changes.c
_OF_FIELD: Any = (_f.subject_kind, _f.subject_id, _f.field)
_MOMENT = bindparam("moment", type_=acts.c.effective_at.type)
_FROM = field_changes.join(acts, acts.c.id == _f.act_id)
_every = (
    select(
        *_OF_FIELD,
        _f.act_id,
        _f.before,
        _f.after,
        func.row_number().over(partition_by=_OF_FIELD, order_by=_f.act_id).label("place"),
        func.lead(_f.act_id).over(partition_by=_OF_FIELD, order_by=_f.act_id).label("next_act"),
        func.lead(_f.before, type_=_f.before.type)
        .over(partition_by=_OF_FIELD, order_by=_f.act_id)
        .label("next_before"),
        func.max(case((acts.c.effective_at <= _MOMENT, _f.act_id))).over(partition_by=_OF_FIELD).label("last_act"),
    )
    .select_from(_FROM)
    .where(of_records(field_changes))
    .subquery("every")
)
_AT = select(_every).where(
    or_(_every.c.act_id == _every.c.last_act, _every.c.last_act.is_(None) & (_every.c.place == 1))
)
"""Of each field the last change that had taken effect; where none had, the first one."""

_CHANGES = (
    select(*_OF_FIELD, _f.before, _f.after, acts.c.name, acts.c.effective_at, acts.c.recorded_at)
    .select_from(_FROM)
    .where(of_records(field_changes))
    .order_by(_f.act_id, *_OF_FIELD)
)


def values_at(connection: Connection, refs: Iterable[Ref], moment: datetime) -> dict[Ref, dict[str, tuple[str, ...]]]:
    """What records held in their fields at a moment, by the dates on which changes took effect: two statements.

    What has been forgotten since is left out, as is what was entered later in a field whose changes were not kept.
    """
    wanted = by_kind(refs)
    present = held_values(connection, refs)
    found: defaultdict[Ref, dict[str, tuple[str, ...]]] = defaultdict(dict)
    for ref, fields in present.items():
        found[ref] = {field: held.values for field, held in fields.items() if _was_there(held, moment)}
    for row in connection.execute(_AT, {**wanted, "moment": moment}):
        ref = Ref(Kind(row.subject_kind), row.subject_id)
        now = present.get(ref, {}).get(row.field)
        found[ref][row.field] = _value(row, now.values if now else ())
    return dict(found)


def field_changes_of(connection: Connection, refs: Iterable[Ref]) -> list[FieldChange]:
    """Every change of the fields of these records that was kept, in the order of history."""
    return [
        FieldChange(
            subject=Ref(Kind(row.subject_kind), row.subject_id),
            field=row.field,
            before=None if row.before is None else tuple(row.before),
            after=None if row.after is None else tuple(row.after),
            act=row.name,
            effective_at=row.effective_at,
            recorded_at=row.recorded_at,
        )
        for row in connection.execute(_CHANGES, by_kind(refs))
    ]


def _was_there(held: Held, moment: datetime) -> bool:
    return held.since is None or held.since <= moment


def _value(row: AnyRow, present: tuple[str, ...]) -> tuple[str, ...]:
    """What a field held; what its own change has forgotten, the next one may know, and after the last one the field."""
    if row.last_act is None:
        known = row.before
    elif row.after is not None:
        known = row.after
    else:
        known = present if row.next_act is None else row.next_before
    return tuple(known or ())
