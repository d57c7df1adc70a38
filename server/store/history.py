"""Reads history: status changes with the act that each belongs to, in the order of commits."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY

from server.domain.access import EVERYTHING, Sight
from server.domain.fields import Standing
from server.domain.filters import COUNT_LIMIT, HistoryFilter, Slice, Total, Window
from server.domain.history import StatusChange
from server.engine.facts import Kind
from server.engine.ruleset import PLATFORM
from server.store.columns import AnyRow
from server.store.corrections import in_force
from server.store.paging import Keyset, count, fetch_slice, slice_of
from server.store.tables import act_texts, acts, status_changes
from server.store.visibility import changes_seen

_COLUMNS = (
    status_changes.c.id,
    status_changes.c.program_id,
    status_changes.c.act_id,
    acts.c.name.label("act"),
    status_changes.c.subject_kind,
    status_changes.c.subject_id,
    status_changes.c.machine,
    status_changes.c.before,
    status_changes.c.after,
    status_changes.c.transition,
    status_changes.c.caused_by,
    status_changes.c.by_platform,
    act_texts.c.actor_name,
    acts.c.actor_user_id,
    act_texts.c.note,
    acts.c.answers,
    act_texts.c.texts,
    act_texts.c.corrected,
    status_changes.c.effective_at,
    acts.c.recorded_at,
    acts.c.revision,
    status_changes.c.undoes,
)
_FROM = status_changes.join(acts, acts.c.id == status_changes.c.act_id).outerjoin(
    act_texts, act_texts.c.act_id == status_changes.c.act_id
)
_SELECT = select(*_COLUMNS).select_from(_FROM)
_ORDER = Keyset((status_changes.c.id,))

_wanted: BindParameter[Any] = bindparam("ids", expanding=True)
_LATEST = select(func.coalesce(func.max(status_changes.c.id), 0)).where(
    status_changes.c.program_id == bindparam("program")
)
_BY_IDS = _SELECT.where(status_changes.c.id.in_(_wanted))
_CAUSED_BY = _SELECT.where(status_changes.c.caused_by.in_(_wanted)).order_by(status_changes.c.id)
_UNDOING = _SELECT.where(status_changes.c.undoes.in_(_wanted))
_OF_ACT = _SELECT.where(status_changes.c.act_id.in_(_wanted)).order_by(status_changes.c.id)
_last = status_changes.alias("last")
_STOOD = select(
    status_changes.c.subject_id, status_changes.c.machine, status_changes.c.after, status_changes.c.effective_at
).where(
    status_changes.c.id.in_(
        select(func.max(_last.c.id))
        .where(
            _last.c.subject_kind == bindparam("kind"),
            _last.c.subject_id.in_(_wanted),
            _last.c.effective_at <= bindparam("moment", type_=_last.c.effective_at.type),
            or_(_last.c.before.is_distinct_from(_last.c.after), _last.c.restarts),
        )
        .group_by(_last.c.subject_id, _last.c.machine)
    )
)


def _change(row: AnyRow) -> StatusChange:
    return StatusChange(
        id=row.id,
        program_id=row.program_id,
        act_id=row.act_id,
        act=row.act,
        kind=Kind(row.subject_kind),
        subject_id=row.subject_id,
        machine=row.machine,
        before=row.before,
        after=row.after,
        transition=row.transition,
        caused_by=row.caused_by,
        by_platform=row.by_platform,
        actor_name=PLATFORM if row.by_platform else row.actor_name or "",
        actor_user_id=None if row.by_platform else row.actor_user_id,
        note=row.note,
        answers=in_force(row.answers, row.corrected, row.texts),
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        revision=row.revision,
        undoes=row.undoes,
    )


def changes_by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, StatusChange]:
    """The status changes with these ids; what does not exist is left out."""
    return {row.id: _change(row) for row in connection.execute(_BY_IDS, {"ids": list(ids)})}


def latest_change(connection: Connection, program_id: int) -> int:
    """The id of a program's latest row of history, 0 where there is none: later ones get greater ids."""
    return int(connection.scalars(_LATEST, {"program": program_id}).one())


def changes_caused_by(connection: Connection, ids: Iterable[int]) -> dict[int, list[StatusChange]]:
    """What each status change brought about directly."""
    return _grouped(connection, _CAUSED_BY, ids, lambda change: change.caused_by)


def changes_undoing(connection: Connection, ids: Iterable[int]) -> dict[int, StatusChange]:
    """The row that took each of these rows back and still counts; those that none did are left out."""
    wanted = list(ids)
    rows = [_change(row) for row in connection.execute(_UNDOING, {"ids": wanted})] if wanted else []
    again = changes_undoing(connection, [row.id for row in rows]) if rows else {}
    return {row.undoes: row for row in rows if row.undoes is not None and row.id not in again}


def standings_at(
    connection: Connection, kind: Kind, ids: Iterable[int], moment: datetime
) -> dict[int, dict[str, Standing]]:
    """Where records stood at a moment, by machine: by the date on which changes took effect. One statement."""
    found: defaultdict[int, dict[str, Standing]] = defaultdict(dict)
    for row in connection.execute(_STOOD, {"kind": kind.value, "ids": list(ids), "moment": moment}):
        found[row.subject_id][row.machine] = Standing(row.after, row.effective_at)
    return dict(found)


