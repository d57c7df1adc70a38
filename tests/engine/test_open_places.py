from dataclasses import replace
from typing import Any

import pytest

from server.engine.derived import Arithmetic, Counted
from server.engine.facts import Kind, Record
from server.engine.plan import Blocker, Request
from server.engine.ruleset import Field
from tests.engine.builders import (
    a_closed_world,
    a_match,
    a_matched_world,
    a_persona,
    a_user,
    ask,
    codes,
    edited,
    pair,
    persona,
    planned,
    refused,
    two_people,
)
from tests.engine.flow import FLOW, changed, with_open_pairs, with_transition
from tests.engine.words import a_transition, at, is_, number, path


def matching(**more: Any) -> Request:
    return ask("match", persona(11), partner=persona(12), **more)


# Open places ---------------------------------------------------------------------------


def a_busy_mentor(places: int = 1) -> tuple[Record, ...]:
    return (
        a_user(3),
        a_persona(13, "MATCHED", of=3, role="MENTEE"),
        a_match(22, mentee=13, places={"MENTOR": places, "MENTEE": 1}),
    )


def test_a_persona_without_an_open_place_is_named() -> None:
    facts = two_people("MATCHED", "RTBM", *a_busy_mentor())
    refusal = refused(matching(), facts, with_open_pairs(1))
    assert refusal.blockers == (
        Blocker("NO_OPEN_PLACE", "The mentor already has 1 open match(es): close one first.", persona(11), at(207)),
    )


def test_both_sides_can_be_without_an_open_place() -> None:
    facts = a_matched_world()
    assert codes(refused(matching(), facts, with_open_pairs(1)).blockers) == ["NO_OPEN_PLACE", "NO_OPEN_PLACE"]


def test_a_new_match_takes_the_first_place_on_each_side() -> None:
    assert [change.places for change in planned(matching(), two_people()).changes] == [
        {"MENTOR": 1, "MENTEE": 1},
        {},
        {},
    ]


@pytest.mark.parametrize("limit", [3, None])
@pytest.mark.parametrize(("taken", "free"), [(1, 2), (2, 1), (3, 1)])
def test_where_several_matches_may_be_open_the_smallest_free_place_is_taken(
    limit: int | None, taken: int, free: int
) -> None:
    facts = two_people("MATCHED", "RTBM", *a_busy_mentor(taken))
    plan = planned(matching(), facts, with_open_pairs(limit))
    assert plan.changes[0].places == {"MENTOR": free, "MENTEE": 1}


@pytest.mark.parametrize(("limit", "allowed"), [(1, False), (2, False), (3, True), (None, True)])
def test_a_limit_is_a_limit_and_no_limit_is_none(limit: int | None, allowed: bool) -> None:
    facts = two_people("MATCHED", "RTBM", *a_busy_mentor(1), a_match(23, mentee=14, places={"MENTOR": 2}))
    rules = with_open_pairs(limit)
    if allowed:
        assert planned(matching(), facts, rules).changes[0].places == {"MENTOR": 3, "MENTEE": 1}
    else:
        assert codes(refused(matching(), facts, rules).blockers) == ["NO_OPEN_PLACE"]


def test_closing_and_deleting_free_the_places() -> None:
    answers = {"close_reason": "LENGTH", "mentor_rematch": "NO", "mentee_rematch": "NO"}
    closed = planned(ask("close_match", pair(21), answers=answers), a_matched_world())
    deleted = planned(ask("delete_match", pair(21), confirmed=frozenset({"MADE_IN_ERROR"})), a_matched_world())
    assert (closed.changes[0].places, deleted.changes[0].places) == ({}, {})


def test_opening_again_takes_a_place_again() -> None:
    assert planned(ask("open_match", pair(21)), a_closed_world()).changes[0].places == {"MENTOR": 1, "MENTEE": 1}


def test_opening_again_takes_the_place_that_is_free_now() -> None:
    facts = edited(a_closed_world(*a_busy_mentor()), pair(22), statuses={"pair_status": "OPEN"})
    rules = with_open_pairs(3)
    assert planned(ask("open_match", pair(21)), facts, rules).changes[0].places == {"MENTOR": 2, "MENTEE": 1}


def test_opening_again_without_a_free_place_is_refused() -> None:
    facts = a_closed_world(*a_busy_mentor())
    refusal = refused(ask("open_match", pair(21)), facts)
    assert codes(refusal.blockers) == ["NO_OPEN_PLACE"]
    assert refusal.blockers[0].subject == persona(11)


def test_a_removed_match_takes_no_place() -> None:
    facts = two_people("RTBM", "RTBM", a_match(21, "DELETED"))
    assert planned(matching(), facts).changes[0].places == {"MENTOR": 1, "MENTEE": 1}


def test_from_one_open_status_to_another_a_pair_keeps_its_places() -> None:
    machine = FLOW.machines["pair_status"]
    paused = replace(machine.statuses["OPEN"], key="PAUSED", label="Paused", is_initial=False)
    rules = with_transition(a_transition("pause", "pair_status", "Pause", "OPEN", "PAUSED"))
    machines = {**rules.machines, "pair_status": replace(machine, statuses={**machine.statuses, "PAUSED": paused})}
    """Even where there would be none for it now, the limit being lower than it was."""
    facts = two_people("MATCHED", "MATCHED", a_match(21, places={"MENTOR": 2, "MENTEE": 1}), *a_busy_mentor())
    plan = planned(ask("pause", pair(21)), facts, replace(rules, machines=machines))
    assert plan.changes[0].places == {"MENTOR": 2, "MENTEE": 1}


def test_a_pair_in_a_status_that_the_rules_no_longer_know_may_take_the_place_it_still_holds() -> None:
    rules = changed("open_match", sources=frozenset({"PAUSED"}))
    facts = edited(two_people("CLOSED", "CLOSED", a_match()), pair(21), statuses={"pair_status": "PAUSED"})
    plan = planned(ask("open_match", pair(21)), facts, rules)
    assert plan.changes[0].places == {"MENTOR": 1, "MENTEE": 1}


def test_a_limit_can_be_a_number_that_is_worked_out() -> None:
    """Here a mentor takes one more than they have closed; of a mentee there is no limit."""
    closed = Counted(path("matches"), is_("pair_status", "CLOSED"))
    limit = Field("limit", "Limit", Kind.PERSONA, "integer", "staff", frozenset(), formula=plus_one(closed))
    rules = replace(with_open_pairs("limit", None), derived={"limit": limit})
    busy = two_people("MATCHED", "RTBM", *a_busy_mentor())
    assert codes(refused(matching(), busy, rules).blockers) == ["NO_OPEN_PLACE"]
    proven = two_people("MATCHED", "RTBM", *a_busy_mentor(), a_match(23, "CLOSED", mentee=14))
    assert planned(matching(), proven, rules).changes[0].places == {"MENTOR": 2, "MENTEE": 1}


def plus_one(formula: Counted) -> Arithmetic:
    return Arithmetic("plus", (formula, number(1)))
