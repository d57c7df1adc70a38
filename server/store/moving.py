"""The statements that move records: one for each combination of machines, built once."""

from collections.abc import Iterator, Mapping
from itertools import chain, combinations
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Table,
    Update,
    and_,
    bindparam,
    case,
    func,
    null,
    or_,
    update,
)

from server.domain.vocabulary import MATCH_STATUS, PAIR_STATUS, PERSONA_STATUS, USER_STATUS
from server.engine.facts import Kind
from server.store.columns import Identifier, Moment
from server.store.record_tables import records
from server.store.tables import matches, personas, programs, sites, users

TABLES: Mapping[Kind, Table] = {
    Kind.PROGRAM: programs,
    Kind.SITE: sites,
    Kind.USER: users,
    Kind.PERSONA: personas,
    Kind.PAIR: matches,
    Kind.RECORD: records,
}
MACHINES: Mapping[Kind, tuple[str, ...]] = {
    Kind.PROGRAM: (),
    Kind.SITE: (),
    Kind.USER: (USER_STATUS,),
    Kind.PERSONA: (PERSONA_STATUS, MATCH_STATUS),
    Kind.PAIR: (PAIR_STATUS,),
    Kind.RECORD: (),
}
"""The machines that are columns, by the kind of record that has them."""


def home_of(kind: Kind, alias: FromClause | None = None) -> ColumnElement[int]:
    """The column that says to which program a record of this kind belongs; a program belongs to itself.

    ``alias``: of its table, where it is not the table itself.
    """
    columns = (TABLES[kind] if alias is None else alias).c
    return columns.id if kind is Kind.PROGRAM else columns.program_id


Moved = tuple[Kind, tuple[str, ...]]
"""A kind of record and the machines in which it moves, in the order of MACHINES."""


def _statement(table: Table, machines: tuple[str, ...]) -> Update:
    """Moves one record that is still where the plan found it; ``new_id`` and so on are its parameters."""
    found: list[ColumnElement[bool]] = [table.c.id == bindparam("new_id")]
    values: dict[str, ColumnElement[Any]] = {"version": table.c.version + bindparam("new_bump", type_=Integer)}
    for machine in machines:
        found.append(table.c[machine] == bindparam(f"old_{machine}"))
        values |= {machine: _new(machine), f"{machine}_since": _new("since", Moment)}
    if PAIR_STATUS in machines:
        values |= _pair_values()
    return update(table).where(and_(*found)).values(values)


def _new(name: str, type_: type[Moment] | None = None) -> BindParameter[Any]:
    return bindparam(f"new_{name}", type_=type_) if type_ else bindparam(f"new_{name}")


def _pair_values() -> dict[str, ColumnElement[Any]]:
    was_open = or_(matches.c.mentor_place.is_not(None), matches.c.mentee_place.is_not(None))
    opens = _new("opens_at", Moment)
    first_opened = case((matches.c.opened_at.is_(None), opens), else_=matches.c.opened_at)
    last_closed = case(
        (bindparam("new_is_open", type_=Integer) == 1, null()),
        (was_open, _new("since", Moment)),
        else_=matches.c.closed_at,
    )
    places = {"mentor_place": _new("mentor_place"), "mentee_place": _new("mentee_place")}
    brought = func.coalesce(
        bindparam("new_act_id", type_=Identifier), matches.c.status_act_id
    )  # none: it stays where it is
    return {**places, "status_act_id": brought, "opened_at": first_opened, "closed_at": last_closed}


def _combinations(machines: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    return chain.from_iterable(combinations(machines, n) for n in range(len(machines) + 1))


MOVES: Mapping[Moved, Update] = {
    (kind, machines): _statement(TABLES[kind], machines)
    for kind, every in MACHINES.items()
    for machines in _combinations(every)
}
"""How records of a kind move in some of their machines; in none: only their version grows."""
