"""What is kept only for a while goes when its time is over, and nothing else does."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.domain.audit import NOBODY, AuditEntry, AuditFilter, AuditKind
from server.services.retention import Kept, Tidied, count_due, tidy
from server.store import erasure, reads
from server.store.tables import act_texts
from tests.services.school import START, School

LATER = START + timedelta(days=100)


def tidied(school: School, kept: Kept) -> Tidied:
    due = school.store.query_now(lambda session: count_due(session, kept, LATER))
    done = school.store.mutate_now(lambda session: tidy(session, kept, LATER))
    assert due == done
    return done


def noted(school: School) -> int:
    has_note = select(act_texts.c.act_id).where(act_texts.c.note.is_not(None))
    return len(school.store.query_now(lambda session: session.connection.scalars(has_note).all()))


@pytest.fixture
def read(school: School) -> School:
    """Entries of the record of reads from every tenth day."""
    entries = [
        AuditEntry(AuditKind.REFUSAL, START + timedelta(days=day), NOBODY, f"r-{day}") for day in range(0, 100, 10)
    ]
    school.store.mutate_now(lambda session: session.act(lambda work: reads.add_entries(work.connection, entries)))
    return school


def test_without_a_limit_everything_is_kept(read: School) -> None:
    assert tidied(read, Kept()) == Tidied(0, 0)
    assert noted(read) == 9


def test_entries_older_than_the_limit_are_deleted(read: School) -> None:
    assert tidied(read, Kept(reads_days=50)) == Tidied(reads=5)
    left = read.store.query_now(lambda s: reads.entries_listed(s.connection, AuditFilter(), None))
    assert [row.entry.request_id for row in left] == ["r-90", "r-80", "r-70", "r-60", "r-50"]
    assert noted(read) == 9


def test_notes_older_than_the_limit_are_cleared_and_history_stays(read: School) -> None:
    before = read.dump()
    assert tidied(read, Kept(texts_days=101)) == Tidied()
    assert tidied(read, Kept(texts_days=99)) == Tidied(texts=9)
    assert noted(read) == 0
    assert read.dump() == before
    assert tidied(read, Kept(texts_days=99)) == Tidied()


def test_a_part_at_a_time_is_taken_until_nothing_is_left(read: School, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "PART", 2)
    assert tidied(read, Kept(reads_days=1, texts_days=1)) == Tidied(reads=10, texts=9)
    assert erasure.PART > 9
