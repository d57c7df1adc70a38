"""Loads what people are part of: the program, and the sites where they are placed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, func, select

from server.engine.facts import SURROUNDINGS, Kind, Past, Record, Ref
from server.store.moving import TABLES, home_of
from server.store.tables import personas, programs, sites, users

Pasts = Mapping[Ref, Mapping[str, tuple[Past, ...]]]
"""The history of each record, by machine."""

_ids: BindParameter[Any] = bindparam("ids", expanding=True)
_HOMES = select(users.c.program_id).where(users.c.id.in_(_ids)).distinct()
_PLACED = select(personas.c.site_id).where(personas.c.user_id.in_(_ids), personas.c.site_id.is_not(None)).distinct()
_HOMES_OF_SITES = select(sites.c.program_id).where(sites.c.id.in_(_ids)).distinct()
_THERE = {
    kind: select(TABLES[kind].c.id, home_of(kind).label("program_id")).where(TABLES[kind].c.id.in_(_ids))
    for kind in SURROUNDINGS
}
_OF_SITES = select(func.coalesce(func.sum(sites.c.version), 0)).where(sites.c.program_id == bindparam("program"))
_VERSIONS = select(programs.c.version + _OF_SITES.scalar_subquery()).where(programs.c.id == bindparam("program"))


def version_of_all(connection: Connection, program_id: int) -> int:
    """A number that grows with every change of the program or of any of its sites, and with every new site."""
    return int(connection.execute(_VERSIONS, {"program": program_id}).scalar_one())


def around(
    connection: Connection, wanted: Collection[Kind], refs: Sequence[Ref], user_ids: Iterable[int]
) -> tuple[Ref, ...]:
    """The program and the sites of some records and people, in the order in which they are locked.

    Those among the records themselves, and of the people those of the kinds ``wanted``.
    """
    found = {ref for ref in refs if ref.kind in SURROUNDINGS}
    people, named = sorted(user_ids), [ref.id for ref in found if ref.kind is Kind.SITE]
    if Kind.PROGRAM in wanted:
        homes = {*connection.scalars(_HOMES, {"ids": people}), *connection.scalars(_HOMES_OF_SITES, {"ids": named})}
        found |= {Ref(Kind.PROGRAM, number) for number in homes}
    if Kind.SITE in wanted:
        found |= {Ref(Kind.SITE, number) for number in connection.scalars(_PLACED, {"ids": people})}
    return tuple(sorted(found, key=lambda ref: (SURROUNDINGS.index(ref.kind), ref.id)))


def surrounding(connection: Connection, near: Sequence[Ref], past: Pasts) -> Iterator[Record]:
    """The records themselves, without what rules declare; what does not exist is left out."""
    for kind in SURROUNDINGS:
        numbers = [ref.id for ref in near if ref.kind is kind]
        for row in connection.execute(_THERE[kind], {"ids": numbers}) if numbers else ():
            ref = Ref(kind, row.id)
            yield Record(ref, row.program_id, {}, past=past.get(ref, {}))
