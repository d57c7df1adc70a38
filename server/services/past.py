"""Reading further back: what took which row of history back, and how records were at a moment."""

from collections.abc import Sequence
from datetime import datetime

from server.domain.fields import Standing
from server.domain.history import Correction, StatusChange
from server.engine.facts import Ref
from server.services.view import View
from server.store import corrections, former_values, history
from server.store.sessions import Session


class PastReader:
    """One caller's view of the past. What may not be seen is left out."""

    __slots__ = ("_connection", "_view")

    def __init__(self, session: Session, view: View) -> None:
        self._connection, self._view = session.connection, view

    def undone_by(self, change_ids: Sequence[int]) -> dict[int, StatusChange]:
        """The row that took each of these rows of history back; those that stand are left out."""
        found = history.changes_undoing(self._connection, change_ids)
        shown = {row.id for row in self._view.admitted_changes(found.values())}
        return {number: row for number, row in found.items() if row.id in shown}

    def corrections_of(self, act_ids: Sequence[int]) -> dict[int, list[Correction]]:
        """How the words of acts were put right of which rows were found here."""
        return corrections.corrections_of(self._connection, act_ids)

    def corrected_by(self, act_ids: Sequence[int]) -> dict[int, int]:
        """The id of the first row of history of the act that each of these acts put right."""
        return corrections.corrected_by(self._connection, act_ids)

    def statuses_at(self, refs: Sequence[Ref], program_id: int, moment: datetime) -> dict[Ref, dict[str, Standing]]:
        """Where those of a program's records stood at a moment that are seen in full now; one statement a kind.

        What was not there yet is left out, and so are machines in which nothing had happened.
        """
        full = self._view.full(program_id, refs)
        found: dict[Ref, dict[str, Standing]] = {}
        for kind in {ref.kind for ref in full}:
            numbers = [ref.id for ref in full if ref.kind is kind]
            stood = history.standings_at(self._connection, kind, numbers, moment)
            found |= {Ref(kind, number): standing for number, standing in stood.items()}
        return found

    def fields_at(
        self, refs: Sequence[Ref], program_id: int, moment: datetime
    ) -> dict[Ref, dict[str, tuple[str, ...]]]:
        """What those of a program's records held in fields at a moment that are seen in full now: two statements.

        Which of it is shown goes by the classes of fields. What is not known any more is left out.
        """
        full = self._view.full(program_id, refs)
        return {ref: {} for ref in full} | former_values.values_at(self._connection, full, moment)
