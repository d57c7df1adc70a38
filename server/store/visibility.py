"""Who sees which rows: the one place that turns a sight into a condition of a statement.

Whom a rule lets somebody find stands in lists and is counted, and is known by its id like a partner; what shows a
record in full, such as its history, looks at the rest of the sight alone.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    Select,
    and_,
    bindparam,
    exists,
    false,
    or_,
    select,
    true,
)

from server.domain.access import Sight
from server.engine.facts import SURROUNDINGS, Kind
from server.store.moving import TABLES, home_of
from server.store.record_tables import record_links, record_people, records
from server.store.tables import matches, messages, personas, sites, status_changes, users

Condition = ColumnElement[bool]


class _Who(NamedTuple):
    """A sight short of everything, as values or as the parameters of a statement that is built once."""

    user: int | BindParameter[Any] | None
    sites: Sequence[int] | BindParameter[Any]


_ANYBODY = _Who(bindparam("own_user"), bindparam("own_sites", expanding=True))


def _who(sight: Sight) -> _Who:
    return _Who(sight.user_id, sorted(sight.site_ids))


def users_seen(sight: Sight) -> Condition:
    """The condition under which a row of ``users`` is listed: it is seen in full, or found by a rule."""
    return true() if sight.whole else _or_found(_person_seen(_who(sight), users.c.id), sight, Kind.USER)


def personas_seen(sight: Sight) -> Condition:
    """The condition under which a row of ``personas`` is listed: their person is seen in full, or a rule finds it."""
    return true() if sight.whole else _or_found(_person_seen(_who(sight), personas.c.user_id), sight, Kind.PERSONA)


def matches_seen(sight: Sight) -> Condition:
    """The condition under which a row of ``matches`` is listed: the person of either side is, or a rule finds it."""
    return true() if sight.whole else _or_found(_pair_seen(_who(sight), matches), sight, Kind.PAIR)


def _or_found(seen: Condition, sight: Sight, kind: Kind) -> Condition:
    ids = sight.found_of(kind)
    return or_(seen, TABLES[kind].c.id.in_(_many(ids))) if ids else seen


def _many(ids: Sequence[int] | None = None, name: str | None = None) -> BindParameter[Any]:
    """Numbers that are written into a statement one by one, for a database takes only so many parameters."""
    return bindparam(name, ids, expanding=True, literal_execute=True, type_=Integer)


def further_seen(sight: Sight) -> Condition:
    """The condition under which a row of ``records`` is seen in full: one of the people behind its links is."""
    return true() if sight.whole else _behind_seen(_who(sight), records.c.id)


def changes_seen(sight: Sight) -> Condition:
    """The condition under which a row of ``status_changes`` is seen: the record it is about is seen in full."""
    if sight.whole:
        return true()
    return _subject_seen(_who(sight), status_changes)


def messages_seen(sight: Sight) -> Condition:
    """The condition under which a row of ``messages`` is seen: the record it is about is seen in full.

    Who sees a record only because it is their own sees what they were told about it, not what others were.
    """
    if sight.whole:
        return true()
    ways = [_subject_seen(_Who(None, sorted(sight.site_ids)), messages)] if sight.site_ids else []
    if sight.user_id is not None:
        to_them = messages.c.recipient_id == sight.user_id
        ways.append(and_(to_them, _subject_seen(_Who(sight.user_id, ()), messages)))
    return or_(*ways) if ways else false()


def _subject_seen(who: _Who, about: FromClause) -> Condition:
    """The record that a row is about is seen in full; the row names it by kind and id."""
    own = about.c
    persona, pair = personas.alias("subject_persona"), matches.alias("subject_pair")
    of_persona = exists(
        select(persona.c.id).where(persona.c.id == own.subject_id, _person_seen(who, persona.c.user_id))
    )
    of_pair = exists(select(pair.c.id).where(pair.c.id == own.subject_id, _pair_seen(who, pair)))
    return or_(
        and_(own.subject_kind == Kind.SITE.value, own.subject_id.in_(who.sites)),
        and_(own.subject_kind == Kind.USER.value, _person_seen(who, own.subject_id)),
        and_(own.subject_kind == Kind.PERSONA.value, of_persona),
        and_(own.subject_kind == Kind.PAIR.value, of_pair),
        and_(own.subject_kind == Kind.RECORD.value, _behind_seen(who, own.subject_id)),
    )


def sites_listed(sight: Sight) -> Condition:
    """The condition under which a row of ``sites`` is listed: the own site, and those of the own personas."""
    if sight.whole:
        return true()
    placed = personas.alias("listed")
    own = exists(select(placed.c.id).where(placed.c.site_id == sites.c.id, placed.c.user_id == sight.user_id))
    return or_(sites.c.id.in_(sorted(sight.site_ids)), own if sight.user_id is not None else false())


def sites_named(sight: Sight) -> Condition:
    """The condition under which a row of ``sites`` is told by its id: listed, or held by a persona that is."""
    if sight.whole:
        return true()
    held = exists(select(personas.c.id).where(personas.c.site_id == sites.c.id, personas_seen(sight)))
    return or_(sites_listed(sight), held)


def records_seen(sight: Sight, kind: Kind) -> Condition:
    """The condition under which a row of the table of this kind is listed."""
    if kind in SURROUNDINGS:
        own_sites = sites.c.id.in_(sorted(sight.site_ids))
        return true() if sight.whole else own_sites if kind is Kind.SITE else false()
    ways = {Kind.USER: users_seen, Kind.PERSONA: personas_seen, Kind.PAIR: matches_seen, Kind.RECORD: further_seen}
    return ways[kind](sight)


def _person_seen(who: _Who, user_id: ColumnElement[int]) -> Condition:
    ways: list[Condition] = []
    if who.user is not None:
        ways.append(user_id == who.user)
    if isinstance(who.sites, BindParameter) or who.sites:
        ways.append(_at_site(who, user_id))
    return or_(*ways) if ways else false()


def _at_site(who: _Who, user_id: ColumnElement[int]) -> Condition:
    """The last placed persona of some role of the person is at one of the sites."""
    placed = personas.alias("placed")
    here = placed.c.site_id.in_(who.sites)
    return exists(select(placed.c.id).where(placed.c.user_id == user_id, here, is_last_placed(placed)))


def is_last_placed(placed: FromClause) -> Condition:
    """No later persona of the same person and role is at a site: this one says where the person belongs."""
    later = personas.alias("later")
    superseded = exists(
        select(later.c.id).where(
            later.c.user_id == placed.c.user_id,
            later.c.role == placed.c.role,
            later.c.site_id.is_not(None),
            later.c.id > placed.c.id,
        )
    )
    return ~superseded


def _pair_seen(who: _Who, pair: FromClause) -> Condition:
    """The person of either side of a pair is seen in full."""
    side = personas.alias("side")
    either = or_(side.c.id == pair.c.mentor_id, side.c.id == pair.c.mentee_id)
    return exists(select(side.c.id).where(either, _person_seen(who, side.c.user_id)))


def _behind_seen(who: _Who, record_id: ColumnElement[int]) -> Condition:
    """One of the people behind the links of a further record is seen in full."""
    behind = record_people.alias("behind")
    return exists(select(behind.c.user_id).where(behind.c.record_id == record_id, _person_seen(who, behind.c.user_id)))


def _named(who: _Who, kind: Kind, number: ColumnElement[int]) -> Condition:
    """A further record that is seen is linked to it."""
    link = record_links.alias("naming")
    to = and_(link.c.target_kind == kind.value, link.c.target_id == number)
    return exists(select(link.c.record_id).where(to, _behind_seen(who, link.c.record_id)))


def _paired(who: _Who, persona_id: ColumnElement[int]) -> Condition:
    """The persona stands in a pair that is seen, or a record that is seen names it: what shows it as a partner."""
    pair = matches.alias("shared_pair")
    either = or_(pair.c.mentor_id == persona_id, pair.c.mentee_id == persona_id)
    in_pair = exists(select(pair.c.id).where(either, _pair_seen(who, pair)))
    return or_(in_pair, _named(who, Kind.PERSONA, persona_id))


def _user_paired(who: _Who) -> Condition:
    own = personas.alias("paired")
    through = exists(select(own.c.id).where(own.c.user_id == users.c.id, _paired(who, own.c.id)))
    return or_(through, _named(who, Kind.USER, users.c.id))


def _along(persona_id: ColumnElement[int]) -> Condition:
    """The persona is found by a rule, or stands in a pair that is."""
    pair = matches.alias("found_pair")
    either = or_(pair.c.mentor_id == persona_id, pair.c.mentee_id == persona_id)
    in_pair = exists(select(pair.c.id).where(either, pair.c.id.in_(_many(name="found_pairs"))))
    return or_(persona_id.in_(_many(name="found_personas")), in_pair)


def _user_along() -> Condition:
    own = personas.alias("along")
    return exists(select(own.c.id).where(own.c.user_id == users.c.id, _along(own.c.id)))


_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_SEEN: Mapping[Kind, Select[Any]] = {
    Kind.USER: select(users.c.id).where(users.c.id.in_(_ids), _person_seen(_ANYBODY, users.c.id)),
    Kind.PERSONA: select(personas.c.id).where(personas.c.id.in_(_ids), _person_seen(_ANYBODY, personas.c.user_id)),
    Kind.PAIR: select(matches.c.id).where(matches.c.id.in_(_ids), _pair_seen(_ANYBODY, matches)),
    Kind.RECORD: select(records.c.id).where(records.c.id.in_(_ids), _behind_seen(_ANYBODY, records.c.id)),
}
_PARTNERS: Mapping[Kind, Select[Any]] = {
    Kind.USER: select(users.c.id).where(users.c.id.in_(_ids), _user_paired(_ANYBODY)),
    Kind.PERSONA: select(personas.c.id).where(personas.c.id.in_(_ids), _paired(_ANYBODY, personas.c.id)),
}
_FOUND: Mapping[Kind, Select[Any]] = {
    Kind.USER: select(users.c.id).where(users.c.id.in_(_ids), _user_along()),
    Kind.PERSONA: select(personas.c.id).where(personas.c.id.in_(_ids), _along(personas.c.id)),
}
_HOMES: Mapping[Kind, Select[Any]] = {
    kind: select(table.c.id, home_of(kind).label("program_id")).where(table.c.id.in_(_ids))
    for kind, table in TABLES.items()
}


def seen(connection: Connection, sight: Sight, kind: Kind, ids: Iterable[int]) -> frozenset[int]:
    """Those of the ids whose records are seen in full: one statement, or none where that can be told without."""
    if kind in _SEEN:
        return _among(connection, sight, _SEEN[kind], ids)
    own = sight.site_ids if kind is Kind.SITE else frozenset[int]()
    return frozenset(ids) if sight.whole else own.intersection(ids)


def partners(connection: Connection, sight: Sight, kind: Kind, ids: Iterable[int]) -> frozenset[int]:
    """Those of the ids whose records may be known without being seen in full.

    They stand in a pair that is seen, or a further record that is seen names them, which is never so of pairs and
    further records themselves; or a rule finds them, or what they belong to: their persona, or the pair of which they
    are a side. See :func:`seen`.
    """
    wanted = frozenset(ids)
    paired = _among(connection, sight, _PARTNERS[kind], wanted) if kind in _PARTNERS else frozenset()
    return paired | _found(connection, sight, kind, wanted - paired)


def _found(connection: Connection, sight: Sight, kind: Kind, wanted: frozenset[int]) -> frozenset[int]:
    own = wanted.intersection(sight.found_of(kind))
    if not sight.found or kind not in _FOUND or own == wanted:
        return own
    of = {"found_personas": sight.found_of(Kind.PERSONA), "found_pairs": sight.found_of(Kind.PAIR)}
    return own | frozenset(connection.scalars(_FOUND[kind], {"ids": sorted(wanted - own), **of}))


def homes(connection: Connection, kind: Kind, ids: Iterable[int]) -> dict[int, int]:
    """The program of each record that exists."""
    rows = connection.execute(_HOMES[kind], {"ids": sorted(frozenset(ids))})
    return {row.id: row.program_id for row in rows}


def _among(connection: Connection, sight: Sight, statement: Select[Any], ids: Iterable[int]) -> frozenset[int]:
    wanted = frozenset(ids)
    if sight.whole or not wanted:
        return wanted
    if sight.nothing:
        return frozenset()
    who = _who(sight)
    asked = {"ids": sorted(wanted), "own_user": who.user, "own_sites": who.sites}
    return frozenset(connection.scalars(statement, asked))
