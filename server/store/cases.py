"""Loads the facts of a decision: the people it is about, everybody they are paired with, and their pairs."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, union

from server.domain.records import Record as Further
from server.domain.vocabulary import MATCH_STATUS, MENTEE, MENTOR, PAIR_STATUS, PERSONA_STATUS, USER_STATUS
from server.engine.facts import SURROUNDINGS, Facts, Kind, Past, Record, Ref
from server.engine.paths import user_named
from server.engine.ruleset import Ruleset
from server.engine.values import USER
from server.store.columns import AnyRow
from server.store.declared import completed, of_records
from server.store.record_tables import record_people
from server.store.records import further_records
from server.store.surroundings import Pasts, around, surrounding
from server.store.tables import matches, personas, sites, status_changes, users

_own, _other = personas.alias("own"), personas.alias("other")


def _ids(name: str) -> Any:
    return bindparam(name, expanding=True)


_asked = union(
    select(users.c.id.label("user_id")).where(users.c.id.in_(_ids("users"))),
    select(personas.c.user_id).where(personas.c.id.in_(_ids("personas"))),
    select(personas.c.user_id)
    .join(matches, or_(matches.c.mentor_id == personas.c.id, matches.c.mentee_id == personas.c.id))
    .where(matches.c.id.in_(_ids("pairs"))),
    select(record_people.c.user_id).where(record_people.c.record_id.in_(_ids("records"))),
).cte("asked")
_mine, _theirs = record_people.alias("mine"), record_people.alias("theirs")

_INVOLVED = select(_asked.c.user_id).union(
    *(
        select(_other.c.user_id)
        .select_from(_own.join(matches, matches.c[mine] == _own.c.id))
        .join(_other, _other.c.id == matches.c[theirs])
        .where(_own.c.user_id.in_(select(_asked.c.user_id)))
        for mine, theirs in (("mentor_id", "mentee_id"), ("mentee_id", "mentor_id"))
    ),
    select(_theirs.c.user_id)
    .select_from(_mine.join(_theirs, _theirs.c.record_id == _mine.c.record_id))
    .where(_mine.c.user_id.in_(select(_asked.c.user_id))),
)

_pair_columns = (
    matches.c.id,
    matches.c.program_id,
    matches.c.mentor_id,
    matches.c.mentee_id,
    matches.c.pair_status,
    matches.c.pair_status_since,
    matches.c.mentor_place,
    matches.c.mentee_place,
    matches.c.proposed_by_id,
)
_PAIRS = union(
    *(
        select(*_pair_columns).join(_own, _own.c.id == matches.c[mine]).where(_own.c.user_id.in_(_ids("users")))
        for mine in ("mentor_id", "mentee_id")
    ),
    select(*_pair_columns).where(matches.c.id.in_(_ids("pairs"))),
)

_PERSONAS = (
    select(
        personas.c.id,
        personas.c.program_id,
        personas.c.user_id,
        personas.c.role,
        personas.c.persona_status,
        personas.c.persona_status_since,
        personas.c.match_status,
        personas.c.match_status_since,
        personas.c.site_id,
        sites.c.key.label("partner_site"),
        personas.c.mentor_site_list,
    )
    .outerjoin(sites, sites.c.id == personas.c.site_id)
    .where(or_(personas.c.user_id.in_(_ids("users")), personas.c.id.in_(_ids("sides"))))
)

_USERS = select(users.c.id, users.c.program_id, users.c.user_status, users.c.user_status_since).where(
    users.c.id.in_(_ids("users"))
)

_PAST = select(
    status_changes.c.id,
    status_changes.c.subject_kind,
    status_changes.c.subject_id,
    status_changes.c.machine,
    status_changes.c.before,
    status_changes.c.after,
    status_changes.c.transition,
    status_changes.c.effective_at,
    status_changes.c.undoes,
).where(status_changes.c.machine.in_(_ids("machines")), of_records(status_changes))


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The rows of a case."""

    users: Sequence[AnyRow]
    personas: Sequence[AnyRow]
    pairs: Sequence[AnyRow]
    further: Sequence[Further]


def facts(connection: Connection, ruleset: Ruleset, refs: Sequence[Ref], now: datetime) -> Facts:
    """Everything a decision about these records may look at, without locks.

    Whole are the people the records belong to and everybody they were ever paired with, or share a record of a
    declared kind with; of those who were paired with the latter, or share such a record with them, only what it is
    linked to and the person; of who made a pair or a record, or is named by a field, the person; of all whole people
    the program and the sites, as far as rules look at them. The number of statements does not depend on how many
    records are asked for. What does not exist is not among the facts.
    """
    people = involved(connection, refs)
    return load_facts(connection, ruleset, people, around(connection, ruleset.surroundings, refs, people), now)


def involved(connection: Connection, refs: Sequence[Ref]) -> frozenset[int]:
    """The ids of the users whom a decision about these records judges: the own ones and their counterparts."""
    asked = {
        "users": [ref.id for ref in refs if ref.kind is Kind.USER],
        "personas": [ref.id for ref in refs if ref.kind is Kind.PERSONA],
        "pairs": [ref.id for ref in refs if ref.kind is Kind.PAIR],
        "records": [ref.id for ref in refs if ref.kind is Kind.RECORD],
    }
    return frozenset(connection.scalars(_INVOLVED, asked))


