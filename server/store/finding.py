"""Conditions of the rules as conditions of statements: whom people find by a rule, and whose field they see by one.

Every part is yes or no here: what is not there does not hold, as in the engine, and nothing is left to be known later.
A test holds the two against each other.
"""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    ScalarSelect,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)

from server.domain.ids import USER as USER_NAME
from server.domain.vocabulary import PAIR_STATUS
from server.engine.conditions import (
    All,
    AnyOf,
    At,
    Condition,
    Count,
    Filled,
    Identical,
    Includes,
    Named,
    Not,
    OneOf,
    Same,
)
from server.engine.facts import Kind, Ref
from server.engine.finding import Selection
from server.engine.memory import Been
from server.engine.paths import Operand, Path
from server.engine.ruleset import Ruleset
from server.engine.values import INTEGER, OPERATORS, ORDERED, Compare, Constant, Now, ValueOf, order_key
from server.store.declared_tables import declared_statuses, field_values
from server.store.moving import TABLES, home_of
from server.store.tables import matches, personas, sites, status_changes, users
from server.store.ways import LINKS, LISTS, Clause, Row, is_side

_SIGNS: Mapping[frozenset[int], Callable[[Any, Any], Clause]] = {
    frozenset({0}): operator.eq,
    frozenset({0, 1}): operator.ge,
    frozenset({-1, 0}): operator.le,
    frozenset({1}): operator.gt,
    frozenset({-1}): operator.lt,
}
"""How two values compare, by the signs of the difference for which it holds."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Who looks into which program, under which rules and when. ``actor``: their own record, if they have one."""

    program_id: int
    ruleset: Ruleset
    actor: Ref | None
    now: datetime


def chosen(
    connection: Connection, asker: Asker, selection: Selection, ids: Iterable[int] | None = None
) -> frozenset[int]:
    """The records that a selection chooses for somebody, of these ids or of the whole program: one statement.

    To be asked past the database's own watch, for a condition looks at more than is shown.
    """
    table = TABLES[selection.kind].alias()
    row = Row(selection.kind, table)
    wanted = select(table.c.id).where(home_of(selection.kind, table) == asker.program_id)
    if ids is not None:
        wanted = wanted.where(table.c.id.in_(sorted(ids)))
    if selection.where is not None:
        wanted = wanted.where(holds_of(row, selection.where, asker))
    return frozenset(connection.scalars(wanted))


def holds_of(row: Row, condition: Condition, asker: Asker, only_role: str | None = None) -> Clause:
    """The clause that a condition holds of a record; ``only_role``: see :class:`server.engine.paths.Scope`."""
    return _Asking(asker, row, only_role).clause(condition, row)


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What must hold of every record of a list, as a condition that somebody asks; past the database's own watch."""

    asker: Asker
    condition: Condition

    def clause(self, kind: Kind) -> Clause:
        """The condition, asked of the rows of the kind's table."""
        row = Row(kind, TABLES[kind])
        return holds_of(row, self.condition, self.asker)


def narrowed_by(
    statement: Select[*tuple[Any, ...]], kind: Kind, narrowing: Narrowing | None
) -> Select[*tuple[Any, ...]]:
    """The statement of a list with what must hold of its records besides."""
    return statement if narrowing is None else statement.where(narrowing.clause(kind))


