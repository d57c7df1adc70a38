"""The lists of people, personas, matches and further records that a caller reads, page by page, and their totals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic

from server.domain.access import FieldClass
from server.domain.filters import (
    MatchFilter,
    PersonaFilter,
    RecordFilter,
    Slice,
    Total,
    UserFilter,
    UserOrder,
    Window,
)
from server.domain.matches import Match
from server.domain.people import Persona, User
from server.domain.records import Record
from server.engine.facts import Kind
from server.services.possible import Fetch, Possible, Wanted
from server.services.view import Row, View
from server.store import matches, personas, records, users
from server.store.sessions import Session


@dataclass(frozen=True, slots=True)
class _List(Generic[Row]):
    """One list of a program: how a page of it is read, how it is counted, and how its rows are read by their ids.

    ``can_do``: the transition that must be possible besides.
    """

    program_id: int
    kind: Kind
    can_do: str | None
    page: Fetch[Row]
    total: Callable[[Any], Total]
    by_ids: Callable[[Any, Sequence[int]], Mapping[int, Row]]

    def wanted(self, transition: str) -> Wanted:
        """What must be possible on its records."""
        return Wanted(self.program_id, self.kind, transition)


@dataclass(frozen=True, slots=True)
class Lists:
    """One caller's view of the lists, which hold only what is seen in full or found by a rule.

    Where a filter wants a transition to be possible, ``possible`` judges what the database leaves; every page then
    may raise LimitExceededError.
    """

    session: Session
    view: View
    possible: Possible

    def users_page(self, program_id: int, wanted: UserFilter, order: UserOrder, page: Window) -> Slice[User]:
        """One page of the people of a program."""
        return self._page(self._users(program_id, wanted, order), page)

    def users_total(self, program_id: int, wanted: UserFilter) -> Total:
        """How many people a filter finds."""
        return self._total(self._users(program_id, wanted, UserOrder()))

    def personas_page(self, program_id: int, wanted: PersonaFilter, page: Window) -> Slice[Persona]:
        """One page of the personas of a program, in the order they were made."""
        return self._page(self._personas(program_id, wanted), page)

    def personas_total(self, program_id: int, wanted: PersonaFilter) -> Total:
        """How many personas a filter finds."""
        return self._total(self._personas(program_id, wanted))

    def matches_page(self, program_id: int, wanted: MatchFilter, page: Window) -> Slice[Match]:
        """One page of the matches of a program, in the order they were made."""
        return self._page(self._matches(program_id, wanted), page)

    def matches_total(self, program_id: int, wanted: MatchFilter) -> Total:
        """How many matches a filter finds."""
        return self._total(self._matches(program_id, wanted))

    def records_page(self, program_id: int, wanted: RecordFilter, page: Window) -> Slice[Record]:
        """One page of the records of further kinds of a program, in the order they were made."""
        return self._page(self._records(program_id, wanted), page)

    def records_total(self, program_id: int, wanted: RecordFilter) -> Total:
        """How many records of further kinds a filter finds."""
        return self._total(self._records(program_id, wanted))

    def _users(self, program_id: int, wanted: UserFilter, order: UserOrder) -> _List[User]:
        sight, private = self.view.sight(program_id), self.view.sight_into(program_id, FieldClass.SENSITIVE)
        page = partial(users.users_page, sight=sight, private=private)
        total = partial(users.users_total, program_id=program_id, narrowed=wanted, sight=sight, private=private)
        return _List(
            program_id,
            Kind.USER,
            wanted.can_do,
            lambda connection, window, only: page(connection, program_id, wanted, order, window, narrowing=only),
            total,
            users.users_by_ids,
        )

    def _personas(self, program_id: int, wanted: PersonaFilter) -> _List[Persona]:
        sight, noted = self.view.sight(program_id), self.view.sight_into(program_id, FieldClass.STAFF)
        page = partial(personas.personas_page, sight=sight, noted=noted)
        total = partial(personas.personas_total, program_id=program_id, narrowed=wanted, sight=sight, noted=noted)
        return _List(
            program_id,
            Kind.PERSONA,
            wanted.can_do,
            lambda connection, window, only: page(connection, program_id, wanted, window, narrowing=only),
            total,
            personas.personas_by_ids,
        )

    def _matches(self, program_id: int, wanted: MatchFilter) -> _List[Match]:
        page = partial(matches.matches_page, sight=self.view.sight(program_id))
        total = partial(
            matches.matches_total, program_id=program_id, narrowed=wanted, sight=self.view.sight(program_id)
        )
        return _List(
            program_id,
            Kind.PAIR,
            wanted.can_do,
            lambda connection, window, only: page(connection, program_id, wanted, window, narrowing=only),
            total,
            matches.matches_by_ids,
        )

    def _records(self, program_id: int, wanted: RecordFilter) -> _List[Record]:
        page = partial(records.records_page, sight=self.view.sight(program_id))
        total = partial(
            records.records_total, program_id=program_id, narrowed=wanted, sight=self.view.sight(program_id)
        )
        return _List(
            program_id,
            Kind.RECORD,
            wanted.can_do,
            lambda connection, window, only: page(connection, program_id, wanted, window, narrowing=only),
            total,
            records.records_by_ids,
        )

    def _page(self, listed: _List[Row], page: Window) -> Slice[Row]:
        found = self._possible(listed, listed.can_do, page) if listed.can_do else self._plain(listed, page)
        self.view.note(listed.kind, found.rows)
        self.view.show(listed.kind, found.rows)
        return found

    def _plain(self, listed: _List[Row], page: Window) -> Slice[Row]:
        return listed.page(self.session.connection, page, None)

    def _possible(self, listed: _List[Row], transition: str, page: Window) -> Slice[Row]:
        """The rows are read again by their ids: what is shown is read under the database's own watch."""
        found = self.possible.page(listed.wanted(transition), listed.page, page)
        rows = listed.by_ids(self.session.connection, [row.id for row in found.rows]) if found.rows else {}
        kept = [(rows[row.id], key) for row, key in zip(found.rows, found.keys, strict=True) if row.id in rows]
        return replace(found, rows=[row for row, _ in kept], keys=[key for _, key in kept])

    def _total(self, listed: _List[Row]) -> Total:
        if listed.can_do:
            return self.possible.total(listed.wanted(listed.can_do), listed.page)
        return listed.total(self.session.connection)
