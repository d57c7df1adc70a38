"""Writes and reads how the words of acts were put right: the right ones beside the act, and each step of the way."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from server.domain.history import NOTE, Correction
from server.store.correction_tables import corrections
from server.store.tables import act_texts, status_changes

_c = corrections.c
_ADD = insert(corrections)
_TEXTS = select(act_texts.c.texts, act_texts.c.corrected).where(act_texts.c.act_id == bindparam("act"))
_OF_ACTS = (
    select(_c.corrects, _c.part, _c.before, _c.after, status_changes.c.id.label("change_id"))
    .join(status_changes, status_changes.c.act_id == _c.act_id)
    .where(_c.corrects.in_(bindparam("acts", expanding=True)))
    .order_by(_c.act_id, _c.part)
)

_CORRECTED = (
    select(_c.act_id, func.min(status_changes.c.id).label("change_id"))
    .join(status_changes, status_changes.c.act_id == _c.corrects)
    .where(_c.act_id.in_(bindparam("acts", expanding=True)))
    .group_by(_c.act_id)
)


def in_force(
    answers: Mapping[str, str], corrected: Mapping[str, str] | None, texts: Mapping[str, str] | None
) -> dict[str, str]:
    """The answers of an act as they have been put right; what was taken away is no answer."""
    every = {**answers, **(corrected or {}), **(texts or {})}
    return {key: answer for key, answer in every.items() if answer}


def correct(connection: Connection, parts: Sequence[Correction], *, by: int, free: frozenset[str]) -> None:
    """Puts parts of one act right in the act ``by``. ``free``: the keys of answers in people's own words."""
    act, right = parts[0].act_id, dict[str, Any]()
    row = connection.execute(_TEXTS, {"act": act}).one()
    texts, corrected = dict(row.texts), dict(row.corrected or {})
    for part in parts:
        if part.key == NOTE:
            right["note"] = part.after
        else:
            (texts if part.key in free else corrected)[part.key] = part.after or ""
    right |= {"texts": texts, "corrected": corrected or None}
    connection.execute(update(act_texts).where(act_texts.c.act_id == act).values(**right))
    rows = [
        {"act_id": by, "corrects": act, "part": p.key, "before": _kept(p.before), "after": _kept(p.after)}
        for p in parts
    ]
    connection.execute(_ADD, rows)


def corrections_of(connection: Connection, act_ids: Iterable[int]) -> dict[int, list[Correction]]:
    """How the words of each of these acts were put right, in the order in which that was done."""
    found: defaultdict[int, list[Correction]] = defaultdict(list)
    for row in connection.execute(_OF_ACTS, {"acts": sorted(set(act_ids))}):
        found[row.corrects].append(
            Correction(row.corrects, row.part, _said(row.before), _said(row.after), row.change_id)
        )
    return dict(found)


def corrected_by(connection: Connection, act_ids: Iterable[int]) -> dict[int, int]:
    """The id of the first row of history of the act that each of these acts put right; others are left out."""
    wanted = sorted(set(act_ids))
    rows = connection.execute(_CORRECTED, {"acts": wanted}) if wanted else ()
    return {row.act_id: row.change_id for row in rows}


def _kept(said: str | None) -> list[str]:
    """In a list, so that what was nothing differs from what has been forgotten since."""
    return [] if said is None else [said]


def _said(kept: list[str] | None) -> str | None:
    return kept[0] if kept else None
