"""Rules that drop a status in which there are people: refused, or the people are moved in the same act."""

import re
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from sqlalchemy import func, select

from server.engine.ruleset import Ruleset
from server.rules.loader import load_text
from server.services import relocating
from server.services.rulebook import Rulebook, open_rulebook
from server.services.stranding import StrandedError
from server.store.database import Store, open_store
from server.store.tables import act_texts, acts, matches, personas, status_changes
from server.store.verify import verify
from tests.rules.builders import SHIPPED
from tests.services.school import GOODBYE, School
from tests.store.builders import counting_statements

TEXT = SHIPPED.read_text("utf-8")
RENAMED = re.sub(r"\bMATCHED\b", "PAIRED", TEXT)
BOTH_RENAMED = re.sub(r"\bOPEN\b", "RUNNING", RENAMED)
MOVED = "moved: {match_status: {MATCHED: PAIRED}}\n"


@cache
def rules(text: str) -> Mapping[str, Ruleset]:
    return load_text(text, "transitions.yaml", examined=False).rulesets


def taken(school: School, text: str, before: Rulebook | None = None) -> Rulebook:
    """What another process makes of an edit, or this one if it was under ``before``."""
    previous = {"default": school.book.rulesets()["default"]}
    now = school.clock()
    return school.store.mutate_now(
        lambda session: open_rulebook(session, rules(text), now, before=before, previous=previous)
    )


def statuses(school: School) -> list[str]:
    return school.store.query_now(
        lambda session: list(session.connection.scalars(select(personas.c.match_status).order_by(personas.c.id)))
    )


def rows(school: School) -> tuple[int, ...]:
    counted = (select(func.count()).select_from(table) for table in (acts, status_changes))
    return school.store.query_now(lambda session: tuple(session.connection.scalar(each) or 0 for each in counted))


def refused(school: School, text: str) -> list[tuple[str, int, str]]:
    """Line, code and message of everything for which an edit is refused; and that nothing was written."""
    before, there = rows(school), statuses(school)
    with pytest.raises(StrandedError) as caught:
        taken(school, text)
    assert (rows(school), statuses(school)) == (before, there)
    return [(each.code, each.line, each.message) for each in caught.value.told["default"]]


@pytest.fixture
def small(sqlite_url: str, new_school: Callable[[Store], School]) -> Iterator[School]:
    """What does not differ among databases."""
    store = open_store(sqlite_url)
    yield new_school(store)
    store.close()


def test_a_status_with_people_in_it_cannot_be_dropped(school: School) -> None:
    ((code, line, message),) = refused(school, RENAMED)
    assert code == "stranded"
    assert message == (
        "6 personas in Matched (Mentee 3, Mentor 3) would be in no status: these rules have no MATCHED in match_status"
    )
    assert "statuses:" in RENAMED.splitlines()[line - 1]


def test_people_of_a_dropped_status_move_with_the_rules_and_history_says_so(school: School) -> None:
    before = rows(school)
    book = taken(school, RENAMED + MOVED)
    assert statuses(school).count("PAIRED") == 6
    assert book.problems("default") == ()
    assert rows(school) == (before[0] + 1, before[1] + 6)
    old, new = school.book.rulesets()["default"].revision, book.rulesets()["default"].revision
    found = school.store.query_now(lambda session: session.connection.execute(LAST).all())
    assert {tuple(row) for row in found} == {
        (
            "MATCHED", "PAIRED", "moved", True, "The platform itself", new,
            f"The rules have no Match Status Matched any more; whoever was in it is moved to Matched"
            f" (rules {old} -> {new}).",
        )
    }  # fmt: skip
    people = school.store.query_now(lambda session: session.connection.execute(VERSIONS).all())
    assert {since.isoformat() for status, since in people if status == "PAIRED"} == {school.now.isoformat()}


LAST = (
    select(
        status_changes.c.before,
        status_changes.c.after,
        status_changes.c.transition,
        status_changes.c.by_platform,
        act_texts.c.actor_name,
        acts.c.revision,
        act_texts.c.note,
    )
    .join(acts, acts.c.id == status_changes.c.act_id)
    .join(act_texts, act_texts.c.act_id == acts.c.id)
    .where(acts.c.name == "moved")
)
VERSIONS = select(personas.c.match_status, personas.c.match_status_since)


