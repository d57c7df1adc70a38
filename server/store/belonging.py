"""What belongs to one person, named by the parameter ``person``: what an erasure takes, whatever table it stands in."""

from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, or_, select

from server.engine.facts import Kind
from server.store.record_tables import record_people
from server.store.tables import matches, personas

PERSON: BindParameter[Any] = bindparam("person")
"""The id of the person."""

_own_personas = select(personas.c.id).where(personas.c.user_id == PERSON)
_own_records = select(record_people.c.record_id).where(record_people.c.user_id == PERSON)
OWN_PAIRS = select(matches.c.id).where(
    or_(matches.c.mentor_id.in_(_own_personas), matches.c.mentee_id.in_(_own_personas))
)
"""The ids of the matches of the person."""


def is_about(kind: ColumnElement[str], number: ColumnElement[int]) -> ColumnElement[bool]:
    """The condition that a row is about the person, a persona, a match or a further record of theirs."""
    return or_(
        and_(kind == Kind.USER.value, number == PERSON),
        and_(kind == Kind.PERSONA.value, number.in_(_own_personas)),
        and_(kind == Kind.PAIR.value, number.in_(OWN_PAIRS)),
        and_(kind == Kind.RECORD.value, number.in_(_own_records)),
    )