@dataclass(frozen=True, slots=True)
class _Asking:
    """Turns the parts of one condition into clauses. ``this``: the record that the whole of it is asked of."""

    asker: Asker
    this: Row
    only_role: str | None = None

    def clause(self, condition: Condition, at: Row) -> Clause:
        """A condition, asked of a record."""
        match condition:
            case All(parts):
                return and_(true(), *(self.clause(part, at) for part in parts))
            case AnyOf(parts):
                return or_(false(), *(self.clause(part, at) for part in parts))
            case Not(part):
                return not_(self.clause(part, at))
            case Named(_, part):
                return self.clause(part, at)
            case At() | Count() | Identical():
                return self._of_records(condition, at)
        return self._of_value(condition, at)

    def _of_records(self, condition: At | Count | Identical, at: Row) -> Clause:
        match condition:
            case At(path, part):
                row = self._row(path, at)
                return row.holds(self.clause(part, row.there))
            case Count():
                return self._count(condition, at)
            case Identical(path, others):
                return or_(false(), *(self._meets(path, other, at) for other in others))

    def _of_value(self, condition: Condition, at: Row) -> Clause:
        match condition:
            case OneOf(path, values):
                return _among(self._value(path, at), values)
            case Includes(path, values):
                row = self._row(path, at)
                return row.holds(exists(_held(row, path.value or "", values)))
            case Same(path, other):
                return self._value(path, at).is_not_distinct_from(self._value(other, at))
            case Filled(path, wanted):
                value = self._value(path, at)
                return value.is_not(None) if wanted else value.is_(None)
            case Been(path, values):
                return self._been(path, values, at)
            case Compare(path, word, operand, type_):
                ordered = type_ in ORDERED
                left, right = self._value(path, at, ordered=ordered), self._operand(operand, type_, at, ordered=ordered)
                return _surely(_SIGNS[OPERATORS[word]](left, right))
        raise TypeError(f"no statement can ask {condition}")  # the check of the rules lets none through

    def _row(self, path: Path, at: Row) -> Row:
        """The record that a path's links lead to."""
        row = {"self": at, "this": self.this}.get(path.start) or self._actor()
        for link in path.links:
            row = LINKS[link](row) if link in LINKS else self._paired(row, link)
        return row

    def _actor(self) -> Row:
        user = users.alias()
        own = None if self.asker.actor is None else self.asker.actor.id
        return Row(Kind.USER, user, (user,), (user.c.id == own,))

    def _paired(self, at: Row, link: str) -> Row:
        """The present pair of a persona, or who is on its other side."""
        pair, other = matches.alias(), personas.alias()
        present = at.to(Kind.PAIR, pair, given=pair.c.id == self._present(at))
        if link == "match":
            return present
        return present.to(Kind.PERSONA, other, given=and_(is_side(other, pair), other.c.id != at.id))

    def _present(self, at: Row) -> ScalarSelect[int]:
        """The number of the latest open pair of a persona, else of the latest of all."""
        pair = matches.alias()
        opened = sorted(key for machine, key in self.asker.ruleset.terms.open_statuses if machine == PAIR_STATUS)
        order = (case((pair.c.pair_status.in_(opened), 0), else_=1), pair.c.id.desc())
        found = select(pair.c.id).where(is_side(at.table, pair)).order_by(*order).limit(1)
        return found.correlate_except(pair).scalar_subquery()

    def _count(self, condition: Count, at: Row) -> Clause:
        row = LISTS[condition.of.many or ""](self._row(condition.of, at), self.only_role)
        counts = true() if condition.where is None else self.clause(condition.where, row.there)
        if (condition.at_least, condition.at_most) == (Constant("1"), None):
            return row.holds(counts)
        number = row.select(func.count()).where(counts).scalar_subquery()
        limits = ((operator.ge, condition.at_least), (operator.le, condition.at_most))
        return and_(true(), *(_surely(keeps(number, self._whole(to, at))) for keeps, to in limits if to is not None))

    def _whole(self, operand: Operand, at: Row) -> ColumnElement[int]:
        return cast(self._operand(operand, INTEGER, at, ordered=False), Integer)

    def _meets(self, path: Path, other: Path, at: Row) -> Clause:
        """Whether a path leads to the very record that another leads to, or that a field there names."""
        row, named = self._row(path, at), self._row(other, at)
        if other.value is None:
            same = row.id == named.id
        else:
            same = exists(_held(named, other.value).where(field_values.c.value == _named(row)))
        return row.holds(named.holds(same))

    def _been(self, path: Path, values: frozenset[str], at: Row) -> Clause:
        row, own = self._row(path, at), status_changes.c
        had = select(own.id).where(own.subject_kind == row.kind.value, own.subject_id == row.id)
        had = had.where(own.machine == path.value, own.after.in_(sorted(values))).correlate_except(status_changes)
        return row.holds(or_(_surely(self._of(row, path.value or "").in_(sorted(values))), exists(had)))

    def _operand(self, operand: Operand, type_: str, at: Row, *, ordered: bool) -> ColumnElement[Any]:
        match operand:
            case ValueOf(path):
                return self._value(path, at, ordered=ordered)
            case Constant(text):
                return literal(order_key(type_, text) if ordered else text)
            case Now():
                return literal(order_key(type_, operand.at(self.asker.now)))
        raise TypeError(f"no statement can ask {operand}")

    def _value(self, path: Path, at: Row, *, ordered: bool = False) -> ColumnElement[Any]:
        row = self._row(path, at)
        return row.value(self._of(row, path.value or "", ordered=ordered))

    def _of(self, row: Row, key: str, *, ordered: bool = False) -> ColumnElement[Any]:
        """A status, an attribute or a field of a record; ``ordered``: the field in the form that sorts."""
        ruleset = self.asker.ruleset
        if key in ruleset.fields:
            return _held(row, key, ordered=ordered).where(field_values.c.position == 0).scalar_subquery()
        if key in ruleset.machines and ruleset.machines[key].is_declared:
            return func.coalesce(_standing(row, key), ruleset.machines[key].start)
        if key == "partner_site":
            found = select(sites.c.key).where(sites.c.id == row.table.c.site_id)
            return found.correlate_except(sites).scalar_subquery()
        return row.table.c[key]


def _surely(clause: Clause) -> Clause:
    """What compares with nothing does not hold."""
    return func.coalesce(clause, false())


def _among(value: ColumnElement[Any], values: frozenset[str]) -> Clause:
    """Whether it is one of these; of a column that is never empty so that an index can answer."""
    found = value.in_(sorted(values))
    return found if isinstance(value, Column) and not value.nullable else _surely(found)


def _held(row: Row, key: str, values: frozenset[str] = frozenset(), *, ordered: bool = False) -> Select[Any]:
    """What a record holds in a field, of these values; without any, of all."""
    own = field_values.c
    found = select(own.order_key if ordered else own.value)
    found = found.where(own.subject_kind == row.kind.value, own.subject_id == row.id, own.field == key)
    return (found.where(own.value.in_(sorted(values))) if values else found).correlate_except(field_values)


def _standing(row: Row, machine: str) -> ScalarSelect[Any]:
    own = declared_statuses.c
    found = select(own.status).where(
        own.subject_kind == row.kind.value, own.subject_id == row.id, own.machine == machine
    )
    return found.correlate_except(declared_statuses).scalar_subquery()


def _named(row: Row) -> ColumnElement[str]:
    """How a field names a user."""
    return literal(f"{USER_NAME}-") + cast(row.id, Text)
