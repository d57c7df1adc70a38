"""Messages are part of what is kept about people: erased, exported, tidied and recorded like everything else."""

from datetime import timedelta
from typing import Any

import pytest

from server.domain.access import FieldClass
from server.domain.commands import Options
from server.domain.filters import MessageFilter, Window
from server.domain.messages import Message, State
from server.engine.facts import Kind
from server.services.erasure import Erasure
from server.services.export import Export
from server.services.reading import Reading
from server.services.reads import Reads
from server.services.retention import Kept, tidy
from server.store.database import Store
from server.store.messages import messages_page
from tests.services.school import ANYBODY, GOODBYE, START, School
from tests.telling import telling_rules

RULES = telling_rules()


@pytest.fixture
def telling(store: Store) -> School:
    """The match of ann and eve is closed; both were told, and the roles too."""
    school = School(store, RULES)
    school.perform("close_match", school.inner, answers=GOODBYE, options=Options())
    return school


def messages(school: School) -> list[Message]:
    return school.store.query_now(
        lambda s: list(messages_page(s.connection, school.program, MessageFilter(), Window(limit=100)).rows)
    )


def test_erasing_a_person_takes_the_texts_to_and_about_them_and_sends_none_of_them(telling: School) -> None:
    telling.act(Erasure(telling.book, telling.clock).erase, telling.ann.user.id)
    gone = [message for message in messages(telling) if message.body is None]
    assert {(message.template, message.recipient_id, message.role) for message in gone} == {
        ("welcome", telling.ann.user.id, None),
        ("closed", telling.ann.user.id, None),
        ("closed", telling.eve.user.id, None),
        ("closed_to_staff", None, "SITE_STAFF"),
        ("closed_to_staff", None, "PROGRAM_ADMIN"),
    }
    assert {(message.title, message.address, message.state) for message in gone} == {(None, None, State.FAILED)}
    assert len(messages(telling)) == 12


def test_an_export_has_what_the_person_was_told(telling: School) -> None:
    document: Any = telling.act(Export(telling.book, telling.clock).everything, telling.ann.user.id)
    assert [(told["template"], told["address"], told["title"]) for told in document["messages"]] == [
        ("welcome", "ann@example.org", "Welcome to Mentor and mentee status flow, ann"),
        ("closed", "ann@example.org", "Your match: Closed"),
    ]


def test_texts_go_when_notes_do(telling: School) -> None:
    later = START + timedelta(days=100)
    tidied = telling.store.mutate_now(lambda session: tidy(session, Kept(texts_days=50), later))
    assert tidied.texts >= 12
    assert {(message.body, message.address, message.error) for message in messages(telling)} == {(None, None, "erased")}
    assert telling.store.mutate_now(lambda session: tidy(session, Kept(texts_days=50), later)).texts == 0


def test_who_lists_messages_has_seen_whom_they_are_about_and_who_reads_them_whom_they_are_for(telling: School) -> None:
    reads = Reads()

    def work(session: Any) -> None:
        reader = Reading(telling.book, telling.now, reads).reader(session, ANYBODY)
        wanted = MessageFilter(template_in=("closed",))
        first, _ = reader.messages_page(telling.program, wanted, Window()).rows
        assert dict(reads.shown(telling.program, Kind.USER)) == {}
        reader.show_text(first)

    telling.store.query_now(work)
    more = frozenset({FieldClass.PUBLIC, FieldClass.SENSITIVE})
    assert dict(reads.shown(telling.program, Kind.PAIR)) == {telling.inner.id: more}
    assert dict(reads.shown(telling.program, Kind.USER)) == {telling.ann.user.id: more}
