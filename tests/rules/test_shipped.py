"""What the shipped files say, tried on the engine: the rows of the domain that are easy to get wrong."""

import pytest

from server.engine.facts import Kind, Ref
from tests.engine.builders import (
    a_closed_world,
    a_match,
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    ask,
    codes,
    edited,
    persona,
    planned,
    refused,
    rows,
    two_people,
    user,
)
from tests.shipped import RULES

DEFAULT, POST_SECONDARY = RULES["default"], RULES["post_secondary"]
MATCH = Ref(Kind.PAIR, 21)
CLOSING = {"close_reason": "OTHER", "mentor_rematch": "NO", "mentee_rematch": "NO"}


def test_every_status_has_a_description_and_a_category_with_a_colour():
    statuses = [status for machine in DEFAULT.machines.values() for status in machine.statuses.values()]
    assert len(statuses) == 17
    assert all(status.description for status in statuses)
    assert {status.colour for status in statuses} == {"dark-blue", "light-blue", "green"}


def test_every_transition_has_help():
    assert [transition.id for transition in DEFAULT.transitions.values() if not transition.help] == []


def test_the_closing_form_has_three_required_questions():
    asked = DEFAULT.transitions["close_match"].asks
    assert [question.input.key for question in asked if question.required] == [
        "close_reason",
        "mentor_rematch",
        "mentee_rematch",
    ]
    assert [question.input.key for question in asked if not question.required] == [
        "close_sub_reason",
        "close_comment",
        "staff_opinion",
    ]


def test_activation_takes_every_waiting_persona_into_the_pool():
    world = a_world(a_user(1, "SCREENING_INCOMPLETE"), a_persona(11, "NOT_APPLICABLE"))
    assert rows(planned(ask("activate", user(1)), world, DEFAULT)) == [
        "user 1 SCREENING_INCOMPLETE>ACTIVE by activate",
        "persona 11 NOT_APPLICABLE>RTBM by enter_pool <0",
    ]


@pytest.mark.parametrize(("answer", "created"), [("YES", 1), ("MAYBE", 1), ("NO", 0), ("NO_ANSWER", 0)])
@pytest.mark.parametrize("side", ["mentor_rematch", "mentee_rematch"])
def test_closing_makes_a_rescreening_persona_for_whoever_goes_on(side, answer, created):
    plan = planned(ask("close_match", MATCH, answers={**CLOSING, side: answer}), a_matched_world(), DEFAULT)
    assert [creation.role for creation in plan.creations] == [side.removesuffix("_rematch").upper()] * created
    assert rows(plan)[:3] == [
        "pair 21 OPEN>CLOSED by close_match",
        "persona 11 MATCHED>CLOSED by become_closed <0",
        "persona 12 MATCHED>CLOSED by become_closed <0",
    ]


def test_closing_makes_no_persona_for_who_already_has_one_in_the_pool():
    other = edited(a_matched_world(a_persona(13, "MATCHED")), persona(11), statuses={"persona_status": "INACTIVE"})
    plan = planned(ask("close_match", MATCH, answers={**CLOSING, "mentor_rematch": "YES"}), other, DEFAULT)
    assert plan.creations == ()


def test_make_rtbm_needs_a_partner_site():
    world = a_world(a_user(1), a_persona(11, "RESCREENING", site=None))
    assert codes(refused(ask("make_rtbm", persona(11)), world, DEFAULT).blockers) == ["PLACED"]


def test_opening_again_retires_the_personas_that_wait():
    world = a_closed_world(a_persona(13, "RESCREENING"), a_persona(14, "RTBM", of=2, role="MENTEE"))
    assert rows(planned(ask("open_match", MATCH), world, DEFAULT)) == [
        "pair 21 CLOSED>OPEN by open_match",
        "persona 13 ACTIVE>INACTIVE by retire_surplus_persona <0",
        "persona 14 ACTIVE>INACTIVE by retire_surplus_persona <0",
        "persona 11 CLOSED>MATCHED by become_matched <0",
        "persona 12 CLOSED>MATCHED by become_matched <0",
    ]


