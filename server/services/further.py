"""Reading records of the kinds that programs declare: the part of a reader that shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.domain.filters import RecordFilter, Slice, Total, Window
from server.domain.records import Record
from server.engine.facts import Kind
from server.services.view import View
from server.store import records
from server.store.sessions import Session


@dataclass(frozen=True, slots=True)
class FurtherReader:
    """One caller's view of these records: all of one that they see in full, and nothing of any other."""

    session: Session
    view: View

    def by_ids(self, ids: Sequence[int]) -> dict[int, Record]:
        """Records by id."""
        found = records.records_by_ids(self.session.connection, ids) if ids else {}
        return self.view.admitted(Kind.RECORD, found)

    def linked_to(self, kind: Kind, ids: Sequence[int]) -> dict[int, list[Record]]:
        """For each record of a kind those linked to it, in the order they were made."""
        found = records.records_linked_to(self.session.connection, kind, ids)
        shown = self.view.admitted(Kind.RECORD, {row.id: row for rows in found.values() for row in rows})
        return {number: [row for row in rows if row.id in shown] for number, rows in found.items()}

    def page(self, program_id: int, wanted: RecordFilter, page: Window) -> Slice[Record]:
        """One page of the records of a program, in the order they were made."""
        sight = self.view.sight(program_id)
        found = records.records_page(self.session.connection, program_id, wanted, page, sight=sight)
        self.view.note(Kind.RECORD, found.rows)
        self.view.show(Kind.RECORD, found.rows)
        return found

    def total(self, program_id: int, wanted: RecordFilter) -> Total:
        """How many records a filter finds."""
        sight = self.view.sight(program_id)
        return records.records_total(self.session.connection, program_id, wanted, sight=sight)
