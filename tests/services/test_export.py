"""Everything about one person, for the person: complete, and about nobody else."""

import json
from datetime import timedelta
from typing import Any

import pytest

from server.domain.access import FieldClass
from server.domain.actors import Caller
from server.domain.audit import AuditEntry, AuditFilter, AuditKind, Who
from server.domain.commands import Options
from server.domain.errors import NotFoundError
from server.engine.facts import Ref
from server.engine.ruleset import OWNER
from server.services import export as exporting
from server.services.export import Export
from server.store.database import Store
from server.store.erasure import clear_values_before
from server.store.reads import add_entries, entries_listed
from tests.services.club import START as START_OF_CLUB
from tests.services.club import Club
from tests.services.school import GOODBYE, START, School

PUBLIC = frozenset({FieldClass.PUBLIC})
OPERATOR = Caller("Command line", frozenset({OWNER}))


def exported(school: School, user: Ref) -> dict[str, Any]:
    service = Export(school.book, school.clock)
    document = school.act(service.everything, user.id, by=OPERATOR)
    return dict(json.loads(json.dumps(document)))


def test_a_mentee_is_told_everything_and_of_the_partner_the_first_name(school: School) -> None:
    by = school.oneself(school.ann)
    school.perform("close_match", school.inner, answers=GOODBYE, options=Options(note="moved away"))
    school.act(school.people.update_user, school.ann.user, {"name": "Ann Other"}, Options())
    seen = AuditEntry(AuditKind.READ, START, Who.of(by), "r-1", school.program, school.eve.user.id, PUBLIC)
    school.store.mutate_now(lambda session: session.act(lambda work: add_entries(work.connection, [seen])))
    told = exported(school, school.eve.user)
    assert {key: told["person"][key] for key in ("id", "program", "name", "email", "externalId", "erasedAt")} == {
        "id": "User-2",
        "program": "default",
        "name": "eve",
        "email": "eve@example.org",
        "externalId": "no-eve",
        "erasedAt": None,
    }
    assert [(persona["role"], persona["partnerSite"]) for persona in told["personas"]] == [
        ("MENTEE", "North"),
        ("MENTEE", None),
    ]
    (match,) = told["matches"]
    assert (match["id"], match["partner"]) == ("Match-1", {"firstName": "Ann", "role": "MENTOR"})
    assert match["answers"] == GOODBYE
    notes = {row["note"] for row in told["history"]}
    assert notes == {None, "note on eve", "moved away"}
    assert {row["subject"] for row in told["history"]} == {"User-2", "Persona-2", told["personas"][1]["id"], "Match-1"}
    assert told["readBy"] == [{"at": "2026-01-01T12:00:00+00:00", "kind": "read", "classes": ["public"], "by": "Ann"}]
    for stranger in ("bob", "sid", "Other", "ann@example.org"):
        assert stranger not in json.dumps(told)


def test_a_person_is_told_what_was_ever_entered_in_their_fields(store: Store) -> None:
    club = Club(store)
    user, persona = club.join("ann", "MENTOR")
    club.set(user, badge=("A-1",))
    club.set(persona, languages=("DE", "EN"))
    club.set(user, badge=())
    other, _ = club.join("bob", "MENTOR")
    club.set(other, badge=("B-1",))
    service = Export(club.book, club.clock)
    told = dict(json.loads(json.dumps(club.act(service.everything, user.id, by=OPERATOR))))["fieldChanges"]
    assert [(row["record"], row["field"], row["from"], row["to"]) for row in told] == [
        ("User-1", "badge", [], ["A-1"]),
        ("Persona-1", "languages", [], ["DE", "EN"]),
        ("User-1", "badge", ["A-1"], []),
    ]
    moment = (START_OF_CLUB + timedelta(minutes=2)).isoformat()
    assert told[0] == {**told[0], "act": "update_fields", "effectiveAt": moment, "recordedAt": moment}
    club.store.mutate_now(lambda s: s.act(lambda work: clear_values_before(work.connection, club.now)))
    (first, *_) = club.act(service.everything, user.id, by=OPERATOR)["fieldChanges"]
    assert (first["field"], first["from"], first["to"]) == ("badge", None, None)


def test_a_long_history_is_told_whole(school: School, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = exported(school, school.eve.user)["history"]
    monkeypatch.setattr(exporting, "PAGE", 2)
    assert exported(school, school.eve.user)["history"] == whole
    assert len(whole) > 4


def test_an_export_of_a_minor_stands_in_the_record_of_reads_and_of_others_does_not(school: School) -> None:
    for person in (school.eve, school.ann):
        exported(school, person.user)
    rows = school.store.query_now(lambda s: entries_listed(s.connection, AuditFilter(), None))
    assert [(row.who_name, row.entry.request_id, row.entry.person_id) for row in rows] == [
        ("Command line", "export", school.eve.user.id)
    ]


def test_whoever_does_not_exist_is_told_so(school: School) -> None:
    with pytest.raises(NotFoundError, match="There is no person User-99"):
        exported(school, Ref(school.eve.user.kind, 99))