@pytest.mark.parametrize("chunk", [2, 200])
def test_machines_that_are_renamed_together_break_no_invariant_on_the_way(
    school: School, store_url: str, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr(relocating, "CHUNK", chunk)
    moved = "moved: {pair_status: {OPEN: RUNNING}, match_status: {MATCHED: PAIRED}}\n"
    taken(school, BOTH_RENAMED + moved)
    places = school.store.query_now(lambda session: session.connection.execute(PLACES).all())
    assert [tuple(row) for row in places] == [("RUNNING", 1, 1)] * 3
    found, _ = verify(store_url, {school.program: frozenset({"RUNNING"})})
    assert found == []


PLACES = select(matches.c.pair_status, matches.c.mentor_place, matches.c.mentee_place)


def test_a_closed_match_keeps_the_answers_of_its_closing_form(small: School) -> None:
    small.perform("close_match", small.inner, answers=GOODBYE)
    act = select(matches.c.status_act_id).where(matches.c.id == small.inner.id)
    before = small.store.query_now(lambda session: session.connection.scalar(act))
    taken(
        small,
        re.sub(r"\bCLOSED\b", "ENDED", TEXT) + "moved: {match_status: {CLOSED: ENDED}, pair_status: {CLOSED: ENDED}}\n",
    )
    status = select(matches.c.pair_status).where(matches.c.id == small.inner.id)
    assert small.store.query_now(lambda session: session.connection.scalar(status)) == "ENDED"
    assert small.store.query_now(lambda session: session.connection.scalar(act)) == before


def test_people_whom_the_goal_does_not_suit_keep_the_edit_out_of_force(small: School) -> None:
    told = refused(small, RENAMED + "moved: {match_status: {MATCHED: NOT_MATCHING}}\n")
    assert ("cannot-move", len((RENAMED + MOVED).splitlines()), WRONG_ROLE) in told


WRONG_ROLE = "3 of those in MATCHED cannot go to NOT_MATCHING: This status is only for: Mentee."


def test_people_are_not_moved_where_an_invariant_would_be_broken(small: School) -> None:
    told = refused(small, RENAMED + "moved: {match_status: {MATCHED: RTBM}}\n")
    assert told == [
        (
            "cannot-move",
            len((RENAMED + MOVED).splitlines()),
            "3 of those in MATCHED cannot go to RTBM: Both sides of an open match are Matched.",
        )
    ]


def test_a_status_without_a_way_out_any_more_is_refused_while_anybody_is_in_it(small: School) -> None:
    stuck = TEXT.replace("    from: MATCHED\n", "    from: CLOSED\n")
    ((code, line, message),) = refused(small, stuck)
    assert code == "stranded"
    assert "MATCHED:" in stuck.splitlines()[line - 1]
    assert message == (
        "6 personas in Matched (Mentee 3, Mentor 3) would have no way on any more: nothing leads out of it"
    )


def test_a_second_process_finds_everybody_moved_and_who_came_late_is_moved_then(school: School) -> None:
    taken(school, RENAMED + MOVED)
    before = rows(school)
    taken(school, RENAMED + MOVED, before=school.book)
    assert rows(school) == before
    # A process that is still under the old rules has matched two people meanwhile.
    ida, jon = school.ready("ida", "MENTOR", "north"), school.ready("jon", "MENTEE", "north")
    school.match(ida, jon)
    assert statuses(school).count("MATCHED") == 2
    taken(school, RENAMED + MOVED, before=school.book)
    assert statuses(school).count("MATCHED") == 0
    assert statuses(school).count("PAIRED") == 8


def test_two_processes_that_follow_at_once_move_everybody_once(school: School, store_url: str) -> None:
    before, now = rows(school), school.clock()
    previous = {"default": school.book.rulesets()["default"]}
    edited = rules(RENAMED + MOVED)

    def process(_: int) -> Rulebook:
        store = open_store(store_url)
        try:
            return store.mutate_now(
                lambda session: open_rulebook(session, edited, now, before=school.book, previous=previous)
            )
        finally:
            store.close()

    with ThreadPoolExecutor(2) as pool:
        books = list(pool.map(process, range(2)))
    assert [book.problems("default") for book in books] == [(), ()]
    assert rows(school) == (before[0] + 1, before[1] + 6)
    assert statuses(school).count("PAIRED") == 6


def test_who_strays_into_a_dropped_status_afterwards_is_told_of_but_takes_no_rules_out_of_force(small: School) -> None:
    for match in (small.inner, small.across, small.outer):
        small.perform("close_match", match, answers=GOODBYE)
    taken(small, RENAMED)
    ida, jon = small.ready("ida", "MENTOR", "north"), small.ready("jon", "MENTEE", "north")
    small.match(ida, jon)
    book = taken(small, RENAMED, before=small.book)
    (told,) = book.problems("default")
    assert (told.severity, told.code) == ("warning", "stranded")
    assert told.message.startswith("2 personas in Matched (Mentee 1, Mentor 1) would be in no status")


def test_however_many_people_there_are_the_count_takes_the_same_statements(school: School) -> None:
    def counted() -> int:
        with counting_statements() as seen, pytest.raises(StrandedError):
            taken(school, RENAMED)
        return len(seen)

    few = counted()
    for number in range(4):
        school.match(school.ready(f"m{number}", "MENTOR", "north"), school.ready(f"n{number}", "MENTEE", "south"))
    assert counted() == few
