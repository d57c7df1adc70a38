from dataclasses import replace
from typing import Any

import pytest

from server.engine.conditions import Not
from server.engine.effects import Fire
from server.engine.facts import Facts, Kind, Record
from server.engine.plan import Creation, Problem, Request
from server.engine.questions import Question
from server.engine.ruleset import Ruleset
from tests.engine.builders import (
    GOODBYE,
    a_closed_world,
    a_match,
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    ask,
    edited,
    pair,
    persona,
    planned,
    refused,
    rows,
    two_people,
    user,
)
from tests.engine.flow import FLOW, changed, with_transition
from tests.engine.words import a_transition, answered, fire, is_, none, path, some


def following(*effects: Fire, rules: Ruleset = FLOW, **more: Any) -> Ruleset:
    """The rules with other effects of Reject."""
    return changed("reject", rules, effects=effects, **more)


def rejecting(**more: Any) -> Request:
    return ask("reject", user(1), **more)


def in_screening(*personas: Record) -> Facts:
    return a_world(a_user(1, "SCREENING_INCOMPLETE"), *personas)


# Targets and what is handed on ---------------------------------------------------------


def test_an_effect_without_a_subject_runs_on_the_record_that_moved() -> None:
    facts = a_world(a_user(), a_persona(11, "NOT_APPLICABLE", status="INACTIVE"))
    assert rows(planned(ask("reactivate_persona", persona(11)), facts)) == [
        "persona 11 INACTIVE>ACTIVE by reactivate_persona",
        "persona 11 NOT_APPLICABLE>RTBM by enter_pool <0",
    ]


def test_an_effect_on_somebody_who_is_not_there_does_nothing() -> None:
    rules = changed("inactivate_persona", effects=(fire("become_closed", subject="partner"),))
    assert len(planned(ask("inactivate_persona", persona(11)), two_people(), rules).changes) == 1


def test_an_effect_can_reach_the_partner() -> None:
    rules = changed("inactivate_persona", effects=(fire("become_closed", subject="partner"),), cautions=())
    rules = replace(rules, invariants=())
    assert rows(planned(ask("inactivate_persona", persona(11)), a_matched_world(), rules))[1:] == [
        "persona 12 MATCHED>CLOSED by become_closed <0"
    ]


def test_closing_with_maybe_creates_a_rescreening_persona_of_that_side() -> None:
    request = ask("close_match", pair(21), answers={**GOODBYE, "mentor_rematch": "MAYBE"})
    plan = planned(request, a_matched_world())
    assert rows(plan) == [
        "pair 21 OPEN>CLOSED by close_match",
        "persona 11 MATCHED>CLOSED by become_closed <0",
        "persona 12 MATCHED>CLOSED by become_closed <0",
        "persona -1 (new)>RESCREENING by make_rescreening <0",
        "persona -1 (new)>ACTIVE by make_rescreening <3",
    ]
    assert plan.creations == (Creation(persona(-1), Kind.PERSONA, {"user": user(1)}, "make_rescreening", "MENTOR"),)


def test_two_creations_get_two_numbers() -> None:
    answers = {**GOODBYE, "mentor_rematch": "YES", "mentee_rematch": "YES"}
    plan = planned(ask("close_match", pair(21), answers=answers), a_matched_world())
    assert [(creation.ref, creation.role) for creation in plan.creations] == [
        (persona(-1), "MENTOR"),
        (persona(-2), "MENTEE"),
    ]


@pytest.mark.parametrize("said", ["NO", "NO_ANSWER"])
def test_without_the_wish_to_go_on_nothing_is_created(said: str) -> None:
    plan = planned(ask("close_match", pair(21), answers={**GOODBYE, "mentor_rematch": said}), a_matched_world())
    assert plan.creations == ()