def load_facts(
    connection: Connection, ruleset: Ruleset, user_ids: Iterable[int], near: Sequence[Ref], now: datetime
) -> Facts:
    """The facts about these users, the far side of their pairs, and what is ``near``: program and sites.

    See :func:`facts`.
    """
    wanted = sorted(user_ids)
    further = further_records(connection, wanted, ruleset.kinds) if ruleset.kinds else []
    ends = [ref for record in further for ref in record.links.values()]
    linked = {kind: {ref.id for ref in ends if ref.kind is kind} for kind in Kind}
    pairs = connection.execute(_PAIRS, {"users": wanted, "pairs": sorted(linked[Kind.PAIR])}).all()
    far = sorted({*(side for pair in pairs for side in (pair.mentor_id, pair.mentee_id)), *linked[Kind.PERSONA]})
    found = connection.execute(_PERSONAS, {"users": wanted, "sides": far}).all()
    makers = {*(pair.proposed_by_id for pair in pairs), *(record.author_id for record in further)} - {None}
    owners = sorted({*wanted, *makers, *linked[Kind.USER], *(persona.user_id for persona in found)})
    loaded = _Loaded(connection.execute(_USERS, {"users": owners}).all(), found, pairs, further)
    whole = frozenset(Ref(Kind.USER, number) for number in wanted)
    past = _past(connection, ruleset, loaded, near)
    there = [*_records(loaded, past), *surrounding(connection, near, past)]
    records = completed(connection, ruleset, there)
    return Facts([*records, *_named(connection, ruleset, records)], now, whole)


def _named(connection: Connection, ruleset: Ruleset, records: Iterable[Record]) -> list[Record]:
    """The people whom fields of these records name, and who are not among them."""
    fields = [field.key for field in ruleset.fields.values() if field.type == USER and not field.several]
    held = (value for record in records for key in fields if (value := record.values.get(key)))
    there = {record.ref for record in records}
    missing = sorted({ref.id for ref in map(user_named, held) if ref not in there})
    if not missing:
        return []
    loaded = _Loaded(connection.execute(_USERS, {"users": missing}).all(), (), (), ())
    return completed(connection, ruleset, list(_records(loaded, _past(connection, ruleset, loaded, ()))))


def _past(connection: Connection, ruleset: Ruleset, loaded: _Loaded, near: Sequence[Ref]) -> Pasts:
    """The history of each record, in the machines that some condition asks about."""
    if not ruleset.recalls:
        return {}
    asked = {
        "machines": sorted(ruleset.recalls),
        **{kind.value: [ref.id for ref in near if ref.kind is kind] for kind in SURROUNDINGS},
        Kind.USER.value: [row.id for row in loaded.users],
        Kind.PERSONA.value: [row.id for row in loaded.personas],
        Kind.PAIR.value: [row.id for row in loaded.pairs],
        Kind.RECORD.value: [row.id for row in loaded.further],
    }
    found: defaultdict[Ref, defaultdict[str, list[Past]]] = defaultdict(lambda: defaultdict(list))
    rows = connection.execute(_PAST, asked).all()
    for row in _counting(rows):
        past = found[Ref(Kind(row.subject_kind), row.subject_id)][row.machine]
        if not past and row.before is not None:  # where it stood before there was the machine
            past.append(Past(row.before, None, row.effective_at))
        past.append(Past(row.after, row.transition, row.effective_at))
    return {ref: {machine: tuple(past) for machine, past in by.items()} for ref, by in found.items()}


def _counting(rows: Sequence[AnyRow]) -> list[AnyRow]:
    """The rows in their order, without what went back to where it was, and what took it there: it never happened.

    They are some thousands at most, and no index has them in this order.
    """
    by_id = {int(row.id): row for row in rows}
    taken: set[int] = set()
    for number in sorted(by_id, reverse=True):
        undone = by_id.get(by_id[number].undoes)
        if number not in taken and undone is not None and by_id[number].after == undone.before:
            taken |= {number, int(undone.id)}
    return [by_id[number] for number in sorted(by_id) if number not in taken]


def _records(loaded: _Loaded, past: Pasts) -> Iterator[Record]:
    for row in loaded.users:
        ref = Ref(Kind.USER, row.id)
        yield Record(
            ref,
            row.program_id,
            {USER_STATUS: row.user_status},
            since={USER_STATUS: row.user_status_since},
            past=past.get(ref, {}),
        )
    for row in loaded.personas:
        yield _persona(row, past)
    for row in loaded.pairs:
        yield _pair(row, past)
    for record in loaded.further:
        ref = Ref(Kind.RECORD, record.id)
        yield Record(
            ref,
            record.program_id,
            {},
            links=record.links,
            past=past.get(ref, {}),
            proposer=None if record.author_id is None else Ref(Kind.USER, record.author_id),
            declared=record.kind,
        )


def _persona(row: AnyRow, past: Pasts) -> Record:
    ref = Ref(Kind.PERSONA, row.id)
    site = {} if row.site_id is None else {"site": Ref(Kind.SITE, row.site_id)}
    return Record(
        ref,
        row.program_id,
        {PERSONA_STATUS: row.persona_status, MATCH_STATUS: row.match_status},
        {"role": row.role, "partner_site": row.partner_site, "mentor_site_list": row.mentor_site_list},
        {"user": Ref(Kind.USER, row.user_id), **site},
        {PERSONA_STATUS: row.persona_status_since, MATCH_STATUS: row.match_status_since},
        past.get(ref, {}),
    )


def _pair(row: AnyRow, past: Pasts) -> Record:
    ref = Ref(Kind.PAIR, row.id)
    places = {MENTOR: row.mentor_place, MENTEE: row.mentee_place}
    return Record(
        ref,
        row.program_id,
        {PAIR_STATUS: row.pair_status},
        links={MENTOR: Ref(Kind.PERSONA, row.mentor_id), MENTEE: Ref(Kind.PERSONA, row.mentee_id)},
        since={PAIR_STATUS: row.pair_status_since},
        past=past.get(ref, {}),
        places={role: place for role, place in places.items() if place is not None},
        proposer=None if row.proposed_by_id is None else Ref(Kind.USER, row.proposed_by_id),
    )