@pytest.mark.parametrize("status", ["ACTIVE", "INACTIVE"])
def test_opening_again_is_refused_while_another_persona_is_matched_active_or_not(status):
    more = (
        a_persona(13, "MATCHED", status=status),
        a_user(3),
        a_persona(15, "MATCHED", of=3, role="MENTEE"),
        a_match(22, mentor=13, mentee=15),
    )
    assert codes(refused(ask("open_match", MATCH), a_closed_world(*more), DEFAULT).blockers) == ["NOT_REMATCHED_MENTOR"]


def test_make_rescreening_is_refused_while_a_persona_of_that_role_is_in_the_pool():
    world = two_people("RTBM", "CLOSED")
    mentor = ask("make_rescreening", user(1), role="MENTOR")
    assert codes(refused(mentor, world, DEFAULT).blockers) == ["NOT_IN_POOL"]
    as_mentee = planned(ask("make_rescreening", user(1), role="MENTEE"), world, DEFAULT)
    assert [creation.role for creation in as_mentee.creations] == ["MENTEE"]


def test_withdrawing_is_refused_while_matched_and_empties_the_pool_otherwise():
    assert codes(refused(ask("withdraw", user(1)), a_matched_world(), DEFAULT).blockers) == ["NO_OPEN_MATCH"]
    assert rows(planned(ask("withdraw", user(1)), two_people(), DEFAULT)) == [
        "user 1 ACTIVE>INACTIVE_WITHDRAWN by withdraw",
        "persona 11 RTBM>NOT_APPLICABLE by leave_pool <0",
    ]


def test_only_who_was_active_is_reinstated_and_only_when_confirmed():
    never = a_world(a_user(1, "INACTIVE_REJECTED"), a_persona(11, "NOT_APPLICABLE"))
    assert codes(refused(ask("reinstate", user(1)), never, DEFAULT).blockers) == ["WAS_ACTIVE"]
    before = a_world(a_user(1, "INACTIVE_WITHDRAWN", been=["ACTIVE"]), a_persona(11, "NOT_APPLICABLE"))
    assert [warned.code for warned in refused(ask("reinstate", user(1)), before, DEFAULT).unconfirmed] == [
        "SKIPS_SCREENING"
    ]
    confirmed = ask("reinstate", user(1), confirmed=frozenset({"SKIPS_SCREENING"}))
    assert rows(planned(confirmed, before, DEFAULT)) == [
        "user 1 INACTIVE_WITHDRAWN>ACTIVE by reinstate",
        "persona 11 NOT_APPLICABLE>RTBM by enter_pool <0",
    ]


def test_inactivating_a_matched_persona_must_be_confirmed():
    decision = refused(ask("inactivate_persona", persona(11)), a_matched_world(), DEFAULT)
    assert [warned.code for warned in decision.unconfirmed] == ["CUTS_COMMUNICATION"]


def test_deleting_a_match_frees_both_sides():
    request = ask("delete_match", MATCH, confirmed=frozenset({"MADE_IN_ERROR"}))
    assert rows(planned(request, a_matched_world(), DEFAULT)) == [
        "pair 21 OPEN>DELETED by delete_match",
        "persona 11 MATCHED>RTBM by become_free <0",
        "persona 12 MATCHED>RTBM by become_free <0",
    ]


def test_in_the_post_secondary_program_a_mentee_must_be_not_matching_first():
    mentee = ask("inactivate_persona", persona(12))
    assert codes(refused(mentee, two_people(), POST_SECONDARY).blockers) == ["NOT_MATCHING"]
    assert rows(planned(mentee, two_people("RTBM", "NOT_MATCHING"), POST_SECONDARY)) == [
        "persona 12 ACTIVE>INACTIVE by inactivate_persona"
    ]
    assert rows(planned(mentee, two_people(), DEFAULT)) == ["persona 12 ACTIVE>INACTIVE by inactivate_persona"]


def test_in_the_post_secondary_program_mentors_are_as_in_the_base():
    assert rows(planned(ask("inactivate_persona", persona(11)), two_people(), POST_SECONDARY)) == [
        "persona 11 ACTIVE>INACTIVE by inactivate_persona"
    ]


def test_the_post_secondary_program_has_its_own_closing_answers():
    reasons = [choice.key for choice in POST_SECONDARY.inputs["close_reason"].choices]
    assert reasons == ["MENTEE_INITIATED", "MENTOR_INITIATED", "OTHER", "GRADUATED", "TRANSFERRED", "STOPPED_OUT"]
    assert POST_SECONDARY.revision != DEFAULT.revision
