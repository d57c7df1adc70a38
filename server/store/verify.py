"""Checks a database against its own history: whatever was changed behind the server's back shows."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, func, literal, make_url, or_, select, text

from server.domain.people import ERASED
from server.engine.facts import Kind
from server.store.correction_tables import corrections
from server.store.database import is_embedded
from server.store.declared_tables import declared_statuses, field_values
from server.store.moving import MACHINES, TABLES
from server.store.postgres import postgres_engine
from server.store.record_tables import record_links, record_people
from server.store.records import BEHIND
from server.store.sqlite import sqlite_engine
from server.store.tables import act_texts, acts, known_statuses, matches, status_changes, tokens, users
from server.store.tokens import TOKEN

SHOWN = 20
"""How many findings of a kind are told one by one."""

DEFENDED = ("acts", "status_changes", "field_changes", "corrections")
"""The tables that triggers keep from being changed."""

POSTGRES_DEFENCES = ("no_change", "no_truncate")
"""What those triggers are called on PostgreSQL, behind the name of the table."""

_changes = status_changes.c
_SUBJECTS = {**{kind.value: table for kind, table in TABLES.items()}, TOKEN: tokens}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that cannot be if only the server has written. ``where``: the table and the id of the row."""

    where: str
    text: str


def verify(url: str, opening: Mapping[int, frozenset[str]]) -> tuple[list[Finding], int]:
    """Everything that does not fit, at most :data:`SHOWN` of a kind, and how many rows of history were read.

    ``opening``: for each program that is served the statuses in which a match counts as open. The server
    may run meanwhile.
    """
    with _snapshot(url) as connection:
        found = [*_file(connection), *_defences(connection)]
        for check in (
            _chain(),
            *_present(),
            *_since(),
            *_rows(),
            *_orphans(),
            _unknown(),
            _nameable(),
            _still_told(),
            _declared(),
            _still_held(),
            *_further(),
        ):
            found.extend(_told(connection, check))
        found.extend(_places(connection, opening))
        found.extend(_gaps(connection))
        return found, connection.scalars(select(func.count()).select_from(status_changes)).one()


@contextmanager
def _snapshot(url: str) -> Iterator[Connection]:
    """One state of the database, however long the checks take."""
    if is_embedded(url):
        engine = sqlite_engine(make_url(url), "BEGIN", "query_only=ON")
    else:
        engine = postgres_engine(make_url(url), 1)
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        with engine.connect() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
            yield connection
    finally:
        engine.dispose()


Check = tuple[str, str, Select[int]]
"""The table, what is wrong, and the statement that finds the ids of the rows it is wrong with."""


def _told(connection: Connection, check: Check) -> Iterator[Finding]:
    table, wrong, statement = check
    for number in connection.scalars(statement.limit(SHOWN)):
        yield Finding(f"{table} {number}", wrong)


def _chain() -> Check:
    """Each change begins where the one before it ended, and the first one with nothing."""
    record = (_changes.subject_kind, _changes.subject_id, _changes.machine)
    previous = func.lag(_changes.after).over(partition_by=record, order_by=_changes.id)
    rows = select(_changes.id, _changes.before, previous.label("previous")).subquery()
    broken = select(rows.c.id).where(rows.c.before.is_distinct_from(rows.c.previous)).order_by(rows.c.id)
    return "status_changes", "does not begin with the status that the change before it led to", broken


def _last(kind: Kind, machine: str, *, began: bool = False) -> ColumnElement[int]:
    """The id of the last change of a record in a machine, or of the last with which its time in the status began."""
    own = status_changes.alias("last")
    last = select(func.max(own.c.id)).where(
        own.c.subject_kind == kind.value, own.c.subject_id == TABLES[kind].c.id, own.c.machine == machine
    )
    if began:
        last = last.where(or_(own.c.before.is_distinct_from(own.c.after), own.c.restarts))
    return last.correlate(TABLES[kind]).scalar_subquery()


def _present() -> Iterator[Check]:
    """Every record has the status that its last change led to."""
    for kind, machine in _machines():
        table, is_last = TABLES[kind], _changes.id == _last(kind, machine)
        joined = select(table.c.id).select_from(table.outerjoin(status_changes, is_last))
        differs = joined.where(_changes.after.is_distinct_from(table.c[machine])).order_by(table.c.id)
        yield table.name, f"has another {machine} than its history ends with", differs


