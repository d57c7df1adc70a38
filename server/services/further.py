"""Reading records of the kinds that programs declare: the part of a reader that shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

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