def changes_of_act(connection: Connection, act_ids: Iterable[int]) -> dict[int, list[StatusChange]]:
    """All status changes of each act, the act's own first."""
    return _grouped(connection, _OF_ACT, act_ids, lambda change: change.act_id)


def _grouped(
    connection: Connection,
    statement: Select[*tuple[Any, ...]],
    ids: Iterable[int],
    group: Callable[[StatusChange], int | None],
) -> dict[int, list[StatusChange]]:
    found: defaultdict[int | None, list[StatusChange]] = defaultdict(list)
    wanted = list(ids)
    for row in connection.execute(statement, {"ids": wanted}):
        change = _change(row)
        found[group(change)].append(change)
    return {number: found[number] for number in wanted}


def _each(connection: Connection, ids: Sequence[int]) -> tuple[FromClause, ColumnElement[int]]:
    """The ids as a table of their own, so that one statement asks for a page of each."""
    if connection.dialect.name == "postgresql":
        wanted = bindparam("each", list(dict.fromkeys(ids)), ARRAY(BigInteger))
        each = func.unnest(wanted).table_valued("value").render_derived("each")
    else:
        # A list as JSON text is what SQLite's json_each takes; ids are whole numbers, so str() is JSON.
        each = func.json_each(str(list(dict.fromkeys(ids)))).table_valued("value").alias("each")
    return each, each.c.value


def changes_of(
    connection: Connection, kind: Kind, ids: Sequence[int], window: Window
) -> dict[int, Slice[StatusChange]]:
    """The same window of the history of each of these records, in one statement."""
    each, number = _each(connection, ids)
    own = status_changes.alias("own")
    inner = select(own.c.id).where(own.c.subject_kind == kind.value, own.c.subject_id == number).correlate(each)
    page = Keyset((own.c.id,)).page(inner, window)
    if connection.dialect.name == "postgresql":
        keys: FromClause = page.lateral("keys")
        source = each.join(keys, true()).join(status_changes, status_changes.c.id == keys.c.id)
    else:
        source = each.join(status_changes, status_changes.c.id.in_(page))
    source = source.join(acts, acts.c.id == status_changes.c.act_id)
    source = source.outerjoin(act_texts, act_texts.c.act_id == acts.c.id)
    found: defaultdict[int, list[AnyRow]] = defaultdict(list)
    for row in connection.execute(select(*_COLUMNS).select_from(source)):
        found[row.subject_id].append(row)
    return {number: _slice(found[number], window) for number in ids}


def _slice(rows: list[AnyRow], window: Window) -> Slice[StatusChange]:
    rows.sort(key=lambda row: row.id, reverse=window.backwards)
    return slice_of(rows, window, _ORDER, _change)


def totals_of(connection: Connection, kind: Kind, ids: Sequence[int]) -> dict[int, Total]:
    """How long the history of each of these records is, in one statement."""
    each, number = _each(connection, ids)
    own = status_changes.alias("own")
    counted = (
        select(own.c.id)
        .where(own.c.subject_kind == kind.value, own.c.subject_id == number)
        .limit(COUNT_LIMIT + 1)
        .correlate(each)
        .subquery()
    )
    length = select(func.count()).select_from(counted).scalar_subquery()
    rows = connection.execute(select(number, length).select_from(each))
    return {record: Total(min(found, COUNT_LIMIT), found > COUNT_LIMIT) for record, found in rows}


def changes_page(
    connection: Connection, program_id: int, narrowed: HistoryFilter, window: Window, *, sight: Sight = EVERYTHING
) -> Slice[StatusChange]:
    """One page of what is seen of a program's history: the rows about records seen in full."""
    return fetch_slice(connection, _narrowed(_SELECT, program_id, narrowed, sight), window, _ORDER, _change)


def changes_total(
    connection: Connection, program_id: int, narrowed: HistoryFilter, *, sight: Sight = EVERYTHING
) -> Total:
    """How long that is which is seen of a program's history."""
    return count(connection, _narrowed(select(status_changes.c.id), program_id, narrowed, sight))


def _narrowed(
    statement: Select[*tuple[Any, ...]], program_id: int, narrowed: HistoryFilter, sight: Sight
) -> Select[*tuple[Any, ...]]:
    own = status_changes.c
    statement = statement.where(own.program_id == program_id)
    if not sight.whole:
        statement = statement.where(changes_seen(sight))
    for column, values in (
        (own.machine, narrowed.machine_in),
        (own.after, narrowed.to_in),
        (own.transition, narrowed.transition_in),
    ):
        if values is not None:
            statement = statement.where(column.in_(values))
    if narrowed.subjects is not None:
        statement = statement.where(or_(*_subjects(narrowed.subjects), own.id.in_(())))
    if narrowed.since is not None:
        statement = statement.where(own.effective_at >= narrowed.since)
    if narrowed.until is not None:
        statement = statement.where(own.effective_at <= narrowed.until)
    return statement


def _subjects(subjects: Iterable[tuple[str, int]]) -> list[ColumnElement[bool]]:
    by_kind: defaultdict[str, list[int]] = defaultdict(list)
    for kind, number in subjects:
        by_kind[kind].append(number)
    own = status_changes.c
    return [and_(own.subject_kind == kind, own.subject_id.in_(ids)) for kind, ids in by_kind.items()]