def _since() -> Iterator[Check]:
    """And has had it since that change took effect."""
    for kind, machine in _machines():
        table, is_last = TABLES[kind], _changes.id == _last(kind, machine, began=True)
        joined = select(table.c.id).select_from(table.join(status_changes, is_last))
        differs = joined.where(_changes.effective_at != table.c[f"{machine}_since"]).order_by(table.c.id)
        yield table.name, f"has another {machine}_since than its history says", differs


def _declared() -> Check:
    """In declared machines too."""
    own = declared_statuses.c
    last = (
        select(func.max(_changes.id))
        .where(
            _changes.subject_kind == own.subject_kind,
            _changes.subject_id == own.subject_id,
            _changes.machine == own.machine,
        )
        .correlate(declared_statuses)
        .scalar_subquery()
    )
    joined = select(own.subject_id).select_from(declared_statuses.outerjoin(status_changes, _changes.id == last))
    differs = joined.where(_changes.after.is_distinct_from(own.status)).order_by(own.subject_id)
    return declared_statuses.name, "has another status in a declared machine than its history ends with", differs


def _still_held() -> Check:
    """And the fields of somebody who was erased are gone."""
    held = (
        select(field_values.c.subject_id)
        .join(users, users.c.id == field_values.c.subject_id)
        .where(field_values.c.subject_kind == Kind.USER.value, users.c.erased_at.is_not(None))
    )
    return field_values.name, "holds a field of somebody who was erased", held.order_by(field_values.c.subject_id)


def _further() -> Iterator[Check]:
    """Records of declared kinds are linked to what is there, and belong to the people behind it."""
    link = record_links.c
    for kind, table in TABLES.items():
        lost = select(link.record_id).outerjoin(table, table.c.id == link.target_id)
        lost = lost.where(link.target_kind == kind.value, table.c.id.is_(None)).order_by(link.record_id)
        yield "records", f"is linked to a {kind} that does not exist", lost
    behind, theirs = BEHIND.subquery("behind"), record_people.c
    both = and_(behind.c.record_id == theirs.record_id, behind.c.user_id == theirs.user_id)
    found = behind.outerjoin(record_people, both, full=True)
    strange = or_(theirs.user_id.is_(None), behind.c.user_id.is_(None))
    record = func.coalesce(behind.c.record_id, theirs.record_id)
    yield (
        "records",
        "belongs to other people than those behind its links",
        select(record).select_from(found).where(strange).distinct().order_by(record),
    )


def _machines() -> Iterator[tuple[Kind, str]]:
    return ((kind, machine) for kind, machines in MACHINES.items() for machine in machines)


def _rows() -> Iterator[Check]:
    """Rows of history fit the act that they belong to and the change that they follow from."""
    cause = status_changes.alias("cause")
    of_act = select(_changes.id).outerjoin(acts, acts.c.id == _changes.act_id)
    strange = or_(acts.c.id.is_(None), acts.c.program_id != _changes.program_id)
    yield "status_changes", "belongs to no act of its program", of_act.where(strange).order_by(_changes.id)
    follows = select(_changes.id).outerjoin(cause, cause.c.id == _changes.caused_by)
    wrong = or_(cause.c.id.is_(None), cause.c.act_id != _changes.act_id, cause.c.id >= _changes.id)
    follows = follows.where(_changes.caused_by.is_not(None), wrong).order_by(_changes.id)
    yield "status_changes", "follows from no earlier change of its act", follows


def _orphans() -> Iterator[Check]:
    """What history and texts are about is there."""
    for kind, table in _SUBJECTS.items():
        for source in (acts, status_changes):
            missing = select(source.c.id).outerjoin(table, table.c.id == source.c.subject_id)
            missing = missing.where(source.c.subject_kind == kind, table.c.id.is_(None)).order_by(source.c.id)
            yield source.name, f"is about a {kind} that does not exist", missing
    texts = select(act_texts.c.act_id).outerjoin(acts, acts.c.id == act_texts.c.act_id).where(acts.c.id.is_(None))
    yield "act_texts", "belongs to no act", texts.order_by(act_texts.c.act_id)
    for column, said in ((corrections.c.act_id, "belongs to no act"), (corrections.c.corrects, "corrects no act")):
        lost = select(corrections.c.act_id).outerjoin(acts, acts.c.id == column).where(acts.c.id.is_(None))
        yield "corrections", said, lost.order_by(corrections.c.act_id)


