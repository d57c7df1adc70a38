"""How many records of a program are in each status, by role; and which they are."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, null, select, true

from server.engine.facts import Kind, Ref, Sort, kind_of
from server.engine.impact import Population
from server.engine.machines import Machine
from server.engine.ruleset import Ruleset
from server.store.declared_tables import declared_statuses
from server.store.moving import TABLES, home_of
from server.store.tables import personas

_s = declared_statuses.c


def populations(connection: Connection, program_id: int, ruleset: Ruleset) -> Mapping[str, Population]:
    """By machine, how many records are in which status: one statement a machine, however many they are.

    Whoever was never moved in a declared machine of the ruleset is where it starts. The last statement finds who
    stands in machines that the ruleset does not have.
    """
    found = {machine.key: _counted(connection, program_id, machine) for machine in ruleset.machines.values()}
    return {**found, **_elsewhere(connection, program_id, ruleset)}


def _counted(connection: Connection, program_id: int, machine: Machine) -> Population:
    kind = kind_of(machine.owner)
    table = TABLES[kind]
    role = table.c.role if kind is Kind.PERSONA else null()
    own = table.c.kind == machine.owner if kind is Kind.RECORD else true()
    status: ColumnElement[str | None] = _s.status if machine.is_declared else table.c[machine.key]
    statement: Select[Any] = select(status, role, func.count(table.c.id)).where(home_of(kind) == program_id, own)
    if machine.is_declared:
        at = and_(_s.subject_kind == kind.value, _s.subject_id == table.c.id, _s.machine == machine.key)
        statement = statement.select_from(table.outerjoin(declared_statuses, at))
    grouped = statement.group_by(status, role) if kind is Kind.PERSONA else statement.group_by(status)
    found: defaultdict[tuple[str, str | None], int] = defaultdict(int)
    for key, of_role, count in connection.execute(grouped):
        found[machine.start if key is None else key, of_role] += count
    return dict(found)


def _elsewhere(connection: Connection, program_id: int, ruleset: Ruleset) -> Mapping[str, Population]:
    is_persona = and_(_s.subject_kind == Kind.PERSONA.value, personas.c.id == _s.subject_id)
    statement = (
        select(_s.machine, _s.status, personas.c.role, func.count())
        .select_from(declared_statuses.outerjoin(personas, is_persona))
        .where(_s.program_id == program_id, _s.machine.not_in(sorted(ruleset.machines)))
        .group_by(_s.machine, _s.status, personas.c.role)
    )
    found: defaultdict[str, dict[tuple[str, str | None], int]] = defaultdict(dict)
    for machine, status, role, count in connection.execute(statement):
        found[machine][status, role] = count
    return found


def members(connection: Connection, program_id: int, machine: Machine, statuses: Sequence[str]) -> Iterator[Ref]:
    """The records of a program that are in some statuses of a machine, in creation order."""
    kind = kind_of(machine.owner)
    table = TABLES[kind]
    if machine.is_declared:
        at = (_s.program_id == program_id, _s.machine == machine.key, _s.subject_kind == kind.value)
        statement = select(_s.subject_id).where(*at, _s.status.in_(statuses)).order_by(_s.subject_id)
    else:
        column = table.c[machine.key]
        statement = select(table.c.id).where(home_of(kind) == program_id, column.in_(statuses)).order_by(table.c.id)
    return (Ref(kind, number) for number in connection.scalars(statement))


def records_of(connection: Connection, program_id: int, sort: Sort) -> Iterator[Ref]:
    """All records of a kind that a program has, in creation order."""
    kind = kind_of(sort)
    table = TABLES[kind]
    own = table.c.kind == sort if kind is Kind.RECORD else true()
    statement = select(table.c.id).where(home_of(kind) == program_id, own).order_by(table.c.id)
    return (Ref(kind, number) for number in connection.scalars(statement))
