"""Retention: what is kept only for a while is taken away when its time is over."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from server.services.once import KEPT
from server.store import erasure, messages, once, reads
from server.store.sessions import Session
from server.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Kept:
    """For how many days entries of the record of reads, and texts of acts, are kept; None is for ever."""

    reads_days: int | None = None
    texts_days: int | None = None


@dataclass(frozen=True, slots=True)
class Tidied:
    """How many entries of the record of reads were deleted, and how many acts and messages lost their texts.

    ``texts`` counts what fields held before, and what corrections say, too. ``requests``: how many answers to requests
    that nobody sends again.
    """

    reads: int = 0
    texts: int = 0
    requests: int = 0


def count_due(session: Session, kept: Kept, now: datetime) -> Tidied:
    """What :func:`tidy` would take away."""
    connection, texts = session.connection, 0
    if kept.texts_days:
        oldest = now - timedelta(kept.texts_days)
        texts = sum(
            count(connection, oldest)
            for count in (
                erasure.count_texts_before,
                messages.count_texts_before,
                erasure.count_values_before,
                erasure.count_corrections_before,
            )
        )
    old = reads.count_before(connection, now - timedelta(kept.reads_days)) if kept.reads_days else 0
    return Tidied(old, texts, once.count_before(connection, now - KEPT))


def tidy(session: Session, kept: Kept, now: datetime) -> Tidied:
    """Takes away what is due, a part at a time so that nobody waits long; what was taken stays so if it is stopped."""
    return Tidied(
        _all(session, reads.delete_before, now, kept.reads_days),
        _all(session, erasure.clear_texts_before, now, kept.texts_days)
        + _all(session, messages.clear_texts_before, now, kept.texts_days)
        + _all(session, erasure.clear_values_before, now, kept.texts_days)
        + _all(session, erasure.clear_corrections_before, now, kept.texts_days),
        _all(session, once.delete_before, now, KEPT.days),
    )


Part = Callable[..., int]


def _all(session: Session, part: Part, now: datetime, days: int | None) -> int:
    if not days:
        return 0

    def act(work: UnitOfWork) -> int:
        return part(work.connection, now - timedelta(days))

    total = 0
    while count := session.act(act):
        total += count
    return total
