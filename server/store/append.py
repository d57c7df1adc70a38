"""Writes history: one row for the act, one for its erasable texts, one for each status it moved."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, insert

from server.domain.history import Act, StatusChange
from server.engine.facts import Ref
from server.engine.plan import Plan
from server.engine.ruleset import PLATFORM
from server.store.numbering import Numbers
from server.store.tables import act_texts, acts, status_changes

_ADD_ACT = insert(acts)
_ADD_TEXTS = insert(act_texts)
_ADD_CHANGES = insert(status_changes)


def append_act(connection: Connection, act_id: int, act: Act, subject_id: int) -> None:
    """Writes the act itself."""
    row = {
        "id": act_id,
        "program_id": act.program_id,
        "name": act.name,
        "subject_kind": act.subject_kind,
        "subject_id": subject_id,
        "actor_user_id": act.actor_user_id,
        "actor_roles": sorted(act.actor_roles),
        "answers": dict(act.answers),
        "effective_at": act.effective_at,
        "recorded_at": act.recorded_at,
        "revision": act.revision,
    }
    connection.execute(_ADD_ACT, row)
    texts = {"act_id": act_id, "actor_name": act.actor_name, "note": act.note, "texts": dict(act.texts)}
    connection.execute(_ADD_TEXTS, texts)


def append_changes(
    connection: Connection, numbers: Numbers, act_id: int, act: Act, *, plan: Plan, real: Mapping[Ref, Ref]
) -> tuple[StatusChange, ...]:
    """Writes a row for each change of the plan and answers with them, in plan order."""
    written = tuple(_rows(numbers, act_id, act, plan, real))
    if written:
        rows = [
            {**_columns(row), "restarts": change.restarts} for row, change in zip(written, plan.changes, strict=True)
        ]
        connection.execute(_ADD_CHANGES, rows)
    return written


def _rows(numbers: Numbers, act_id: int, act: Act, plan: Plan, real: Mapping[Ref, Ref]) -> Iterator[StatusChange]:
    ids = [numbers.take("status_changes") for _ in plan.changes]
    answers = {**act.answers, **act.texts}
    for number, change in zip(ids, plan.changes, strict=True):
        subject = real.get(change.subject, change.subject)
        yield StatusChange(
            id=number,
            program_id=act.program_id,
            act_id=act_id,
            act=act.name,
            kind=subject.kind,
            subject_id=subject.id,
            machine=change.machine,
            before=change.before,
            after=change.after,
            transition=change.transition,
            caused_by=None if change.caused_by is None else ids[change.caused_by],
            by_platform=change.by_platform,
            actor_name=PLATFORM if change.by_platform else act.actor_name,
            actor_user_id=None if change.by_platform else act.actor_user_id,
            note=act.note,
            answers=answers,
            effective_at=act.effective_at,
            recorded_at=act.recorded_at,
            revision=act.revision,
            undoes=change.undoes,
        )


def _columns(change: StatusChange) -> dict[str, Any]:
    return {
        "id": change.id,
        "program_id": change.program_id,
        "act_id": change.act_id,
        "subject_kind": change.kind.value,
        "subject_id": change.subject_id,
        "machine": change.machine,
        "before": change.before,
        "after": change.after,
        "transition": change.transition,
        "caused_by": change.caused_by,
        "by_platform": change.by_platform,
        "effective_at": change.effective_at,
        "undoes": change.undoes,
    }