def test_who_has_a_persona_in_the_pool_already_gets_no_other() -> None:
    facts = edited(a_matched_world(a_persona(13, "RTBM")), persona(11), statuses={"persona_status": "INACTIVE"})
    plan = planned(ask("close_match", pair(21), answers={**GOODBYE, "mentor_rematch": "YES"}), facts)
    assert plan.creations == ()


def test_the_role_of_a_created_persona_can_be_read_from_a_path() -> None:
    rules = changed("become_closed", effects=(fire("make_rescreening", subject="user", role=path("role")),))
    plan = planned(ask("close_match", pair(21), answers=GOODBYE), a_matched_world(), rules)
    assert [(creation.role, creation.links["user"]) for creation in plan.creations] == [
        ("MENTOR", user(1)),
        ("MENTEE", user(2)),
    ]


def asking_why() -> Ruleset:
    """Leaving the pool asks why; with OTHER the persona is retired as well."""
    question = Question(FLOW.inputs["close_reason"], required=True)
    retire = fire("retire_surplus_persona", condition=answered("close_reason", "OTHER"))
    return changed("leave_pool", asks=(question,), effects=(retire,))


@pytest.mark.parametrize(("answer", "count"), [("OTHER", 3), ("LENGTH", 2)])
def test_an_effect_hands_on_answers(answer: str, count: int) -> None:
    rules = following(fire("leave_pool", each="personas", answers={"close_reason": answer}), rules=asking_why())
    assert len(planned(rejecting(), in_screening(a_persona(11)), rules).changes) == count


def test_an_answer_can_be_read_from_a_path() -> None:
    handed = {"close_reason": path("user_status"), "unused": path("partner_site")}
    rules = following(fire("leave_pool", each="personas", answers=handed), rules=asking_why())
    refusal = refused(rejecting(), in_screening(a_persona(11)), rules)
    assert [problem.text for problem in refusal.problems] == [
        "Why is the match being closed? INACTIVE_REJECTED is not one of the answers. "
        "One of LENGTH, MENTEE_INITIATED, MENTOR_INITIATED, OTHER."
    ]


def test_what_a_fired_transition_asks_and_nobody_answers_is_a_problem() -> None:
    rules = following(fire("leave_pool", each="personas"), rules=asking_why())
    refusal = refused(rejecting(), in_screening(a_persona(11), a_persona(12)), rules)
    assert refusal.problems == (
        Problem(
            ("answers", "close_reason"),
            "Please answer: Why is the match being closed? One of LENGTH, MENTEE_INITIATED, MENTOR_INITIATED, OTHER.",
        ),
    )


def test_the_answers_of_the_act_reach_what_it_fires() -> None:
    question = Question(FLOW.inputs["close_reason"], required=True)
    rules = following(fire("leave_pool", each="personas"), rules=asking_why(), asks=(question,))
    plan = planned(rejecting(answers={"close_reason": "OTHER"}), in_screening(a_persona(11)), rules)
    assert rows(plan)[1:] == [
        "persona 11 RTBM>NOT_APPLICABLE by leave_pool <0",
        "persona 11 ACTIVE>INACTIVE by retire_surplus_persona <1",
    ]


def test_opening_again_retires_whoever_waits_and_leaves_the_rest() -> None:
    facts = a_closed_world(
        a_persona(13, "RESCREENING"),
        a_persona(14, "CLOSED"),
        a_persona(15, "RTBM", role="MENTEE"),
        a_persona(16, "RTBM", status="INACTIVE"),
        a_persona(17, "RTBM", of=2, role="MENTEE"),
    )
    assert rows(planned(ask("open_match", pair(21)), facts)) == [
        "pair 21 CLOSED>OPEN by open_match",
        "persona 13 ACTIVE>INACTIVE by retire_surplus_persona <0",
        "persona 17 ACTIVE>INACTIVE by retire_surplus_persona <0",
        "persona 11 CLOSED>MATCHED by become_matched <0",
        "persona 12 CLOSED>MATCHED by become_matched <0",
    ]


