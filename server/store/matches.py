"""Reads matches, with the answers of the act that brought each into its present status."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, bindparam, select, union

from server.domain.access import EVERYTHING, Sight
from server.domain.filters import MatchFilter, Slice, Total, Window
from server.domain.matches import Match
from server.engine.facts import Kind
from server.store.columns import AnyRow
from server.store.corrections import in_force
from server.store.declared import holds
from server.store.finding import Narrowing, narrowed_by
from server.store.paging import Keyset, count, fetch_slice
from server.store.tables import act_texts, acts, matches, personas
from server.store.visibility import matches_seen, personas_seen

_COLUMNS = (
    matches.c.id,
    matches.c.program_id,
    matches.c.mentor_id,
    matches.c.mentee_id,
    matches.c.pair_status,
    matches.c.pair_status_since,
    acts.c.answers,
    matches.c.created_at,
    matches.c.opened_at,
    matches.c.closed_at,
    matches.c.version,
    matches.c.proposed_by_id,
    act_texts.c.texts,
    act_texts.c.corrected,
)
_ANSWERS = _COLUMNS.index(acts.c.answers)
_SIDES = (matches.c.mentor_id, matches.c.mentee_id)
_SELECT = (
    select(*_COLUMNS)
    .select_from(matches)
    .join(acts, acts.c.id == matches.c.status_act_id)
    .outerjoin(act_texts, act_texts.c.act_id == matches.c.status_act_id)
)
_BY_IDS = _SELECT.where(matches.c.id.in_(bindparam("ids", expanding=True)))
_ids_of_personas = union(
    *(select(matches.c.id).where(side.in_(bindparam("personas", expanding=True))) for side in _SIDES)
)
_OF_PERSONAS = _SELECT.where(matches.c.id.in_(_ids_of_personas)).order_by(matches.c.id)
_ORDER = Keyset((matches.c.id,))


def _match(row: AnyRow) -> Match:
    known: list[Any] = list(row)
    corrected, texts = known.pop(), known.pop()
    known[_ANSWERS] = in_force(known[_ANSWERS], corrected, texts)
    return Match(*known)


def matches_by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Match]:
    """The matches with these ids; what does not exist is left out."""
    return {row.id: _match(row) for row in connection.execute(_BY_IDS, {"ids": list(ids)})}


def matches_of_personas(connection: Connection, persona_ids: Iterable[int]) -> dict[int, list[Match]]:
    """The matches of each persona, on either side, in creation order; without any an empty list."""
    found: defaultdict[int, list[Match]] = defaultdict(list)
    wanted = list(persona_ids)
    for row in connection.execute(_OF_PERSONAS, {"personas": wanted}):
        match = _match(row)
        found[match.mentor_id].append(match)
        found[match.mentee_id].append(match)
    return {persona: found[persona] for persona in wanted}


def matches_page(
    connection: Connection,
    program_id: int,
    narrowed: MatchFilter,
    window: Window,
    *,
    sight: Sight = EVERYTHING,
    narrowing: Narrowing | None = None,
) -> Slice[Match]:
    """One page of those of a program's matches that are seen, in creation order.

    ``narrowing``: what must hold of them besides.
    """
    statement = narrowed_by(_narrowed(_SELECT, program_id, narrowed, sight), Kind.PAIR, narrowing)
    return fetch_slice(connection, statement, window, _ORDER, _match)


def matches_total(
    connection: Connection, program_id: int, narrowed: MatchFilter, *, sight: Sight = EVERYTHING
) -> Total:
    """How many matches there are to see."""
    return count(connection, _narrowed(select(matches.c.id), program_id, narrowed, sight))


def _narrowed(
    statement: Select[*tuple[Any, ...]], program_id: int, narrowed: MatchFilter, sight: Sight
) -> Select[*tuple[Any, ...]]:
    statement = statement.where(matches.c.program_id == program_id)
    if not sight.whole:
        statement = statement.where(matches_seen(sight))
    if narrowed.status_in is not None:
        statement = statement.where(matches.c.pair_status.in_(narrowed.status_in))
    if narrowed.status_not_in:
        statement = statement.where(matches.c.pair_status.not_in(narrowed.status_not_in))
    if narrowed.opened_since is not None:
        statement = statement.where(matches.c.opened_at >= narrowed.opened_since)
    for column, value in ((personas.c.id, narrowed.persona_id), (personas.c.user_id, narrowed.user_id)):
        if value is not None:
            statement = statement.where(_either_side(column == value))
    if narrowed.site_id is not None:
        at_site = personas.c.site_id == narrowed.site_id
        # Where a partner is placed is not told, so it is no answer to this question either.
        statement = statement.where(_either_side(at_site if sight.whole else at_site & personas_seen(sight)))
    for criterion in narrowed.fields:
        statement = statement.where(holds(Kind.PAIR, criterion))
    return statement


def _either_side(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    sides = (select(matches.c.id).join(personas, personas.c.id == side).where(condition) for side in _SIDES)
    return matches.c.id.in_(union(*sides))
