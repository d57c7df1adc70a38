"""Reads programs, sites and known statuses; tells the database what a rules file says."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite

from server.domain.access import EVERYTHING, Sight
from server.domain.people import Program, Site
from server.engine.facts import Sort, kind_of
from server.engine.machines import Status
from server.engine.ruleset import Ruleset
from server.store import tables
from server.store.declared import standing_counts
from server.store.moving import TABLES, home_of
from server.store.visibility import records_seen, sites_listed, sites_named

_PROGRAM = (tables.programs.c.id, tables.programs.c.key, tables.programs.c.name, tables.programs.c.version)
_PROGRAMS = select(*_PROGRAM).order_by(tables.programs.c.id)
_PROGRAMS_BY_IDS = select(*_PROGRAM).where(tables.programs.c.id.in_(bindparam("ids", expanding=True)))
_PROGRAM_BY_KEY = select(*_PROGRAM).where(tables.programs.c.key == bindparam("key"))

_SITE = (tables.sites.c.id, tables.sites.c.program_id, tables.sites.c.key, tables.sites.c.name, tables.sites.c.version)
_SITES = (
    select(*_SITE)
    .where(tables.sites.c.program_id == bindparam("program"))
    .order_by(tables.sites.c.key, tables.sites.c.id)
)
_SITES_BY_IDS = select(*_SITE).where(tables.sites.c.id.in_(bindparam("ids", expanding=True)))
_SITE_BY_KEY = _SITES.where(tables.sites.c.key == bindparam("key"))

_known = tables.known_statuses.c
_KNOWN = (
    select(_known.machine, _known.key, _known.label, _known.category, _known.colour, _known.position)
    .add_columns(_known.short, _known.description)
    .where(_known.program_id == bindparam("program"), _known.machine == bindparam("machine"))
    .order_by(_known.position, _known.key)
)


def programs(connection: Connection) -> list[Program]:
    """All programs, oldest first."""
    return [Program(*row) for row in connection.execute(_PROGRAMS)]


def programs_by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Program]:
    """The programs with these ids; what does not exist is left out."""
    return {row.id: Program(*row) for row in connection.execute(_PROGRAMS_BY_IDS, {"ids": list(ids)})}


def sites(connection: Connection, program_id: int, *, sight: Sight = EVERYTHING) -> list[Site]:
    """The partner sites of a program that are listed for a sight, by key."""
    statement = _SITES if sight.whole else _SITES.where(sites_listed(sight))
    return [Site(*row) for row in connection.execute(statement, {"program": program_id})]


def sites_by_ids(connection: Connection, ids: Iterable[int]) -> dict[int, Site]:
    """The partner sites with these ids; what does not exist is left out."""
    return {row.id: Site(*row) for row in connection.execute(_SITES_BY_IDS, {"ids": list(ids)})}


def sites_known(connection: Connection, sight: Sight, ids: Iterable[int]) -> frozenset[int]:
    """Those of the sites that are told by their ids: the listed ones, and where a persona seen in full is."""
    wanted = frozenset(ids)
    if sight.whole or sight.nothing or not wanted:
        return wanted if sight.whole else frozenset()
    table = tables.sites
    return frozenset(connection.scalars(select(table.c.id).where(table.c.id.in_(sorted(wanted)), sites_named(sight))))


def site_by_key(connection: Connection, program_id: int, key: str, *, sight: Sight = EVERYTHING) -> Site | None:
    """The partner site of a program with this key, if it is listed for the sight."""
    statement = _SITE_BY_KEY if sight.whole else _SITE_BY_KEY.where(sites_listed(sight))
    row = connection.execute(statement, {"program": program_id, "key": key}).one_or_none()
    return None if row is None else Site(*row)


def status_counts(
    connection: Connection, program_id: int, owner: Sort, machine: str, *, start: str = "", sight: Sight = EVERYTHING
) -> dict[str, int]:
    """How many records seen in full are in each status of a machine; a status nobody is in is left out.

    Whoever was never moved in a declared machine is where it starts.
    """
    kind = kind_of(owner)
    table = TABLES[kind]
    if machine not in table.c:
        found = standing_counts(connection, program_id, owner, machine, records_seen(sight, kind))
        unmoved = found.pop(None, 0)
        counts = {status: number for status, number in found.items() if status is not None}
        return {**counts, start: counts.get(start, 0) + unmoved} if unmoved else counts
    status = table.c[machine]
    statement = select(status, func.count()).where(home_of(kind) == program_id).group_by(status)
    if not sight.whole:
        statement = statement.where(records_seen(sight, kind))
    return {row[0]: row[1] for row in connection.execute(statement)}


def known_statuses(connection: Connection, program_id: int, machine: str) -> list[Status]:
    """Every status a machine of the program ever had, in the order of the file that had it last.

    Only what names and draws a status is known of it: key, label, short, category, colour,
    description, position.
    """
    rows = connection.execute(_KNOWN, {"program": program_id, "machine": machine})
    return [
        Status(
            machine=row.machine,
            key=row.key,
            label=row.label,
            category=row.category,
            colour=row.colour,
            position=row.position,
            is_initial=False,
            short=row.short,
            description=row.description,
        )
        for row in rows
    ]


def sync_program(connection: Connection, ruleset: Ruleset) -> Program:
    """Adds or renames the program of a ruleset and remembers all its statuses. Safe to repeat."""
    insert: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    program = insert(tables.programs).values(key=ruleset.program, name=ruleset.title, version=1)
    renamed = program.excluded.name
    connection.execute(
        program.on_conflict_do_update(
            index_elements=["key"],
            set_={"name": renamed, "version": tables.programs.c.version + 1},
            where=tables.programs.c.name != renamed,
        )
    )
    stored = Program(*connection.execute(_PROGRAM_BY_KEY, {"key": ruleset.program}).one())
    rows = [
        dict(_status_columns(stored.id, status))
        for machine in ruleset.machines.values()
        for status in machine.statuses.values()
    ]
    if rows:
        statuses = insert(tables.known_statuses)
        told = {name: statuses.excluded[name] for name in rows[0] if name not in {"program_id", "machine", "key"}}
        keys = ["program_id", "machine", "key"]
        connection.execute(statuses.on_conflict_do_update(index_elements=keys, set_=told), rows)
    return stored


def _status_columns(program_id: int, status: Status) -> Mapping[str, object]:
    names = ("machine", "key", "label", "short", "category", "colour", "description", "position")
    return {"program_id": program_id, **{name: getattr(status, name) for name in names}}
