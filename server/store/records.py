"""Reads and writes records of declared kinds, with what they are linked to."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    insert,
    literal,
    or_,
    select,
    true,
    union_all,
)

from server.domain.access import EVERYTHING, Sight
from server.domain.filters import RecordFilter, Slice, Total, Window
from server.domain.history import Act
from server.domain.records import Record
from server.engine.facts import Kind, Ref
from server.engine.plan import Creation
from server.store.columns import AnyRow
from server.store.declared import holds
from server.store.declared_tables import declared_statuses
from server.store.finding import Narrowing, narrowed_by
from server.store.paging import Keyset, count, fetch_slice
from server.store.record_tables import record_links, record_people, records
from server.store.tables import matches, personas
from server.store.visibility import records_seen

_ids: Any = bindparam("ids", expanding=True)
_ORDER = Keyset((records.c.id,))
_SELECT = select(*records.c)
_BY_IDS = _SELECT.where(records.c.id.in_(_ids))
_LINKS = (
    select(record_links)
    .where(record_links.c.record_id.in_(_ids))
    .order_by(record_links.c.record_id, record_links.c.name)
)
_LINKED_TO = (
    select(record_links.c.target_id, record_links.c.record_id)
    .distinct()
    .where(record_links.c.target_kind == bindparam("kind"), record_links.c.target_id.in_(_ids))
    .order_by(record_links.c.record_id)
)
_PEOPLE_OF = (
    select(record_people.c.user_id)
    .where(record_people.c.record_id == bindparam("record"))
    .order_by(record_people.c.user_id)
)
_OF_PERSON = (
    _SELECT.join(record_people, record_people.c.record_id == records.c.id)
    .where(record_people.c.user_id == bindparam("user"))
    .order_by(records.c.id)
)
_near = (
    select(record_people.c.record_id)
    .where(record_people.c.user_id.in_(bindparam("users", expanding=True)))
    .cte("near", recursive=True)
)
_near = _near.union(
    select(record_links.c.target_id)
    .join(_near, _near.c.record_id == record_links.c.record_id)
    .where(record_links.c.target_kind == Kind.RECORD.value)
)
_OF_PEOPLE = (
    _SELECT.where(records.c.id.in_(select(_near.c.record_id)))
    .where(records.c.kind.in_(bindparam("kinds", expanding=True)))
    .order_by(records.c.id)
)
_ADD, _ADD_LINKS = insert(records), insert(record_links)


def _people(only: ColumnElement[bool]) -> Select[Any]:
    """Some records, each with the users behind each of its links."""
    link, side, inner = record_links.c, personas.alias("side"), record_people.alias("inner_people")

    def to(kind: Kind) -> ColumnElement[bool]:
        return and_(link.target_kind == kind.value, only)

    either = or_(side.c.id == matches.c.mentor_id, side.c.id == matches.c.mentee_id)
    ways = union_all(
        select(link.record_id, link.target_id.label("user_id")).where(to(Kind.USER)),
        select(link.record_id, personas.c.user_id)
        .join(personas, personas.c.id == link.target_id)
        .where(to(Kind.PERSONA)),
        select(link.record_id, side.c.user_id)
        .join(matches, matches.c.id == link.target_id)
        .join(side, either)
        .where(to(Kind.PAIR)),
        select(link.record_id, inner.c.user_id).join(inner, inner.c.record_id == link.target_id).where(to(Kind.RECORD)),
    ).subquery("behind")
    return select(ways.c.record_id, ways.c.user_id).distinct()


BEHIND = _people(true())
"""Whose each record is, by its links."""

_ADD_PEOPLE = insert(record_people).from_select(
    ["record_id", "user_id"], _people(record_links.c.record_id == bindparam("record"))
)


def add_records(connection: Connection, act: Act, creations: Sequence[Creation], real: Mapping[Ref, Ref]) -> None:
    """Writes new records with their links, in the order in which they are made: one may be linked to another."""
    made = [(real[creation.ref].id, creation) for creation in creations if creation.ref.kind is Kind.RECORD]
    if not made:
        return
    rows = [{"id": number, **_columns(act, creation)} for number, creation in made]
    links = [
        {"record_id": number, "name": name, "target_kind": to.kind.value, "target_id": to.id}
        for number, creation in made
        for name, to in ((name, real.get(ref, ref)) for name, ref in creation.links.items())
    ]
    connection.execute(_ADD, rows)
    connection.execute(_ADD_LINKS, links)
    for number, _ in made:
        connection.execute(_ADD_PEOPLE, {"record": number})


def _columns(act: Act, creation: Creation) -> dict[str, Any]:
    author = creation.proposer.id if creation.proposer else None
    kept = {"kind": creation.declared, "author_id": author, "created_at": act.recorded_at}
    return {"program_id": act.program_id, **kept, "version": 1}


def _built(connection: Connection, rows: Sequence[AnyRow]) -> Iterator[Record]:
    """The rows with their links: one statement more, however many they are."""
    links: defaultdict[int, dict[str, Ref]] = defaultdict(dict)
    for row in connection.execute(_LINKS, {"ids": [row.id for row in rows]}) if rows else ():
        links[row.record_id][row.name] = Ref(Kind(row.target_kind), row.target_id)
    for row in rows:
        yield Record(row.id, row.program_id, row.kind, links[row.id], row.author_id, row.created_at, row.version)


def records_by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Record]:
    """The records with these ids; what does not exist is left out."""
    rows = connection.execute(_BY_IDS, {"ids": list(ids)}).all()
    return {record.id: record for record in _built(connection, rows)}


def records_linked_to(connection: Connection, kind: Kind, ids: Iterable[int]) -> dict[int, list[Record]]:
    """For each record of a kind those of declared kinds that are linked to it, in creation order."""
    wanted = list(ids)
    pairs = connection.execute(_LINKED_TO, {"kind": kind.value, "ids": wanted}).all()
    found = records_by_ids(connection, {pair.record_id for pair in pairs})
    linked: defaultdict[int, list[Record]] = defaultdict(list)
    for pair in pairs:
        linked[pair.target_id].append(found[pair.record_id])
    return {number: linked[number] for number in wanted}


def records_of_person(connection: Connection, user_id: int) -> list[Record]:
    """The records that are a person's, among others', in creation order."""
    return list(_built(connection, connection.execute(_OF_PERSON, {"user": user_id}).all()))


def people_of_record(connection: Connection, number: int) -> tuple[int, ...]:
    """The ids of the users whose record it is."""
    return tuple(connection.scalars(_PEOPLE_OF, {"record": number}))


def further_records(connection: Connection, user_ids: Sequence[int], kinds: Iterable[str]) -> list[Record]:
    """The records of these kinds of some people, and those that these are linked to in turn."""
    rows = connection.execute(_OF_PEOPLE, {"users": list(user_ids), "kinds": list(kinds)}).all()
    return list(_built(connection, rows))


def records_page(
    connection: Connection,
    program_id: int,
    narrowed: RecordFilter,
    window: Window,
    *,
    sight: Sight = EVERYTHING,
    narrowing: Narrowing | None = None,
) -> Slice[Record]:
    """One page of those of a program's records that are seen, in creation order.

    ``narrowing``: what must hold of them besides.
    """
    statement = narrowed_by(_narrowed(_SELECT, program_id, narrowed, sight), Kind.RECORD, narrowing)
    page = fetch_slice(connection, statement, window, _ORDER, lambda row: row)
    return Slice(list(_built(connection, page.rows)), page.keys, page.has_next, page.has_previous)


def records_total(
    connection: Connection, program_id: int, narrowed: RecordFilter, *, sight: Sight = EVERYTHING
) -> Total:
    """How many records there are to see."""
    return count(connection, _narrowed(select(records.c.id), program_id, narrowed, sight))


def _narrowed(
    statement: Select[*tuple[Any, ...]], program_id: int, narrowed: RecordFilter, sight: Sight
) -> Select[*tuple[Any, ...]]:
    conditions = [records.c.program_id == program_id, records.c.kind.in_(narrowed.kind_in)]
    if not sight.whole:
        conditions.append(records_seen(sight, Kind.RECORD))
    if narrowed.stands_in is not None:
        conditions.append(or_(*(_stands(*each) for each in narrowed.stands_in), literal(0) == 1))
    conditions += [~_stands(*each) for each in narrowed.stands_not_in]
    if narrowed.about is not None:
        link, to = record_links.c, narrowed.about
        linked = and_(link.record_id == records.c.id, link.target_kind == to.kind.value, link.target_id == to.id)
        conditions.append(exists(select(link.record_id).where(linked)))
    conditions += [holds(Kind.RECORD, criterion) for criterion in narrowed.fields]
    return statement.where(*conditions)


def _stands(kind: str, machine: str, statuses: tuple[str, ...], from_start: bool) -> ColumnElement[bool]:
    """It is of that kind and in one of the statuses; ``from_start``: or was never moved in the machine."""
    own = declared_statuses.c
    about = and_(own.subject_kind == Kind.RECORD.value, own.subject_id == records.c.id, own.machine == machine)
    there = exists(select(own.subject_id).where(about, own.status.in_(statuses)))
    unmoved = ~exists(select(own.subject_id).where(about))
    return and_(records.c.kind == kind, or_(there, unmoved) if from_start else there)
