"""Pages by key: a page begins after (or before) a row that is named by what the list is ordered by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Column, ColumnElement, Connection, Select, func, literal, select, tuple_

from server.domain.errors import InputProblemsError
from server.domain.filters import COUNT_LIMIT, Slice, Total, Window
from server.engine.plan import Problem
from server.store.columns import AnyRow, Moment, microseconds, moment_of

Row = TypeVar("Row")
Key = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Keyset:
    """What a list is ordered by: columns that end in the id, all in one direction."""

    columns: tuple[Column[Any], ...]
    descending: bool = False

    def page(self, statement: Select[*tuple[Any, ...]], window: Window) -> Select[*tuple[Any, ...]]:
        """The rows of a window and one more, from the window's end backwards if it looks so.

        Raises InputProblemsError for a cursor that does not fit this order.
        """
        for name, cursor, follows in (("after", window.after, True), ("before", window.before, False)):
            if cursor is not None:
                statement = statement.where(self._beyond(name, cursor, follows is not self.descending))
        falling = self.descending is not window.backwards
        order = [column.desc() if falling else column.asc() for column in self.columns]
        return statement.order_by(*order).limit(window.limit + 1)

    def _beyond(self, name: str, cursor: Key, greater: bool) -> ColumnElement[bool]:
        values = [
            literal(value, column.type) for value, column in zip(self._values(name, cursor), self.columns, strict=True)
        ]
        here: Any = tuple_(*self.columns) if len(self.columns) > 1 else self.columns[0]
        there: Any = tuple_(*values) if len(values) > 1 else values[0]
        beyond: ColumnElement[bool] = here > there if greater else here < there
        return beyond

    def _values(self, name: str, cursor: Key) -> list[Any]:
        wanted = [int if isinstance(column.type, Moment) else column.type.python_type for column in self.columns]
        if len(cursor) != len(wanted) or not all(map(isinstance, cursor, wanted)):
            text = "This cursor belongs to a list in another order. Take one from this list, or leave it out."
            raise InputProblemsError((Problem((name,), text),))
        try:
            return [
                moment_of(int(value)) if isinstance(column.type, Moment) else value
                for value, column in zip(cursor, self.columns, strict=True)
            ]
        except OverflowError as error:
            text = "This cursor is damaged. Take one from this list, or leave it out."
            raise InputProblemsError((Problem((name,), text),)) from error

    def key(self, row: AnyRow) -> Key:
        """The key of a row that has all the columns ordered by."""
        values = (row._mapping[column] for column in self.columns)
        return tuple(value if isinstance(value, str | int) else microseconds(value) for value in values)


def slice_of(rows: Sequence[AnyRow], window: Window, keyset: Keyset, build: Callable[[AnyRow], Row]) -> Slice[Row]:
    """The page that was fetched by ``Keyset.page``, in the order of the list."""
    more = len(rows) > window.limit
    kept = list(rows[: window.limit])
    if window.backwards:
        kept.reverse()
    has_next, has_previous = more, window.after is not None
    if window.backwards:
        has_next, has_previous = window.before is not None, more
    return Slice([build(row) for row in kept], [keyset.key(row) for row in kept], has_next, has_previous)


def fetch_slice(
    connection: Connection,
    statement: Select[*tuple[Any, ...]],
    window: Window,
    keyset: Keyset,
    build: Callable[[AnyRow], Row],
) -> Slice[Row]:
    """One page of a statement, in one round trip."""
    rows = connection.execute(keyset.page(statement, window)).all()
    return slice_of(rows, window, keyset, build)


def count(connection: Connection, statement: Select[*tuple[Any, ...]]) -> Total:
    """How many rows a statement finds, counted up to the limit."""
    counted = statement.order_by(None).limit(COUNT_LIMIT + 1).subquery()
    found = connection.scalars(select(func.count()).select_from(counted)).one()
    return Total(min(found, COUNT_LIMIT), found > COUNT_LIMIT)
