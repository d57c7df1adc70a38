"""Takes what tells who somebody is out of every row; ids, codes and moments stay, so that history still holds."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Select,
    Table,
    Update,
    and_,
    bindparam,
    delete,
    func,
    or_,
    select,
    union,
    update,
)

from server.domain.people import ERASED
from server.store.apply import name_columns
from server.store.belonging import OWN_PAIRS, PERSON, is_about
from server.store.correction_tables import corrections
from server.store.declared_tables import field_changes, field_values
from server.store.tables import act_texts, acts, matches, status_changes, tokens, users
from server.store.tokens import TOKEN

_own_tokens = select(tokens.c.id).where(tokens.c.user_id == PERSON)
_OPEN = OWN_PAIRS.where(matches.c.mentor_place.is_not(None)).order_by(matches.c.id)


def _about(kind: ColumnElement[str], number: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a row of history is about the person, or whatever is theirs, a token too."""
    return or_(is_about(kind, number), and_(kind == TOKEN, number.in_(_own_tokens)))


_own_acts = union(
    select(acts.c.id).where(_about(acts.c.subject_kind, acts.c.subject_id)),
    select(status_changes.c.act_id).where(_about(status_changes.c.subject_kind, status_changes.c.subject_id)),
)
_HAS_TEXT = or_(act_texts.c.note.is_not(None), act_texts.c.texts != bindparam("none", {}, act_texts.c.texts.type))
_WITHOUT_TEXT: dict[str, Any] = {"note": None, "texts": {}}
_CLEAR = update(act_texts).where(act_texts.c.act_id.in_(_own_acts), _HAS_TEXT).values(_WITHOUT_TEXT)
_UNNAME = (
    update(act_texts)
    .where(act_texts.c.act_id.in_(select(acts.c.id).where(acts.c.actor_user_id == PERSON)))
    .values(actor_name=ERASED)
)
_END_TOKENS = (
    update(tokens)
    .where(tokens.c.user_id == PERSON)
    .values(
        name=ERASED, revoked_at=func.coalesce(tokens.c.revoked_at, bindparam("moment", type_=tokens.c.revoked_at.type))
    )
)
_FORGET = (
    update(users)
    .where(users.c.id == PERSON)
    .values(
        **name_columns(ERASED, None, None),
        erased_at=bindparam("moment", type_=users.c.erased_at.type),
        version=users.c.version + 1,
    )
)

PART = 5_000
"""How many rows are cleared or deleted at a time: statements on PostgreSQL have a time limit."""


def _of_old_acts(
    table: Table, act_id: Column[int], held: ColumnElement[bool], without: dict[str, Any]
) -> tuple[Select[int], Update]:
    """Counts what the rows of a table still hold of acts entered before ``oldest``; and takes some of it away."""
    oldest = bindparam("oldest", type_=acts.c.recorded_at.type)
    old = select(table.c.act_id).join(acts, acts.c.id == act_id).where(acts.c.recorded_at < oldest, held)
    clear = update(table).where(table.c.act_id.in_(old.limit(PART)), held).values(without)
    return select(func.count()).select_from(old.subquery()), clear


_COUNT_OLD, _CLEAR_OLD = _of_old_acts(act_texts, act_texts.c.act_id, _HAS_TEXT, _WITHOUT_TEXT)
_FORMER = or_(field_changes.c.before.is_not(None), field_changes.c.after.is_not(None))
_UNKNOWN: dict[str, Any] = {"before": None, "after": None}
_FORGET_FORMER = (
    update(field_changes).where(is_about(field_changes.c.subject_kind, field_changes.c.subject_id)).values(_UNKNOWN)
)
_COUNT_OLD_VALUES, _CLEAR_OLD_VALUES = _of_old_acts(field_changes, field_changes.c.act_id, _FORMER, _UNKNOWN)
_REMEMBERED = or_(corrections.c.before.is_not(None), corrections.c.after.is_not(None))
_FORGET_CORRECTIONS = update(corrections).where(corrections.c.corrects.in_(_own_acts), _REMEMBERED).values(_UNKNOWN)
_COUNT_OLD_CORRECTIONS, _CLEAR_OLD_CORRECTIONS = _of_old_acts(
    corrections, corrections.c.corrects, _REMEMBERED, _UNKNOWN
)
_FORGET_FIELDS = delete(field_values).where(is_about(field_values.c.subject_kind, field_values.c.subject_id))


def open_matches_of(connection: Connection, user_id: int) -> list[int]:
    """The ids of the matches of a person that count as open."""
    return list(connection.scalars(_OPEN, {"person": user_id}))


def erase_person(connection: Connection, user_id: int, moment: datetime) -> int:
    """Takes name, addresses, notes, free texts and fields of a person away, and ends their tokens.

    Notes and texts go from every act that touched the person, a persona, a match, a further record or a token of
    theirs, and so do the fields of these; what they did to others stays, done by nobody in particular. Answers with
    how many acts lost a text.
    """
    given: dict[str, Any] = {"person": user_id, "moment": moment}
    cleared = connection.execute(_CLEAR, {"person": user_id}).rowcount
    connection.execute(_UNNAME, {"person": user_id})
    connection.execute(_END_TOKENS, given)
    connection.execute(_FORGET_FIELDS, {"person": user_id})
    connection.execute(_FORGET_FORMER, {"person": user_id})
    connection.execute(_FORGET_CORRECTIONS, {"person": user_id})
    connection.execute(_FORGET, given)
    return cleared


def count_texts_before(connection: Connection, moment: datetime) -> int:
    """How many acts entered before a moment still have a note or a free text."""
    return connection.scalars(_COUNT_OLD, {"oldest": moment}).one()


def clear_texts_before(connection: Connection, moment: datetime) -> int:
    """Takes notes and free texts away from some of the acts entered before a moment, and says from how many."""
    return connection.execute(_CLEAR_OLD, {"oldest": moment}).rowcount


def count_values_before(connection: Connection, moment: datetime) -> int:
    """How many fields are remembered from acts entered before a moment, as they were before and after."""
    return connection.scalars(_COUNT_OLD_VALUES, {"oldest": moment}).one()


def clear_values_before(connection: Connection, moment: datetime) -> int:
    """Forgets some of them, and says how many."""
    return connection.execute(_CLEAR_OLD_VALUES, {"oldest": moment}).rowcount


def count_corrections_before(connection: Connection, moment: datetime) -> int:
    """How many corrections are remembered, word for word, of acts entered before a moment."""
    return connection.scalars(_COUNT_OLD_CORRECTIONS, {"oldest": moment}).one()


def clear_corrections_before(connection: Connection, moment: datetime) -> int:
    """Forgets the words of some of them, and says of how many."""
    return connection.execute(_CLEAR_OLD_CORRECTIONS, {"oldest": moment}).rowcount
