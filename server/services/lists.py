"""The lists of people, personas, matches and further records that a caller reads, page by page, and their totals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Generic

from server.domain.access import FieldClass, Sight
from server.domain.filters import (
    MatchFilter,
    PersonaFilter,
    RecordFilter,
    RowFilter,
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

_ByIds = Callable[[Any, Sequence[int]], Mapping[int, Row]]
_Reads = tuple[Callable[..., Slice[Row]], Callable[..., Total], _ByIds[Row]]
"""What the database answers of one kind of record: a page, a total, and rows by their ids."""


@dataclass(frozen=True, slots=True)
class _List(Generic[Row]):
    """One list of a program: how a page of it is read, how it is counted, and how its rows are read by their ids.

    ``wanted``: what must be possible on its records besides; None: nothing.
    """

    kind: Kind
    wanted: Wanted | None
    page: Fetch[Row]
    total: Callable[[Any], Total]
    by_ids: _ByIds[Row]


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
        reads = (partial(users.users_page, order=order), users.users_total, users.users_by_ids)
        private = self.view.sight_into(program_id, FieldClass.SENSITIVE)
        return self._list(Kind.USER, program_id, wanted, reads, private=private)

    def _personas(self, program_id: int, wanted: PersonaFilter) -> _List[Persona]:
        reads = (personas.personas_page, personas.personas_total, personas.personas_by_ids)
        noted = self.view.sight_into(program_id, FieldClass.STAFF)
        return self._list(Kind.PERSONA, program_id, wanted, reads, noted=noted)

    def _matches(self, program_id: int, wanted: MatchFilter) -> _List[Match]:
        reads = (matches.matches_page, matches.matches_total, matches.matches_by_ids)
        return self._list(Kind.PAIR, program_id, wanted, reads)

    def _records(self, program_id: int, wanted: RecordFilter) -> _List[Record]:
        reads = (records.records_page, records.records_total, records.records_by_ids)
        return self._list(Kind.RECORD, program_id, wanted, reads)

    def _list(
        self, kind: Kind, program_id: int, narrowed: RowFilter, reads: _Reads[Row], **further: Sight
    ) -> _List[Row]:
        """``further``: into which of the records the filter may look deeper than their rows are seen."""
        pages, totals, by_ids = reads
        asked = {"program_id": program_id, "narrowed": narrowed, "sight": self.view.sight(program_id), **further}
        return _List(
            kind,
            Wanted(program_id, kind, narrowed.can_do) if narrowed.can_do else None,
            lambda connection, window, only: pages(connection, window=window, narrowing=only, **asked),
            partial(totals, **asked),
            by_ids,
        )

    def _page(self, listed: _List[Row], page: Window) -> Slice[Row]:
        connection, wanted = self.session.connection, listed.wanted
        found = listed.page(connection, page, None) if wanted is None else self._possible(listed, wanted, page)
        self.view.note(listed.kind, found.rows)
        self.view.show(listed.kind, found.rows)
        return found

    def _possible(self, listed: _List[Row], wanted: Wanted, page: Window) -> Slice[Row]:
        """The rows are read again by their ids: what is shown is read under the database's own watch."""
        found = self.possible.page(wanted, listed.page, page)
        rows = listed.by_ids(self.session.connection, [row.id for row in found.rows]) if found.rows else {}
        kept = [(rows[row.id], key) for row, key in zip(found.rows, found.keys, strict=True) if row.id in rows]
        return replace(found, rows=[row for row, _ in kept], keys=[key for _, key in kept])

    def _total(self, listed: _List[Row]) -> Total:
        if listed.wanted is None:
            return listed.total(self.session.connection)
        return self.possible.total(listed.wanted, listed.page)
