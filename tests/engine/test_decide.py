from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from server.engine.decide import decide
from server.engine.facts import Facts, Kind
from server.engine.plan import Change, Creation, Plan, Problem
from tests.engine.builders import (
    EARLIER,
    GOODBYE,
    LONG_AGO,
    NOW,
    a_closed_world,
    a_matched_world,
    a_user,
    a_world,
    ask,
    codes,
    edited,
    pair,
    persona,
    planned,
    refused,
    rows,
    two_people,
    user,
)
from tests.engine.flow import FLOW, changed
from tests.engine.words import fire

NOBODY = user(0)


def closing(**more: Any) -> Plan:
    return planned(ask("close_match", pair(21), answers=GOODBYE, **more), a_matched_world())


# Plans ---------------------------------------------------------------------------------


def test_a_plan_says_what_would_change_and_why() -> None:
    plan = closing()
    assert plan.transition is FLOW.transitions["close_match"]
    assert plan.changes == (
        Change(pair(21), "pair_status", "OPEN", "CLOSED", "close_match", None, False),
        Change(persona(11), "match_status", "MATCHED", "CLOSED", "become_closed", 0, True),
        Change(persona(12), "match_status", "MATCHED", "CLOSED", "become_closed", 0, True),
    )
    assert (plan.creations, plan.warnings, plan.answers) == ((), (), GOODBYE)


def test_blank_answers_are_left_out_of_the_plan() -> None:
    question = replace(FLOW.transitions["close_match"].asks[0], required=False)
    rules = changed("reject", asks=(question,))
    facts = a_world(a_user(1, "SCREENING_INCOMPLETE"))
    assert planned(ask("reject", user(1), answers={"close_reason": " "}), facts, rules).answers == {}


def test_the_same_question_gets_the_same_answer() -> None:
    assert closing() == closing()


# Creating people -----------------------------------------------------------------------


def test_registering_creates_a_user_and_a_first_persona_in_the_statuses_the_rules_start_with() -> None:
    plan = planned(ask("register_user", NOBODY, role="MENTEE"), Facts([], NOW))
    assert rows(plan) == [
        "user -1 (new)>APPLICATION_INCOMPLETE by register_user",
        "persona -2 (new)>ACTIVE by register_user <0",
        "persona -2 (new)>NOT_APPLICABLE by register_user <0",
    ]
    assert plan.creations == (
        Creation(user(-1), Kind.USER, {}, "register_user"),
        Creation(persona(-2), Kind.PERSONA, {"user": user(-1)}, "register_user", "MENTEE"),
    )
    assert [change.by_platform for change in plan.changes] == [False, False, False]


def test_the_effects_of_registering_run_on_the_persona_it_creates() -> None:
    rules = changed("register_user", effects=(fire("retire_surplus_persona"),))
    plan = planned(ask("register_user", NOBODY, role="MENTOR"), Facts([], NOW), rules)
    assert rows(plan)[3:] == ["persona -2 ACTIVE>INACTIVE by retire_surplus_persona <0"]


def test_who_may_not_register_is_told_who_may() -> None:
    refusal = refused(ask("register_user", NOBODY, by="PARTICIPANT", role="MENTOR"), Facts([], NOW))
    assert [(b.code, b.text, b.subject) for b in refusal.blockers] == [
        ("NOT_PERMITTED", "Register is for: Program administrator, Site staff.", None)
    ]


@pytest.mark.parametrize("status", ["ACTIVE", "SCREENING_INCOMPLETE"])
def test_an_added_persona_enters_the_pool_if_its_person_is_active(status: str) -> None:
    plan = planned(ask("add_persona", user(1), role="MENTOR"), a_world(a_user(1, status)))
    assert rows(plan) == [
        "persona -1 (new)>ACTIVE by add_persona",
        "persona -1 (new)>NOT_APPLICABLE by add_persona <0",
        *(["persona -1 NOT_APPLICABLE>RTBM by enter_pool <0"] if status == "ACTIVE" else []),
    ]
    assert plan.creations == (Creation(persona(-1), Kind.PERSONA, {"user": user(1)}, "add_persona", "MENTOR"),)


def test_make_rescreening_creates_a_persona_of_the_role_asked_for() -> None:
    plan = planned(ask("make_rescreening", user(1), role="MENTEE"), two_people("CLOSED"))
    assert rows(plan) == [
        "persona -1 (new)>RESCREENING by make_rescreening",
        "persona -1 (new)>ACTIVE by make_rescreening <0",
    ]
    assert plan.creations[0].role == "MENTEE"


def test_make_rescreening_is_refused_while_a_persona_of_that_role_is_in_the_pool() -> None:
    refusal = refused(ask("make_rescreening", user(1), role="MENTOR"), two_people())
    assert [(b.code, b.subject, b.seen) for b in refusal.blockers] == [
        ("NOT_IN_POOL", persona(11), (("personas", "1"),))
    ]
    assert planned(ask("make_rescreening", user(1), role="MENTEE"), two_people())


@pytest.mark.parametrize("role", [None, "TUTOR"])
@pytest.mark.parametrize(
    ("act", "subject"), [("make_rescreening", user(1)), ("add_persona", user(1)), ("register_user", NOBODY)]
)
def test_a_persona_needs_a_role_that_the_rules_know(act: str, subject: Any, role: str | None) -> None:
    refusal = refused(ask(act, subject, role=role), two_people("CLOSED"))
    assert refusal.problems == (Problem(("role",), "Say which role: MENTOR, MENTEE."),)


