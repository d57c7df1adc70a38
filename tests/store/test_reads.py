"""The record of reads in the database: whose the records are, how entries are written, found and kept from readers."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.exc import ProgrammingError

from server.domain.access import FieldClass, Sight
from server.domain.audit import NOBODY, AuditEntry, AuditFilter, AuditKind, Who
from server.domain.tokens import NewToken, Secret
from server.engine.facts import Kind
from server.store import reads
from server.store.database import open_store
from server.store.reads import add_entries, count_before, delete_before, entries_listed, minors_behind
from server.store.sessions import Session
from server.store.tables import audit
from server.store.tokens import TOKEN, add_token
from tests.store.builders import NOW, World, an_act, counting_statements

MINORS = frozenset({"MENTEE"})


def an_entry(number: int = 1, **besides: object) -> AuditEntry:
    given = {"kind": AuditKind.READ, "at": NOW + timedelta(minutes=number), "who": NOBODY, "request_id": f"r-{number}"}
    return AuditEntry(**{**given, **besides})  # type: ignore[arg-type]


def listed(world: World, limit: int | None = None, **narrowed: object) -> list[str]:
    rows = world.read(entries_listed, AuditFilter(**narrowed), limit)  # type: ignore[arg-type]
    return [row.entry.request_id for row in rows]


def test_minors_are_found_behind_every_kind_of_record(world: World) -> None:
    match, mentor, mentee = world.matched()
    assert world.read(minors_behind, Kind.USER, [1, 2, 99], MINORS) == {2: {2}}
    assert world.read(minors_behind, Kind.PERSONA, [mentor.id, mentee.id], MINORS) == {mentee.id: {2}}
    assert world.read(minors_behind, Kind.PAIR, [match.id], MINORS) == {match.id: {2}}
    assert world.read(minors_behind, Kind.PAIR, [match.id], frozenset()) == {}


def test_the_mentor_persona_of_a_minor_is_a_minors_too(world: World) -> None:
    person, persona = world.ready("MENTEE")
    world.act("add_persona", person, role="MENTOR", details={})
    personas = world.read(minors_behind, Kind.PERSONA, [persona.id, persona.id + 1], MINORS)
    assert personas == {persona.id: {person.id}, persona.id + 1: {person.id}}


def test_many_ids_are_asked_for_in_portions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [world.register("MENTEE")[0].id for _ in range(3)]
    monkeypatch.setattr(reads, "IDS_AT_ONCE", 2)
    assert set(world.read(minors_behind, Kind.USER, people, MINORS)) == set(people)


def test_entries_are_written_in_one_statement_and_read_as_they_were(world: World) -> None:
    person, _ = world.register("MENTEE")
    new = NewToken("Desk", ("AUDITOR",), world.program.id, None, None, NOW, None)
    world.do(lambda work: add_token(work, an_act(1, "create_token", TOKEN), new, Secret("abcdefgh", "mk_abcdefgh_x")))
    classes = frozenset({FieldClass.PUBLIC, FieldClass.SENSITIVE})
    shown = an_entry(who=Who(1, None, None), program_id=1, person_id=person.id, classes=classes)
    refused = an_entry(2, kind=AuditKind.REFUSAL, code="NOT_PERMITTED", detail="addSite", times=3, who=Who(name="Sam"))
    with counting_statements() as seen:
        world.do(lambda work: add_entries(work.connection, [shown, refused]))
    assert len([statement for statement in seen if "audit" in statement]) == 1
    newest, first = world.read(entries_listed, AuditFilter(), None)
    assert (first.entry, first.who_name, first.program) == (shown, "Desk", "default")
    assert (newest.entry, newest.who_name, newest.program) == (refused, "Sam", None)


def test_entries_are_narrowed_by_each_criterion(world: World) -> None:
    one, two = (world.register("MENTEE", name=name)[0].id for name in ("Ann", "Bea"))
    entries = [
        an_entry(1, person_id=one, program_id=1),
        an_entry(2, person_id=two, who=Who(user_id=one)),
        an_entry(3, kind=AuditKind.SIGN_IN, who=Who(name="Sam")),
    ]
    world.do(lambda work: add_entries(work.connection, entries))
    assert listed(world) == ["r-3", "r-2", "r-1"]
    assert listed(world, limit=2) == ["r-3", "r-2"]
    assert listed(world, person_id=one) == ["r-1"]
    assert listed(world, kind=AuditKind.SIGN_IN) == ["r-3"]
    assert listed(world, who=Who(user_id=one)) == listed(world, who=Who(name="Ann")) == ["r-2"]
    assert listed(world, who=Who(name="Sam")) == ["r-3"]
    assert listed(world, who=Who(token_id=1)) == []
    assert listed(world, since=NOW + timedelta(minutes=2)) == ["r-3", "r-2"]


def test_entries_before_a_moment_are_counted_and_deleted_in_parts(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.do(lambda work: add_entries(work.connection, [an_entry(number) for number in range(5)]))
    moment = NOW + timedelta(minutes=3)
    monkeypatch.setattr(reads, "PART", 2)
    assert world.read(count_before, moment) == 3
    deleted = [world.do(lambda work: delete_before(work.connection, moment)) for _ in range(3)]
    assert deleted == [2, 1, 0]
    assert listed(world) == ["r-4", "r-3"]


def test_on_postgresql_readers_are_kept_from_the_record(postgres_url: str) -> None:
    store = open_store(postgres_url)

    def work(session: Session) -> object:
        session.announce({1: Sight()})
        return session.connection.execute(select(audit)).all()

    with pytest.raises(ProgrammingError, match="permission denied for table audit"):
        store.query_now(work)
    store.close()
