"""What follows from an act because it has become true."""

from dataclasses import replace

from server.engine.conditions import Not
from server.engine.facts import Facts
from server.engine.ruleset import Ruleset
from tests.engine.builders import (
    GOODBYE,
    LONG_AGO,
    NOW,
    a_match,
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    ask,
    pair,
    persona,
    planned,
    refused,
    rows,
    two_people,
    user,
)
from tests.engine.clockwork import age, by_itself, when
from tests.engine.words import every, fire, is_, need, none, some

PAUSE = by_itself(
    when(Not(is_("user.user_status", "ACTIVE"))),
    "pause",
    "persona_status",
    sources="ACTIVE",
    target="INACTIVE",
)
"""A persona is set aside as soon as its person is not Active."""


def farewell(rules: Ruleset = PAUSE) -> Ruleset:
    """And then the person is said to be deleted, as soon as nothing of theirs is active."""
    gone = every(none("personas", is_("persona_status", "ACTIVE")), some("personas"))
    return by_itself(when(gone), "forget", rules=rules, sources="INACTIVE_WITHDRAWN", target="INACTIVE_DELETED")


def test_what_an_act_makes_true_happens_in_the_same_act() -> None:
    facts = a_world(
        a_user(1), a_persona(11, "CLOSED"), a_persona(12, "RTBM"), a_persona(13, "CLOSED", status="INACTIVE")
    )
    assert rows(planned(ask("withdraw", user(1)), facts, PAUSE)) == [
        "user 1 ACTIVE>INACTIVE_WITHDRAWN by withdraw",
        "persona 12 RTBM>NOT_APPLICABLE by leave_pool <0",
        "persona 11 ACTIVE>INACTIVE by pause <0",
        "persona 12 ACTIVE>INACTIVE by pause <0",
    ]
    plan = planned(ask("withdraw", user(1)), facts, PAUSE)
    assert [change.by_platform for change in plan.changes] == [False, True, True, True]


def test_one_follows_from_another_until_nothing_more_is_true() -> None:
    facts = a_world(a_user(1), a_persona(11, "CLOSED"), a_persona(12, "CLOSED"))
    assert rows(planned(ask("withdraw", user(1)), facts, farewell())) == [
        "user 1 ACTIVE>INACTIVE_WITHDRAWN by withdraw",
        "persona 11 ACTIVE>INACTIVE by pause <0",
        "persona 12 ACTIVE>INACTIVE by pause <0",
        "user 1 INACTIVE_WITHDRAWN>INACTIVE_DELETED by forget <2",
    ]


def test_relatives_on_the_other_side_of_a_match_are_looked_at() -> None:
    lonely = is_("partner.user.user_status", "INACTIVE_DELETED")
    rules = by_itself(when(lonely), "release", "match_status", sources="CLOSED", target="RESCREENING")
    facts = two_people("CLOSED", "CLOSED", a_match(status="CLOSED"))
    assert rows(planned(ask("delete_account", user(1)), facts, rules)) == [
        "user 1 ACTIVE>INACTIVE_DELETED by delete_account",
        "persona 12 CLOSED>RESCREENING by release <0",
    ]


def test_what_requires_more_waits_quietly() -> None:
    rules = by_itself(
        when(Not(is_("user.user_status", "ACTIVE"))),
        "pause",
        "persona_status",
        sources="ACTIVE",
        target="INACTIVE",
        requires=(need("CLOSED", is_("match_status", "CLOSED"), "Close first.", 3),),
    )
    facts = a_world(a_user(1), a_persona(11, "CLOSED"), a_persona(12, "NOT_APPLICABLE"))
    assert rows(planned(ask("withdraw", user(1)), facts, rules)) == [
        "user 1 ACTIVE>INACTIVE_WITHDRAWN by withdraw",
        "persona 11 ACTIVE>INACTIVE by pause <0",
    ]


def test_what_cannot_be_carried_out_to_the_end_refuses_the_act_and_names_the_chain() -> None:
    stuck = replace(
        PAUSE.transitions["leave_pool"],
        id="stuck",
        requires=(need("NEVER", is_("match_status", "MATCHED"), "It is stuck.", 9),),
    )
    rules = by_itself(
        when(Not(is_("user.user_status", "ACTIVE"))),
        "pause",
        "persona_status",
        sources="ACTIVE",
        target="INACTIVE",
        effects=(fire("stuck"),),
    )
    rules = replace(rules, transitions={**rules.transitions, "stuck": stuck})
    facts = a_world(a_user(1), a_persona(11, "CLOSED"))
    refusal = refused(ask("withdraw", user(1)), facts, rules)
    assert {(blocker.code, blocker.chain) for blocker in refusal.blockers} == {
        ("WRONG_STATUS", ("withdraw", "pause")),
        ("NEVER", ("withdraw", "pause")),
    }


def test_an_age_that_is_not_reached_does_not_make_it_happen() -> None:
    rules = by_itself(
        when(age("user_status", "PT1S")), "forget", sources="INACTIVE_WITHDRAWN", target="INACTIVE_DELETED"
    )
    facts = a_world(a_user(1, since=LONG_AGO))
    assert len(planned(ask("withdraw", user(1)), facts, rules).changes) == 1


def test_rules_that_set_each_other_off_without_end_are_stopped_by_the_second_lock() -> None:
    there = by_itself(when(is_("user_status", "ACTIVE")), "there", sources="ACTIVE", target="INACTIVE_WITHDRAWN")
    both = by_itself(
        when(is_("user_status", "INACTIVE_WITHDRAWN")),
        "back",
        rules=there,
        sources="INACTIVE_WITHDRAWN",
        target="ACTIVE",
    )
    refusal = refused(ask("activate", user(1)), a_world(a_user(1, "SCREENING_INCOMPLETE")), both)
    assert [blocker.code for blocker in refusal.blockers] == ["TOO_DEEP"]


def test_people_of_whom_not_everything_is_loaded_are_left_alone() -> None:
    far = [a_user(3), a_persona(13, "CLOSED", of=3, role="MENTEE"), a_match(22, "CLOSED", mentee=13)]
    known = a_matched_world(*far)
    rules = by_itself(
        when(none("matches", is_("pair_status", "OPEN"))), "release", "match_status", sources="CLOSED", target="RTBM"
    )
    whole = frozenset({user(1), user(2)})
    close = ask("close_match", pair(21), answers=GOODBYE)
    released = {change.subject for change in planned(close, known, rules).changes if change.transition == "release"}
    assert persona(13) in released
    partly = Facts(known.records.values(), NOW, whole)
    released = {change.subject for change in planned(close, partly, rules).changes if change.transition == "release"}
    assert persona(13) not in released
    assert persona(12) in released


def test_a_new_record_is_looked_at_too() -> None:
    rules = by_itself(
        when(is_("role", "MENTOR")), "pool", "match_status", sources="NOT_APPLICABLE", target="RESCREENING"
    )
    plan = planned(ask("register_user", user(0), role="MENTOR"), a_world(), rules)
    assert rows(plan)[-1] == "persona -2 NOT_APPLICABLE>RESCREENING by pool <0"
