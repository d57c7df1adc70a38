"""Outcomes from the file to the database: where an act leads, what it remembers, and when it writes nothing."""

import pytest

from server.domain.commands import Options
from server.domain.errors import InputProblemsError, TransitionRefusedError
from server.domain.filters import HistoryFilter
from server.engine.facts import Ref
from server.services.bulk import Bulk
from server.services.partners import Wish
from server.store.database import Store
from server.store.history import changes_total
from tests.outcomes import RULES
from tests.services.club import BOSS, Club

PLAIN = Options()


def program(store: Store, key: str) -> Club:
    return Club(store, RULES, key)


def status(club: Club, person: Ref) -> str:
    return club.known(person).records[person].statuses["user_status"]


def written(club: Club) -> int:
    """How many rows of history there are."""
    return club.store.query_now(
        lambda session: changes_total(session.connection, club.program, HistoryFilter()).count,
    )


def test_the_status_before_is_read_from_history(store: Store) -> None:
    club = program(store, "breaks")
    person, _ = club.join("ann", "MENTOR")
    club.perform("finish_application", person)
    club.perform("pause", person)
    club.act(club.people.update_user, person, {"name": "Ann"}, PLAIN)  # a row that moves nothing
    done = club.perform("resume", person)
    assert [(c.before, c.after) for c in done.changes] == [("PAUSED", "SCREENING_INCOMPLETE")]


def test_a_second_click_writes_nothing_and_is_no_error(store: Store) -> None:
    club = program(store, "breaks")
    person, _ = club.join("ann", "MENTOR")
    club.perform("pause", person)
    rows, version = written(club), club.known(person).records[person].since
    for options in (PLAIN, Options(dry_run=True)):
        again = club.perform("pause", person, options=options)
        assert (again.subject, again.changes, again.created, again.plan.changes) == (person, (), (), ())
    assert (written(club), club.known(person).records[person].since) == (rows, version)


def test_a_wrong_status_stays_an_error(store: Store) -> None:
    club = program(store, "breaks")
    person, _ = club.join("ann", "MENTOR")
    club.perform("withdraw", person)
    with pytest.raises(TransitionRefusedError) as refused:
        club.perform("pause", person)
    assert [blocker.code for blocker in refused.value.refused.refusal.blockers] == ["WRONG_STATUS"]
    assert status(club, person) == "INACTIVE_WITHDRAWN"


def test_a_note_that_is_too_long_is_an_error_also_where_nothing_would_be_written(store: Store) -> None:
    club = program(store, "breaks")
    person, _ = club.join("ann", "MENTOR")
    club.perform("pause", person)
    with pytest.raises(InputProblemsError):
        club.perform("pause", person, options=Options(note="x" * 2_001))


def test_in_bulk_what_is_quiet_is_neither_refused_nor_counted_as_changed(store: Store) -> None:
    club = program(store, "breaks")
    people = [club.join(name, "MENTOR")[0] for name in ("ann", "bob")]
    club.perform("pause", people[0])
    wishes = [Wish("pause", person, {}, PLAIN) for person in people]
    bulk = Bulk(club.changes)
    outcomes = club.store.mutate_now(lambda session: bulk.perform(session, BOSS, wishes, together=True))
    assert [(o.plan.kept, len(o.changes)) for o in outcomes if not isinstance(o, Exception)] == [
        (people[0], 0),
        (None, 1),
    ]


def test_the_record_that_is_there_already_is_the_answer(store: Store) -> None:
    club = program(store, "once")
    person, persona = club.join("ann", "MENTOR")
    club.act(club.changes.perform_to, person, "user_status", "SCREENING_INCOMPLETE", answers={}, options=PLAIN)
    club.act(club.changes.perform_to, person, "user_status", "ACTIVE", answers={}, options=PLAIN)
    rows = written(club)
    again = club.perform("make_rescreening", person, role="MENTOR")
    assert (again.subject, again.created, again.changes) == (persona, (), ())
    assert written(club) == rows
    made = club.perform("make_rescreening", person, role="MENTEE")
    assert made.subject == made.created[0] != persona


def test_a_status_asked_for_finds_the_transition_by_any_of_its_targets(store: Store) -> None:
    club = program(store, "verdict")
    person, _ = club.join("ann", "MENTOR")
    club.perform("finish_application", person)
    asked = {"answers": {"verdict": "NO_PLACE"}, "options": PLAIN}
    done = club.act(club.changes.perform_to, person, "user_status", "WAITING_LIST", **asked)
    assert [(c.transition, c.after) for c in done.changes] == [("decide_screening", "WAITING_LIST")]


def test_answers_that_lead_elsewhere_than_the_status_asked_for_are_refused(store: Store) -> None:
    club = program(store, "verdict")
    person, _ = club.join("ann", "MENTOR")
    club.perform("finish_application", person)
    asked = {"answers": {"verdict": "UNFIT"}, "options": PLAIN}
    with pytest.raises(InputProblemsError) as refused:
        club.act(club.changes.perform_to, person, "user_status", "WAITING_LIST", **asked)
    assert [problem.path for problem in refused.value.problems] == [("to",)]
    assert status(club, person) == "SCREENING_INCOMPLETE"


def test_a_new_record_begins_where_a_condition_says_and_an_older_one_where_none_does(store: Store) -> None:
    club = program(store, "courses")
    personas = [club.join(name, role)[1] for name, role in (("ann", "MENTOR"), ("bob", "MENTEE"))]
    known = club.known(*personas).records
    assert [known[ref].statuses["training"] for ref in personas] == ["NEEDED", "NOT_NEEDED"]
    club.store.mutate_now(
        lambda session: session.act(lambda work: work.connection.exec_driver_sql("DELETE FROM declared_statuses"))
    )
    known = club.known(*personas).records
    assert [known[ref].statuses["training"] for ref in personas] == ["NEEDED", "NEEDED"]


def test_what_an_effect_creates_has_its_fields(store: Store) -> None:
    club = program(store, "next_in_line")
    person, first = club.join("ann", "MENTOR")
    club.perform("withdraw", person)
    done = club.perform("welcome_back", person, answers={"why": "Asked to"})
    (made,) = done.created
    assert club.values(made) == {"reason": "Asked to", "rank": "7"}
    known = club.known(person).records
    assert [known[ref].statuses["turn"] for ref in (first, made)] == ["CALLED", "WAITS"]