def _unknown() -> Check:
    """Every status was once one of the rules."""
    known = and_(
        known_statuses.c.program_id == _changes.program_id,
        known_statuses.c.machine == _changes.machine,
        known_statuses.c.key == _changes.after,
    )
    strange = select(_changes.id).outerjoin(known_statuses, known).where(known_statuses.c.key.is_(None))
    return "status_changes", "led to a status that the rules never had", strange.order_by(_changes.id)


def _nameable() -> Check:
    """Whoever was erased has no name."""
    named = or_(users.c.name != ERASED, users.c.email.is_not(None), users.c.external_id.is_not(None))
    found = select(users.c.id).where(users.c.erased_at.is_not(None), named).order_by(users.c.id)
    return "users", "was erased and has a name or an address again", found


def _still_told() -> Check:
    """And nothing is told about them from before."""
    told = (
        select(act_texts.c.act_id)
        .join(acts, acts.c.id == act_texts.c.act_id)
        .join(users, and_(acts.c.subject_kind == Kind.USER.value, users.c.id == acts.c.subject_id))
        .where(acts.c.recorded_at < users.c.erased_at, act_texts.c.note.is_not(None))
    )
    return "act_texts", "is a note on somebody who was erased", told.order_by(act_texts.c.act_id)


def _places(connection: Connection, opening: Mapping[int, frozenset[str]]) -> Iterator[Finding]:
    """Matches take their open places while their status counts as open, and only then."""
    for program_id, statuses in opening.items():
        is_open = matches.c.pair_status.in_(sorted(statuses))
        takes = and_(matches.c.mentor_place.is_not(None), matches.c.mentee_place.is_not(None))
        takes_any = or_(matches.c.mentor_place.is_not(None), matches.c.mentee_place.is_not(None))
        wrong = or_(and_(is_open, ~takes), and_(~is_open, takes_any))
        found = select(matches.c.id).where(matches.c.program_id == program_id, wrong).order_by(matches.c.id)
        yield from _told(connection, ("matches", "takes no places while it is open, or some while it is not", found))


def _gaps(connection: Connection) -> Iterator[Finding]:
    """On SQLite ids are given out without a gap; PostgreSQL leaves some where an act was undone."""
    if connection.dialect.name != "sqlite":
        return
    for table in (acts, status_changes):
        previous = func.lag(table.c.id, 1, literal(0)).over(order_by=table.c.id)
        rows = select(table.c.id, previous.label("previous")).subquery()
        after = select(rows.c.id).where(rows.c.id != rows.c.previous + 1).order_by(rows.c.id)
        yield from _told(connection, (table.name, "comes after a row that is missing", after))


def _defences(connection: Connection) -> Iterator[Finding]:
    """The triggers that keep history from being changed are in place and on."""
    if connection.dialect.name == "sqlite":
        there = set(connection.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")))
        wanted: tuple[str, ...] = ("no_update", "no_delete", "no_replace")
    else:
        there = set(connection.scalars(text("SELECT tgname FROM pg_trigger WHERE tgenabled = 'A'")))
        wanted = POSTGRES_DEFENCES
    for table in DEFENDED:
        for name in wanted:
            if f"{table}_{name}" not in there:
                yield Finding(table, f"has lost the trigger {table}_{name} that keeps history from being changed")


def _file(connection: Connection) -> Iterator[Finding]:
    """What SQLite itself finds wrong with its file; PostgreSQL keeps watch over its own."""
    if connection.dialect.name != "sqlite":
        return
    said: Iterable[str] = connection.scalars(text(f"PRAGMA integrity_check({SHOWN})"))
    yield from (Finding("file", line) for line in said if line != "ok")
    for table, row, parent, _ in connection.execute(text("PRAGMA foreign_key_check")).fetchmany(SHOWN):
        yield Finding(f"{table} {row}", f"names a row of {parent} that does not exist")