def test_a_partner_where_none_is_taken_is_not_looked_at() -> None:
    assert planned(ask("make_rescreening", user(1), role="MENTEE", partner=persona(12)), two_people())


def test_a_match_needs_a_partner() -> None:
    refusal = refused(ask("match", persona(11)), two_people())
    assert (refusal.blockers, refusal.problems) == (
        (),
        (Problem(("partner",), "Match needs a second persona: name it as the partner."),),
    )


# Answers -------------------------------------------------------------------------------


def test_missing_wrong_and_unknown_answers_are_told_together() -> None:
    answers = {"mentor_rematch": "PERHAPS", "mentee_rematch": "NO", "mood": "good"}
    refusal = refused(ask("close_match", pair(21), answers=answers), a_matched_world())
    assert (refusal.permitted, refusal.blockers) == (True, ())
    assert [problem.path for problem in refusal.problems] == [
        ("answers", "close_reason"),
        ("answers", "mentor_rematch"),
        ("answers", "mood"),
    ]
    assert {problem.code for problem in refusal.problems} == {"INVALID_INPUT"}


def test_everything_wrong_with_a_request_is_told_at_once() -> None:
    request = ask("close_match", pair(21), by="PARTICIPANT", answers={"mood": "good"}, effective_at=NOW + timedelta(1))
    refusal = refused(request, a_closed_world())
    assert codes(refusal.blockers) == ["NOT_PERMITTED", "WRONG_STATUS"]
    assert [problem.path[-1] for problem in refusal.problems] == [
        "close_reason",
        "mentor_rematch",
        "mentee_rematch",
        "mood",
        "effective_at",
    ]
    assert refusal.unconfirmed == ()


def test_with_problems_nothing_is_asked_to_be_confirmed_yet() -> None:
    request = ask("delete_match", pair(21), answers={"mood": "good"})
    refusal = refused(request, a_matched_world())
    assert (len(refusal.problems), refusal.unconfirmed) == (1, ())


# Time ----------------------------------------------------------------------------------


def times(moment: datetime, facts: Facts) -> list[str]:
    decision = decide(FLOW, ask("close_match", pair(21), answers=GOODBYE, effective_at=moment), facts)
    if isinstance(decision, Plan):
        return []
    assert {problem.path for problem in decision.problems} == {("options", "effective_at")}
    return [problem.text for problem in decision.problems]


def test_an_act_may_be_entered_late_but_not_ahead_of_time() -> None:
    assert times(NOW, a_matched_world()) == []
    assert times(EARLIER, a_matched_world()) == []
    assert times(NOW + timedelta(seconds=1), a_matched_world()) == [
        "The time lies in the future. Leave it out for now, or give a past one."
    ]


def test_an_act_may_not_lie_before_any_change_that_it_follows() -> None:
    facts = edited(a_matched_world(), persona(12), since={"match_status": EARLIER})
    assert times(EARLIER, facts) == []
    assert times(EARLIER - timedelta(seconds=1), facts) == [
        "The Match Status of persona 12 last changed at 2026-08-01T12:00:00+00:00. Give a time that is not before it."
    ]


def test_every_such_change_is_told() -> None:
    assert [text.split(" last")[0] for text in times(LONG_AGO - timedelta(1), a_matched_world())] == [
        "The Pair Status of pair 21",
        "The Match Status of persona 11",
        "The Match Status of persona 12",
    ]


def test_a_change_of_another_machine_does_not_count() -> None:
    since = {"match_status": LONG_AGO, "persona_status": NOW}
    assert times(EARLIER, edited(a_matched_world(), persona(12), since=since)) == []


def test_what_has_no_past_is_not_before_anything() -> None:
    assert (
        times(LONG_AGO - timedelta(1), a_world(*(replace(r, since={}) for r in a_matched_world().records.values())))
        == []
    )
    request = ask("make_rescreening", user(1), role="MENTOR", effective_at=LONG_AGO - timedelta(1))
    assert planned(request, two_people("CLOSED"))


def test_the_time_is_told_even_where_the_act_is_refused() -> None:
    request = ask("withdraw", user(1), effective_at=LONG_AGO - timedelta(1))
    refusal = refused(request, a_matched_world())
    assert codes(refusal.blockers) == ["NO_OPEN_MATCH"]
    assert [problem.text.split(" last")[0] for problem in refusal.problems] == ["The User Status of user 1"]


# What is not there ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "request_",
    [
        ask("fly", user(1)),
        ask("activate", user(99)),
        ask("match", persona(11), partner=persona(99)),
        ask("match", persona(99), partner=persona(11)),
    ],
)
def test_a_transition_or_record_that_is_not_there_is_an_error_of_whoever_asks(request_: Any) -> None:
    with pytest.raises(LookupError):
        decide(FLOW, request_, two_people())


def test_after_a_refusal_in_the_middle_of_a_cascade_the_facts_are_as_before() -> None:
    facts = two_people("RTBM", "RTBM")
    before = (dict(facts.records), dict(facts.personas), dict(facts.pairs))
    rules = changed("become_matched", sources=frozenset({"CLOSED"}))
    refusal = refused(ask("match", persona(11), partner=persona(12)), facts, rules)
    assert codes(refusal.blockers) == ["WRONG_STATUS", "WRONG_STATUS"]
    assert (facts.records, facts.personas, facts.pairs) == before
