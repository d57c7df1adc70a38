"""Reads what acts did and what has happened since, for taking them back; and withdraws what they have to say."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Any

from sqlalchemy import BindParameter, Connection, and_, bindparam, or_, select, update

from server.domain.messages import State
from server.engine.facts import Kind, Ref
from server.engine.undoing import Deed, Former, Step
from server.store.columns import AnyRow
from server.store.declared_tables import field_changes
from server.store.tables import acts, messages, status_changes

_c, _f = status_changes.c, field_changes.c
_wanted: BindParameter[Any] = bindparam("ids", expanding=True)
_ROW = (
    _c.id,
    _c.act_id,
    _c.subject_kind,
    _c.subject_id,
    _c.machine,
    _c.before,
    _c.after,
    _c.transition,
    _c.undoes,
    _c.restarts,
)
_STEPS = select(*_ROW, acts.c.name).join(acts, acts.c.id == _c.act_id).where(_c.act_id.in_(_wanted)).order_by(_c.id)
_FORMERS = select(field_changes).where(_f.act_id.in_(_wanted)).order_by(_f.act_id, _f.subject_id, _f.field)
_LATER = (
    select(*_ROW)
    .where(
        _c.id > bindparam("since"),
        or_(
            *(
                and_(_c.subject_kind == kind.value, _c.subject_id.in_(bindparam(kind.value, expanding=True)))
                for kind in Kind
            )
        ),
    )
    .order_by(_c.id)
)
_WITHDRAW = (
    update(messages)
    .where(messages.c.cause_id.in_(_wanted), messages.c.state == State.PENDING.value)
    .values(state=State.WITHDRAWN.value)
)


def deeds(connection: Connection, act_ids: Iterable[int]) -> dict[int, Deed]:
    """What each of these acts did, and all that has happened to its records since: three statements for all of them."""
    wanted = {"ids": sorted(set(act_ids))}
    steps: defaultdict[int, list[Step]] = defaultdict(list)
    names: dict[int, str] = {}
    for row in connection.execute(_STEPS, wanted):
        names[row.act_id] = row.name
        steps[row.act_id].append(_step(row))
    formers: defaultdict[int, list[Former]] = defaultdict(list)
    for row in connection.execute(_FORMERS, wanted):
        formers[row.act_id].append(_former(row))
    first = {act: Deed(names[act], tuple(rows), tuple(formers[act])) for act, rows in steps.items()}
    later = _later(connection, first.values())
    return {act: _followed(deed, later) for act, deed in first.items()}


def withdraw_messages(connection: Connection, change_ids: Iterable[int]) -> None:
    """Keeps from being sent whatever these rows of history have to say and has not been sent yet."""
    connection.execute(_WITHDRAW, {"ids": sorted(change_ids)})


def _later(connection: Connection, every: Iterable[Deed]) -> Mapping[Ref, list[Step]]:
    found: defaultdict[Ref, list[Step]] = defaultdict(list)
    known = list(every)
    if not known:
        return found
    touched = set(chain.from_iterable(deed.touched for deed in known))
    by_kind = {kind.value: [ref.id for ref in touched if ref.kind is kind] for kind in Kind}
    for row in connection.execute(_LATER, {"since": min(deed.root.id for deed in known), **by_kind}):
        step = _step(row)
        found[step.subject].append(step)
    return found


def _followed(deed: Deed, later: Mapping[Ref, list[Step]]) -> Deed:
    last = deed.steps[-1].id
    rows = sorted({step for ref in deed.touched for step in later.get(ref, ()) if step.id > last}, key=lambda s: s.id)
    return Deed(deed.name, deed.steps, deed.formers, tuple(rows))


def _step(row: AnyRow) -> Step:
    subject = Ref(Kind(row.subject_kind), row.subject_id)
    return Step(row.id, subject, row.machine, row.before, row.after, row.transition, row.undoes, row.restarts)


def _former(row: AnyRow) -> Former:
    before, after = (None if held is None else tuple(held) for held in (row.before, row.after))
    return Former(Ref(Kind(row.subject_kind), row.subject_id), row.field, before, after)
