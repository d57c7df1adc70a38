"""Reads history on from where a follower is: everything that they may see, once, in the order of commits."""

from dataclasses import dataclass

from server.domain.filters import HistoryFilter, Slice, Window
from server.domain.history import StatusChange
from server.services.reading import Reader
from server.store.history import latest_change
from server.store.sessions import Session


@dataclass(frozen=True, slots=True)
class News:
    """What has come since a position, the position after it, and whether there is more already."""

    rows: Slice[StatusChange]
    position: int
    more: bool


def end_of_history(session: Session, program_id: int) -> int:
    """The position after which everything is still to come."""
    return latest_change(session.connection, program_id)


def news(session: Session, reader: Reader, program_id: int, wanted: HistoryFilter, position: int, *, most: int) -> News:
    """What is seen of a program's history after a position, at most so many rows.

    The end is read in the same snapshot, so that what may not be seen is passed over once and for all. Within a
    program ids grow in the order of commits: nothing ever comes in before a position.
    """
    rows = reader.history_page(program_id, wanted, Window(most, after=(position,)))
    if rows.has_next:
        return News(rows, rows.rows[-1].id, more=True)
    return News(rows, max(position, end_of_history(session, program_id)), more=False)
