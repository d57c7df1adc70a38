"""Corrections on both databases: kept from change, held to sight, handed out, and gone with whoever is erased."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from server.domain.commands import Options
from server.domain.errors import InputProblemsError, NotFoundError
from server.domain.filters import Window
from server.domain.history import NOTE
from server.services.correcting import Correcting, Words
from server.services.erasure import Erasure
from server.services.export import Export
from server.services.retention import Kept, tidy
from server.store.correction_tables import corrections, metadata
from server.store.history import changes_of
from tests.services.school import ANYBODY, GOODBYE, School

CANARY = "canary"
CHANGED = (
    "UPDATE corrections SET after = '[\"x\"]'",
    "UPDATE corrections SET corrects = 1, before = NULL, after = NULL",
    "DELETE FROM corrections",
)


@pytest.fixture
def noted(school: School) -> tuple[School, Any]:
    """The match of Ann and Eve was closed with a mistyped note, which was put right."""
    answers = {**GOODBYE, "mentor_rematch": "NO", "mentee_rematch": "NO", "close_comment": f"{CANARY} was"}
    done = school.perform("close_match", school.inner, answers=answers, options=Options(note=f"{CANARY} was"))
    change = done.changes[0]
    words = Words(f"{CANARY} is", True, {"close_comment": f"{CANARY} is", "close_reason": "OTHER"})
    correct(school, change.id, words)
    return school, change


def correct(school: School, change: int, words: Words, by: Any = ANYBODY) -> Any:
    correcting = Correcting(school.book, school.clock)
    return school.act(correcting.correct, change, words, Options(note=f"{CANARY} why"), by=by)


def parts(school: School, change: Any, by: Any = ANYBODY) -> list[tuple[str, str | None, str | None]]:
    found = school.read(by, lambda reader: reader.past.corrections_of([change.act_id]))
    return [(part.key, part.before, part.after) for part in found.get(change.act_id, ())]


def row(school: School, change: Any) -> Any:
    kind, number = school.inner.kind, school.inner.id
    found = school.store.query_now(lambda s: changes_of(s.connection, kind, [number], Window(limit=50))[number].rows)
    return next(each for each in found if each.id == change.id)


def everything(school: School) -> str:
    tables = metadata.sorted_tables
    return school.store.query_now(lambda s: "".join(str(s.connection.execute(select(t)).all()) for t in tables))


TOLD = [
    (NOTE, f"{CANARY} was", f"{CANARY} is"),
    ("close_comment", f"{CANARY} was", f"{CANARY} is"),
    ("close_reason", "LENGTH", "OTHER"),
]


def test_history_shows_the_right_words_and_its_own_rows_stay_as_they_are(noted: tuple[School, Any]) -> None:
    school, change = noted
    now = row(school, change)
    assert (now.note, now.answers["close_comment"], now.answers["close_reason"]) == (TOLD[0][2], TOLD[1][2], "OTHER")
    assert parts(school, change) == TOLD
    acts = "SELECT answers FROM acts WHERE id = :act"
    kept = school.store.query_now(lambda s: s.connection.execute(text(acts), {"act": change.act_id}).scalar_one())
    assert '"close_reason": "LENGTH"' in kept


@pytest.mark.parametrize("statement", CHANGED)
def test_a_correction_cannot_be_changed(noted: tuple[School, Any], statement: str) -> None:
    school, change = noted
    with pytest.raises(DBAPIError, match="history is append-only"):
        school.store.mutate_now(lambda s: s.act(lambda work: work.connection.exec_driver_sql(statement)))
    assert parts(school, change) == TOLD


def test_who_does_not_see_the_row_sees_no_correction_and_can_make_none(noted: tuple[School, Any]) -> None:
    school, change = noted
    before = school.dump()
    with pytest.raises(NotFoundError, match=f"There is no StatusChange StatusChange-{change.id}"):
        correct(school, change.id, Words("mine", True), by=school.south)
    assert school.dump() == before
    assert parts(school, change, school.north) == TOLD
    if school.store.keeps_watch():
        assert parts(school, change, school.south) == []


def test_who_is_erased_takes_the_words_along_and_nothing_is_written_about_them(noted: tuple[School, Any]) -> None:
    school, change = noted
    school.act(Erasure(school.book, school.clock).erase, school.ann.user.id)
    assert CANARY not in everything(school)
    assert parts(school, change) == [(key, None, None) for key, _, _ in TOLD]
    assert row(school, change).answers["close_reason"] == "OTHER"
    with pytest.raises(InputProblemsError, match="This person was erased"):
        correct(school, change.id, Words("again", True))
    assert CANARY not in everything(school)


def test_old_words_go_with_the_notes_of_their_time(noted: tuple[School, Any]) -> None:
    school, change = noted
    later = school.now + timedelta(days=10)
    done = school.store.mutate_now(lambda session: tidy(session, Kept(texts_days=9), later))
    assert done.texts > len(TOLD)
    assert parts(school, change) == [(key, None, None) for key, _, _ in TOLD]
    assert row(school, change).answers["close_reason"] == "OTHER"


def test_an_export_tells_what_was_put_right(noted: tuple[School, Any]) -> None:
    school, change = noted
    document = school.act(Export(school.book, school.clock).everything, school.ann.user.id)
    (told,) = [each for each in document["history"] if each["id"] == f"StatusChange-{change.id}"]
    assert [(each["part"], each["before"], each["after"]) for each in told["corrections"]] == [
        ("note", *TOLD[0][1:]),
        ("answers.close_comment", *TOLD[1][1:]),
        ("answers.close_reason", *TOLD[2][1:]),
    ]


def test_the_second_correction_begins_where_the_first_left_it(noted: tuple[School, Any]) -> None:
    school, change = noted
    correct(school, change.id, Words(None, True))
    assert parts(school, change)[-1] == (NOTE, f"{CANARY} is", None)
    assert row(school, change).note is None
    columns = (corrections.c.corrects, corrections.c.act_id)
    by = school.store.query_now(lambda s: s.connection.execute(select(*columns).distinct()).all())
    assert {corrects for corrects, _ in by} == {change.act_id}
    assert len(by) == 2