def test_what_a_plan_created_is_seen_by_the_effects_after_it() -> None:
    seen = fire("retire_surplus_persona", each="personas", where=is_("match_status", "RESCREENING"))
    rules = changed("make_rescreening", requires=())
    rules = following(fire("make_rescreening", role="MENTEE"), seen, rules=rules)
    assert rows(planned(rejecting(), in_screening(), rules))[1:] == [
        "persona -1 (new)>RESCREENING by make_rescreening <0",
        "persona -1 (new)>ACTIVE by make_rescreening <1",
        "persona -1 ACTIVE>INACTIVE by retire_surplus_persona <0",
    ]


def test_a_new_match_is_seen_by_the_effects_of_its_making() -> None:
    partner_ready = is_("partner.match_status", "RTBM")
    rules = changed(
        "match",
        effects=(
            fire("become_matched", each="sides"),
            fire("retire_surplus_persona", each="sides", where=Not(partner_ready)),
        ),
    )
    plan = planned(ask("match", persona(11), partner=persona(12)), two_people(), rules)
    assert [change.subject for change in plan.changes[3:]] == [persona(11), persona(12)]


def test_a_match_can_be_reached_from_its_persona() -> None:
    rules = with_transition(
        a_transition(
            "quit",
            "match_status",
            "Quit",
            "MATCHED",
            "CLOSED",
            effects=(fire("dissolve", subject="match"), fire("become_closed", subject="partner")),
        ),
        a_transition("dissolve", "pair_status", "Dissolve", "OPEN", "CLOSED", allow=frozenset({"SYSTEM"})),
    )
    plan = planned(ask("quit", persona(12)), a_matched_world(), rules)
    assert rows(plan) == [
        "persona 12 MATCHED>CLOSED by quit",
        "pair 21 OPEN>CLOSED by dissolve <0",
        "persona 11 MATCHED>CLOSED by become_closed <0",
    ]
    assert plan.changes[1].places == {}


def test_effects_of_effects_name_the_change_that_brought_them_about() -> None:
    rules = changed("become_matched", effects=(fire("retire_surplus_persona", condition=is_("role", "MENTEE")),))
    facts = two_people()
    assert rows(planned(ask("match", persona(11), partner=persona(12)), facts, rules)) == [
        "pair -1 (new)>OPEN by match",
        "persona 11 RTBM>MATCHED by become_matched <0",
        "persona 12 RTBM>MATCHED by become_matched <0",
        "persona 12 ACTIVE>INACTIVE by retire_surplus_persona <2",
    ]


def test_lists_can_be_counted_in_the_middle_of_a_cascade() -> None:
    last = fire("retire_surplus_persona", each="personas", condition=none("personas", is_("match_status", "RTBM")))
    first = fire("retire_surplus_persona", each="personas", condition=some("personas", is_("match_status", "RTBM")))
    leave = fire("leave_pool", each="personas", where=is_("match_status", "RTBM"))
    facts = in_screening(a_persona(11))
    assert len(planned(rejecting(), facts, following(leave, last)).changes) == 3
    assert len(planned(rejecting(), facts, following(leave, first)).changes) == 2


def test_a_cascade_leaves_the_facts_as_they_were() -> None:
    facts = a_matched_world()
    before = dict(facts.records)
    planned(ask("close_match", pair(21), answers={**GOODBYE, "mentor_rematch": "YES"}), facts)
    assert facts.records == before
    assert facts.personas == {user(1): (persona(11),), user(2): (persona(12),)}
    assert facts.pairs == {persona(11): (pair(21),), persona(12): (pair(21),)}


def test_a_match_of_another_machine_is_untouched() -> None:
    third = (a_user(3), a_persona(13, "MATCHED", of=3, role="MENTEE"))
    facts = two_people("MATCHED", "MATCHED", *third, a_match(21), a_match(22, mentor=14, mentee=13))
    plan = planned(ask("close_match", pair(21), answers=GOODBYE), facts)
    assert {change.subject for change in plan.changes} == {pair(21), persona(11), persona(12)}
