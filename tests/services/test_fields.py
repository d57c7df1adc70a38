"""Further machines and fields, from the file to the database, by the people whom the rules let."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from server.domain.commands import Options
from server.domain.errors import AlreadyExistsError, InputProblemsError, MatchkeeperError, NotFoundError
from server.engine.facts import Kind, Ref
from server.services.due import Timetable
from server.store.database import Store
from tests.services.club import START, Club

DONE = Options()


@pytest.fixture
def club(store: Store) -> Club:
    return Club(store)


def told(act: Callable[[], Any]) -> list[tuple[tuple[str, ...], str]]:
    """What is wrong, by path."""
    with pytest.raises(InputProblemsError) as caught:
        act()
    return [(problem.path, problem.text) for problem in caught.value.problems]


def test_a_new_record_begins_in_every_machine_that_its_program_declares(club: Club) -> None:
    user, persona = club.join("ann", "MENTOR")
    record = club.known(user).records[user]
    assert record.statuses == {
        "user_status": "APPLICATION_INCOMPLETE",
        "background_check": "NONE",
        "training": "OPEN",
    }
    assert record.since["background_check"] > START
    assert "background_check" not in club.known(user).records[persona].statuses


def test_a_further_machine_moves_by_its_own_transitions_and_its_history_is_kept(club: Club) -> None:
    user, _ = club.join("ann", "MENTOR")
    done = club.perform("order_check", user)
    assert [(c.machine, c.before, c.after) for c in done.changes] == [("background_check", "NONE", "ORDERED")]
    assert club.known(user).records[user].statuses["background_check"] == "ORDERED"
    with pytest.raises(MatchkeeperError):
        club.perform("order_check", user)
    assert club.known(user).records[user].statuses["background_check"] == "ORDERED"


def test_a_record_from_before_the_machine_stands_where_it_starts(club: Club) -> None:
    user, _ = club.join("ann", "MENTOR")
    club.store.mutate_now(
        lambda session: session.act(lambda work: work.connection.exec_driver_sql("DELETE FROM declared_statuses"))
    )
    record = club.known(user).records[user]
    assert record.statuses["background_check"] == "NONE"
    assert "background_check" not in record.since
    club.perform("order_check", user)
    assert club.known(user).records[user].statuses["background_check"] == "ORDERED"


def test_effects_set_fields_of_the_subject_and_of_its_relatives(club: Club) -> None:
    user, persona = club.join("ann", "MENTOR")
    club.set(user, badge=("A-1",))
    club.perform("order_check", user)
    club.perform("pass_check", user)
    assert club.values(user) == {"badge": "A-1", "checked_on": "2026-03-01"}
    assert club.values(persona) == {"capacity": "2"}


def test_a_value_that_is_there_stays_where_the_file_says_only_if_empty(club: Club) -> None:
    user, persona = club.join("ann", "MENTOR")
    club.set(user, badge=("A-1",))
    club.set(persona, capacity=("5",))
    club.perform("order_check", user)
    club.perform("pass_check", user)
    assert club.values(persona) == {"capacity": "5"}


def test_a_condition_on_a_field_blocks_with_the_value_seen(club: Club) -> None:
    user, _ = club.join("ann", "MENTOR")
    club.perform("order_check", user)
    offers = club.store.query_now(
        lambda session: club.offers.of(session, club.caller("PROGRAM_ADMIN"), club.program, [user])
    )
    (button,) = [offer for offer in offers[user] if offer.transition.id == "pass_check"]
    assert [(b.code, b.text, b.seen) for b in button.blockers] == [
        ("BADGE", "Give the person a badge first.", (("badge", "nothing"),))
    ]


def test_values_are_kept_in_their_canonical_form_and_each_once(club: Club) -> None:
    _, persona = club.join("ann", "MENTOR")
    club.set(persona, capacity=(" 007 ",), languages=("DE", "EN", "DE"))
    assert club.values(persona) == {"capacity": "7", "languages": ("DE", "EN")}
    club.set(persona, capacity=(), languages=("FR",))
    assert club.values(persona) == {"languages": ("FR",)}


def test_setting_fields_is_an_act_of_history_that_leaves_the_status_as_it_is(club: Club) -> None:
    user, _ = club.join("ann", "MENTOR")
    done = club.set(user, badge=("A-1",), checked_on=("2026-02-01",))
    (change,) = done.changes
    assert (change.transition, change.machine, change.before, change.after) == (
        "update_fields",
        "user_status",
        "APPLICATION_INCOMPLETE",
        "APPLICATION_INCOMPLETE",
    )
    assert change.answers == {"badge": "A-1", "checked_on": "2026-02-01"}


def test_everything_that_is_wrong_with_the_values_is_told_at_once(club: Club) -> None:
    user, persona = club.join("ann", "MENTOR")
    wrong = {"capacity": ("many",), "languages": ("EN", "XX"), "capacty": ("1",)}
    assert told(lambda: club.set(persona, **wrong)) == [
        (("fields", "capacity"), "many is no value of the type integer. Write a whole number, such as 3."),
        (("fields", "languages"), "XX is not one of the choices. There are: EN, DE, FR."),
        (
            ("fields", "capacty"),
            "A persona has no field capacty. Did you mean capacity? There are: capacity, languages.",
        ),
    ]
    assert told(lambda: club.set(user, buddy=("User-999",), checked_on=("1.2.2026",))) == [
        (("fields", "buddy"), "There is no User User-999, or you may not see it."),
        (("fields", "checked_on"), "1.2.2026 is no value of the type date. Write it as 2026-09-01."),
    ]
    assert told(lambda: club.set(user)) == [(("fields",), "Nothing is to be changed: send at least one field.")]
    assert told(lambda: club.set(persona, capacity=("1", "2"))) == [
        (("fields", "capacity"), "How many mentees at once takes at most 1 value(s).")
    ]
    assert (club.values(user), club.values(persona)) == ({}, {})


def test_each_field_is_set_by_those_whom_it_names(club: Club) -> None:
    user, persona = club.join("ann", "MENTOR")
    oneself = club.caller("PARTICIPANT", user)
    club.set(persona, by=oneself, languages=("EN",), capacity=("1",))
    assert told(lambda: club.set(user, by=oneself, badge=("mine",))) == [
        (("fields", "badge"), "Badge is set by: Program administrator.")
    ]
    assert told(lambda: club.set(persona, by=club.caller("PROGRAM_ADMIN"), capacity=("9",))) == [
        (("fields", "capacity"), "How many mentees at once is set by: Site staff, The mentor or mentee.")
    ]
    assert (club.values(user), club.values(persona)) == ({}, {"capacity": "1", "languages": ("EN",)})


@pytest.mark.parametrize("ref", [Ref(Kind.USER, 999), None])
def test_fields_of_somebody_unseen_are_those_of_nobody(club: Club, ref: Ref | None) -> None:
    ann, _ = club.join("ann", "MENTOR")
    bob, _ = club.join("bob", "MENTOR")
    with pytest.raises(NotFoundError) as caught:
        club.set(ref or bob, by=club.caller("PARTICIPANT", ann), badge=("x",))
    assert caught.value.message == f"There is no User User-{(ref or bob).id}, or you may not see it."


def test_a_unique_value_belongs_to_one_record(club: Club) -> None:
    ann, _ = club.join("ann", "MENTOR")
    bob, _ = club.join("bob", "MENTOR")
    club.set(ann, badge=("A-1",))
    with pytest.raises(AlreadyExistsError):
        club.set(bob, badge=("a-1",))
    assert club.values(bob) == {}
    club.set(ann, badge=("A-1",))
    club.set(ann, badge=())
    club.set(bob, badge=("a-1",))
    assert club.values(bob) == {"badge": "a-1"}


def test_a_field_that_is_set_wakes_what_waits_for_it_in_the_same_act(club: Club) -> None:
    ann, _ = club.join("ann", "MENTOR")
    done = club.set(ann, trained=("true",))
    assert [(c.transition, c.machine, c.after, c.by_platform) for c in done.changes] == [
        ("update_fields", "user_status", "APPLICATION_INCOMPLETE", False),
        ("train", "training", "DONE", True),
    ]
    assert done.changes[1].caused_by == done.changes[0].id
    assert len({change.act_id for change in done.changes}) == 1


def test_an_event_moves_a_further_machine(club: Club) -> None:
    ann, _ = club.join("ann", "MENTOR")
    boss = club.caller("PROGRAM_ADMIN")
    done = club.act(club.changes.send_event, "training.finished", ann, answers={}, options=Options(), by=boss)
    assert [(c.transition, c.machine, c.after) for c in done.changes] == [("report_in", "training", "DONE")]
    with pytest.raises(MatchkeeperError):
        club.act(club.changes.send_event, "training.finished", ann, answers={}, options=Options(), by=boss)
    assert club.known(ann).records[ann].statuses["training"] == "DONE"


def test_time_passes_in_a_further_machine_too(club: Club) -> None:
    ann, _ = club.join("ann", "MENTOR")
    bob, _ = club.join("bob", "MENTOR")
    club.set(ann, trained=("true",))
    due = Timetable(club.book, club.clock)
    club.now += timedelta(days=364)
    assert club.act(due.run, "club").changes == ()
    club.now += timedelta(days=2)
    changes = club.act(due.run, "club").changes
    assert [(c.transition, c.subject_id) for c in changes] == [("outgrow", ann.id)]
    assert club.known(ann).records[ann].statuses["training"] == "OLD"
    assert club.values(ann) == {"trained": "false"}
    assert club.known(bob).records[bob].statuses["training"] == "OPEN"


def test_a_dry_run_writes_nothing(club: Club) -> None:
    ann, _ = club.join("ann", "MENTOR")
    done = club.set(ann, options=Options(dry_run=True), badge=("A-1",))
    assert done.dry_run
    assert [(s.field, s.values) for s in done.plan.settings] == [("badge", ("A-1",))]
    assert club.values(ann) == {}


def test_setting_a_field_makes_the_record_newer(club: Club) -> None:
    ann, _ = club.join("ann", "MENTOR")
    club.set(ann, options=Options(expected_version=1), badge=("A-1",))
    with pytest.raises(MatchkeeperError) as caught:
        club.set(ann, options=Options(expected_version=1), badge=("A-2",))
    assert caught.value.code == "VERSION_CONFLICT"
    assert club.values(ann) == {"badge": "A-1"}


def ready(club: Club, name: str, role: str) -> tuple[Ref, Ref]:
    user, persona = club.join(name, role)
    for transition in ("finish_application", "activate"):
        club.perform(transition, user)
    return user, persona


def test_how_many_open_matches_a_mentor_may_have_is_what_a_field_says(club: Club) -> None:
    user, mentor = ready(club, "ann", "MENTOR")
    club.set(user, badge=("A-1",))
    club.perform("order_check", user)
    club.perform("pass_check", user)
    club.set(mentor, capacity=("1",))
    _, one = ready(club, "kim", "MENTEE")
    club.perform("match", mentor, partner=one)
    assert club.known(mentor).records[mentor].statuses["match_status"] == "MATCHED"
    club.set(mentor, capacity=("0",))
    _, two = ready(club, "lou", "MENTEE")
    with pytest.raises(MatchkeeperError) as caught:
        club.perform("match", mentor, partner=two)
    codes = {blocker.code for blocker in caught.value.refused.refusal.blockers}  # type: ignore[attr-defined]
    assert {"NO_OPEN_PLACE", "SPARE_TIME"} <= codes
