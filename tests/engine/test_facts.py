import pytest

from server.engine.facts import Facts, Kind, Ref, Situation
from tests.engine.builders import (
    NOW,
    a_match,
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    edited,
    pair,
    persona,
    two_people,
    user,
)


def test_a_ref_names_kind_and_number() -> None:
    assert Ref(Kind.PERSONA, 7) == persona(7)
    assert (Kind.USER, Kind.PERSONA, Kind.PAIR) == ("user", "persona", "pair")


def test_the_personas_of_a_user_come_in_creation_order_whatever_order_they_were_loaded_in() -> None:
    facts = a_world(a_persona(13), a_persona(11), a_user(1), a_persona(12))
    assert facts.personas == {user(1): (persona(11), persona(12), persona(13))}


def test_records_that_a_plan_creates_come_after_the_known_ones_in_the_order_of_their_making() -> None:
    facts = a_world(a_user(1), a_persona(-2), a_persona(-1), a_persona(11))
    assert facts.personas[user(1)] == (persona(11), persona(-1), persona(-2))


def test_a_pair_is_found_from_both_its_sides() -> None:
    facts = two_people("MATCHED", "MATCHED", a_match(22), a_match(21, "CLOSED"))
    assert facts.pairs == {persona(11): (pair(21), pair(22)), persona(12): (pair(21), pair(22))}


def test_a_situation_finds_what_the_facts_hold_and_nothing_else() -> None:
    situation = Situation(a_matched_world())
    found = situation.find(persona(11))
    assert found is not None
    assert found.statuses["match_status"] == "MATCHED"
    assert situation.find(persona(99)) is None
    assert situation.now == NOW
    assert [r.ref for r in situation.personas_of(user(1))] == [persona(11)]
    assert [r.ref for r in situation.pairs_of(persona(12))] == [pair(21)]
    assert situation.personas_of(user(99)) == ()
    assert situation.pairs_of(persona(99)) == ()


def test_asking_for_a_record_that_is_not_there_says_which() -> None:
    with pytest.raises(LookupError, match="persona 99 is not part of the facts"):
        Situation(two_people()).record(persona(99))


def test_a_move_changes_the_situation_and_leaves_the_facts_alone() -> None:
    facts = a_matched_world()
    situation = Situation(facts)
    situation.move(pair(21), "pair_status", "CLOSED", {}, "once")
    moved = situation.record(pair(21))
    assert (moved.statuses, moved.places) == ({"pair_status": "CLOSED"}, {})
    assert facts.records[pair(21)].statuses == {"pair_status": "OPEN"}
    assert facts.records[pair(21)].places == {"MENTOR": 1, "MENTEE": 1}


def test_a_move_of_one_machine_leaves_the_other_machines_of_the_record() -> None:
    situation = Situation(two_people())
    situation.move(persona(11), "persona_status", "INACTIVE", {}, "once")
    assert situation.record(persona(11)).statuses == {"persona_status": "INACTIVE", "match_status": "RTBM"}


def test_moving_a_record_that_is_not_there_is_an_error() -> None:
    with pytest.raises(LookupError, match="user 99"):
        Situation(two_people()).move(user(99), "user_status", "ACTIVE", {}, "once")


def test_added_personas_and_pairs_are_found_from_their_relatives_after_the_older_ones() -> None:
    situation = Situation(a_matched_world())
    situation.add(a_persona(-1, "RESCREENING"))
    situation.add(a_persona(-2, "RESCREENING"))
    situation.add(a_match(-3, "CLOSED"))
    assert [r.ref.id for r in situation.personas_of(user(1))] == [11, -1, -2]
    assert [r.ref.id for r in situation.pairs_of(persona(11))] == [21, -3]
    assert [r.ref.id for r in situation.pairs_of(persona(12))] == [21, -3]


def test_an_added_user_stands_alone() -> None:
    situation = Situation(a_world())
    situation.add(a_user(-1))
    assert situation.record(user(-1)).statuses == {"user_status": "ACTIVE"}
    assert situation.personas_of(user(-1)) == ()


def test_what_was_changed_is_told_in_the_order_of_the_first_change() -> None:
    situation = Situation(two_people())
    assert situation.changed() == ()
    situation.move(persona(12), "match_status", "MATCHED", {}, "once")
    situation.move(user(1), "user_status", "INACTIVE_WITHDRAWN", {}, "once")
    situation.move(persona(12), "match_status", "CLOSED", {}, "once")
    assert [(r.ref, *r.statuses.values()) for r in situation.changed()] == [
        (persona(12), "ACTIVE", "CLOSED"),
        (user(1), "INACTIVE_WITHDRAWN"),
    ]


def test_edited_facts_are_other_facts() -> None:
    facts = two_people()
    other = edited(facts, persona(11), statuses={"match_status": "CLOSED"})
    assert isinstance(other, Facts)
    assert other.records[persona(11)].statuses["match_status"] == "CLOSED"
    assert facts.records[persona(11)].statuses["match_status"] == "RTBM"
