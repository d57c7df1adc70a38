"""The record of reads: what requests showed of minors, who came, who was refused; saved beside the answers."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from server.domain.access import FieldClass
from server.domain.actors import Caller
from server.domain.audit import AuditFilter, AuditKind, AuditRow, Who
from server.domain.errors import TryAgainError
from server.domain.filters import HistoryFilter, UserFilter, UserOrder, Window
from server.engine.facts import Kind
from server.services import audit as recording
from server.services.audit import Audit
from server.services.in_force import InForce
from server.services.reading import Reader, Reading
from server.services.reads import Reads
from server.store.reads import entries_listed
from server.store.sessions import Session
from server.telemetry.logs import open_log
from tests.services.school import START, School

STAFF = frozenset({FieldClass.STAFF})
PUBLIC = frozenset({FieldClass.PUBLIC})


@dataclass
class Recorder:
    """A recorder over a school that saves when it is told to."""

    school: School
    lines: io.StringIO = field(default_factory=io.StringIO)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        log = open_log(self.lines, colours=False)
        self.audit = Audit(self.school.store, InForce(self.school.book), log, lambda: START, lambda: self.seconds)

    def read(self, caller: Caller, ask: Callable[[Reader], Any], request: str = "r-1") -> None:
        reads = Reads()

        def work(session: Session) -> None:
            ask(Reading(self.school.book, START, reads).reader(session, caller))

        self.school.store.query_now(work)
        self.audit.answered(caller, reads, request, START, "users")

    def saved(self, **narrowed: Any) -> list[AuditRow]:
        self.audit.save()
        wanted = AuditFilter(**narrowed)
        rows = self.school.store.query_now(lambda session: entries_listed(session.connection, wanted, None))
        return rows[::-1]

    def shown(self) -> dict[int, set[str]]:
        """The people whose data were shown, each with the classes."""
        return {
            row.entry.person_id or 0: set(row.entry.classes) for row in self.saved() if row.entry.kind is AuditKind.READ
        }

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines.getvalue().splitlines()]


@pytest.fixture
def recorder(school: School) -> Recorder:
    return Recorder(school)


def everybody(reader: Reader) -> Any:
    return reader.lists.users_page(1, UserFilter(), UserOrder(), Window(limit=50))


def test_one_request_leaves_one_entry_for_each_minor_it_showed(recorder: Recorder) -> None:
    school = recorder.school
    recorder.read(school.office, everybody)
    assert recorder.shown() == {person.user.id: {"public"} for person in (school.eve, school.sid, school.dan)}
    (row, *_) = recorder.saved()
    assert (row.entry.at, row.entry.request_id, row.entry.program_id, row.program) == (START, "r-1", 1, "default")


def test_only_what_is_seen_is_entered(recorder: Recorder) -> None:
    school = recorder.school
    recorder.read(school.north, everybody)
    assert recorder.shown() == {school.eve.user.id: {"public"}}


@pytest.mark.parametrize("missing", [99, 0])
def test_what_does_not_exist_or_may_not_be_seen_leaves_no_entry(missing: int, recorder: Recorder) -> None:
    school = recorder.school
    recorder.read(school.north, lambda reader: reader.users([school.dan.user.id, missing]))
    recorder.read(school.north, lambda reader: reader.changes([missing]))
    assert recorder.saved() == []


def test_grown_ups_leave_no_entry(recorder: Recorder) -> None:
    school = recorder.school
    recorder.read(school.office, lambda reader: reader.users([school.ann.user.id]))
    recorder.read(school.office, lambda reader: reader.personas([school.ann.persona.id]))
    assert recorder.saved() == []


@pytest.mark.parametrize(
    "ask",
    [
        lambda reader, school: reader.users([school.eve.user.id]),
        lambda reader, school: reader.personas([school.eve.persona.id]),
        lambda reader, school: reader.matches([school.inner.id]),
        lambda reader, school: reader.matches_of([school.ann.persona.id]),
        lambda reader, school: reader.personas_of([school.eve.user.id]),
        lambda reader, school: reader.user_by_email(1, "EVE@example.org"),
        lambda reader, school: reader.history_of(Kind.PAIR, [school.inner.id], Window(limit=1)),
        lambda reader, school: reader.history_page(1, HistoryFilter(subjects=(("user", school.eve.user.id),)), MANY),
    ],
)
def test_every_way_to_a_minor_is_entered(ask: Callable[[Reader, School], Any], recorder: Recorder) -> None:
    school = recorder.school
    recorder.read(school.office, lambda reader: ask(reader, school))
    assert recorder.shown() == {school.eve.user.id: {"public"}}


MANY = Window(limit=50)


def test_a_partner_who_sees_a_first_name_is_entered_too(recorder: Recorder) -> None:
    school = recorder.school
    recorder.read(school.oneself(school.bob), lambda reader: reader.users([school.sid.user.id]))
    (row,) = recorder.saved()
    assert (row.entry.person_id, row.entry.classes) == (school.sid.user.id, PUBLIC)
    assert (row.entry.who, row.who_name) == (Who(user_id=school.bob.user.id), "bob")


def test_classes_of_all_fields_of_a_person_are_one_entry(recorder: Recorder) -> None:
    school = recorder.school

    def ask(reader: Reader) -> None:
        reader.users([school.eve.user.id])
        reader.matches([school.inner.id])
        reader.show(Kind.USER, school.eve.user.id, 1, frozenset({FieldClass.SENSITIVE}))
        reader.show(Kind.PAIR, school.inner.id, 1, STAFF)

    recorder.read(school.office, ask)
    assert recorder.shown() == {school.eve.user.id: {"public", "staff", "sensitive"}}


def test_a_caller_without_ids_is_entered_by_name_and_others_without(recorder: Recorder) -> None:
    school = recorder.school
    recorder.read(school.office, lambda reader: reader.users([school.eve.user.id]))
    (row,) = recorder.saved()
    assert (row.entry.who, row.who_name) == (Who(name="Sam"), "Sam")


def test_a_sign_in_is_entered_once_an_hour(recorder: Recorder) -> None:
    sam = Caller("Sam", frozenset({"PROGRAM_ADMIN"}), program_id=1)
    for number in range(3):
        recorder.audit.signed_in(sam, f"r-{number}")
    assert [(row.entry.kind, row.entry.request_id) for row in recorder.saved()] == [(AuditKind.SIGN_IN, "r-0")]
    recorder.seconds = 3600.0
    recorder.saved()
    recorder.audit.signed_in(sam, "r-4")
    assert [row.entry.request_id for row in recorder.saved()] == ["r-0", "r-4"]


def test_the_same_refusal_is_entered_at_once_and_then_counted_for_a_minute(recorder: Recorder) -> None:
    for number in range(5):
        recorder.audit.turned_away("expired token", f"r-{number}")
    recorder.audit.turned_away("unknown token", "r-5")
    first = [(row.entry.code, row.entry.detail, row.entry.times) for row in recorder.saved()]
    assert first == [("UNAUTHENTICATED", "expired token", 1), ("UNAUTHENTICATED", "unknown token", 1)]
    recorder.seconds = 60.0
    (last,) = recorder.saved()[2:]
    assert (last.entry.detail, last.entry.times, last.entry.request_id) == ("expired token", 4, "r-4")


def test_what_waits_is_saved_when_the_recorder_closes(recorder: Recorder) -> None:
    school = recorder.school
    recorder.audit.start()
    recorder.read(school.office, everybody)
    recorder.audit.turned_away("no token", "r-2")
    recorder.audit.turned_away("no token", "r-3")
    recorder.audit.close()
    kinds = [(row.entry.kind.value, row.entry.times) for row in recorder.saved()]
    assert sorted(kinds) == [("read", 1)] * 3 + [("refusal", 1)] * 2
    assert recorder.told() == []


def test_what_the_database_does_not_take_is_saved_later(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    school = recorder.school
    recorder.read(school.office, everybody)
    with monkeypatch.context() as broken:
        broken.setattr(recorder.audit, "_store", _Refusing(TryAgainError("no room")))
        recorder.audit.save()
    (line,) = recorder.told()
    assert (line["event"], line["waiting"], line["code"]) == ("record of reads not saved yet", 1, "TRY_AGAIN")
    assert len(recorder.saved()) == 3


@pytest.mark.parametrize("error", [TryAgainError("no room"), RuntimeError("canary")])
def test_what_can_never_be_saved_goes_to_the_log_in_ids(
    error: Exception, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    school = recorder.school
    recorder.read(school.office, lambda reader: reader.users([school.eve.user.id]))
    recorder.audit.turned_away("no token", "r-2")
    with monkeypatch.context() as broken:
        broken.setattr(recorder.audit, "_store", _Refusing(error))
        recorder.audit.close()
    lost = [line for line in recorder.told() if line["event"] == "not in the record of reads"]
    assert [(line["request_id"], line.get("user"), line.get("detail")) for line in lost] == [
        ("r-1", [school.eve.user.id], None),
        ("r-2", None, "no token"),
    ]
    assert "canary" not in recorder.lines.getvalue()
    assert recorder.saved() == []


def test_memory_stays_bounded_while_the_database_is_away(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "WAITING_LIMIT", 2)
    school = recorder.school
    for number in range(5):
        recorder.read(school.office, lambda reader: reader.users([school.eve.user.id]), f"r-{number}")
    with monkeypatch.context() as broken:
        broken.setattr(recorder.audit, "_store", _Refusing(TryAgainError("no room")))
        recorder.audit.save()
    lost = [line["request_id"] for line in recorder.told() if line["event"] == "not in the record of reads"]
    assert lost == ["r-0", "r-1", "r-2"]
    assert [row.entry.request_id for row in recorder.saved()] == ["r-3", "r-4"]


@dataclass
class _Refusing:
    """A store that takes nothing."""

    error: Exception

    def mutate_now(self, _: object) -> None:
        raise self.error
