from dataclasses import replace
from typing import Any

from server.engine.cascade import DEPTH_LIMIT
from server.engine.effects import Fire
from server.engine.facts import Facts, Record
from server.engine.plan import Blocker, Request, Warned
from server.engine.ruleset import Caution, Ruleset
from tests.engine.builders import (
    a_closed_world,
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    ask,
    codes,
    pair,
    persona,
    planned,
    refused,
    rows,
    two_people,
    user,
)
from tests.engine.flow import FLOW, changed, with_transition
from tests.engine.words import a_transition, at, fire, is_, need


def following(*effects: Fire, rules: Ruleset = FLOW, **more: Any) -> Ruleset:
    """The rules with other effects of Reject."""
    return changed("reject", rules, effects=effects, **more)


def rejecting(**more: Any) -> Request:
    return ask("reject", user(1), **more)


def in_screening(*personas: Record) -> Facts:
    return a_world(a_user(1, "SCREENING_INCOMPLETE"), *personas)


# Order ---------------------------------------------------------------------------------


def test_the_move_itself_comes_first_and_what_follows_names_it_as_its_cause() -> None:
    facts = a_world(a_user(1, "SCREENING_INCOMPLETE"), a_persona(11, "NOT_APPLICABLE"))
    plan = planned(ask("activate", user(1)), facts)
    assert rows(plan) == [
        "user 1 SCREENING_INCOMPLETE>ACTIVE by activate",
        "persona 11 NOT_APPLICABLE>RTBM by enter_pool <0",
    ]
    assert [change.by_platform for change in plan.changes] == [False, True]


def test_an_effect_sees_the_move_that_it_follows() -> None:
    seen, unseen = is_("user_status", "INACTIVE_REJECTED"), is_("user_status", "SCREENING_INCOMPLETE")
    facts = in_screening(a_persona(11, "RTBM"))
    for condition, expected in ((seen, 2), (unseen, 1)):
        rules = following(fire("leave_pool", each="personas", condition=condition))
        assert len(planned(rejecting(), facts, rules).changes) == expected


def test_effects_run_in_written_order_each_seeing_all_before_it() -> None:
    leave = fire("leave_pool", each="personas", where=is_("match_status", "RTBM"))
    retire = fire("retire_surplus_persona", each="personas", where=is_("match_status", "NOT_APPLICABLE"))
    facts = in_screening(a_persona(11, "RTBM"))
    assert rows(planned(rejecting(), facts, following(leave, retire)))[1:] == [
        "persona 11 RTBM>NOT_APPLICABLE by leave_pool <0",
        "persona 11 ACTIVE>INACTIVE by retire_surplus_persona <0",
    ]
    assert rows(planned(rejecting(), facts, following(retire, leave)))[1:] == [
        "persona 11 RTBM>NOT_APPLICABLE by leave_pool <0"
    ]


def test_each_goes_in_creation_order() -> None:
    facts = in_screening(a_persona(13), a_persona(11), a_persona(12, "CLOSED"))
    rules = following(fire("leave_pool", each="personas", where=is_("match_status", "RTBM")))
    assert [row.split(" ")[1] for row in rows(planned(rejecting(), facts, rules))] == ["1", "11", "13"]


def test_each_picks_its_list_once_on_entry() -> None:
    """The first to leave makes the others stop waiting; they were picked already, and so the whole is refused."""
    others = fire("leave_pool", each="user.personas", where=is_("match_status", "RTBM"))
    rules = changed("leave_pool", effects=(others,))
    rules = following(fire("leave_pool", each="personas", where=is_("match_status", "RTBM")), rules=rules)
    refusal = refused(rejecting(), in_screening(a_persona(11), a_persona(12)), rules)
    assert codes(refusal.blockers) == ["WRONG_STATUS"]
    assert (refusal.blockers[0].subject, refusal.blockers[0].chain) == (persona(12), ("reject",))


def test_a_list_does_not_grow_while_it_is_walked() -> None:
    new = fire("make_rescreening", subject="user", role="MENTOR")
    rules = changed("leave_pool", effects=(new,))
    rules = changed("make_rescreening", rules, requires=())
    rules = replace(following(fire("leave_pool", each="personas"), rules=rules), invariants=())
    plan = planned(rejecting(), in_screening(a_persona(11)), rules)
    assert [change.subject for change in plan.changes] == [user(1), persona(11), persona(-1), persona(-1)]


def test_require_sees_the_situation_before_the_act() -> None:
    before = need("BEFORE", is_("user_status", "SCREENING_INCOMPLETE"), "Before.", 1)
    after = need("AFTER", is_("user_status", "INACTIVE_REJECTED"), "After.", 2)
    assert planned(rejecting(), in_screening(), following(requires=(before,)))
    assert codes(refused(rejecting(), in_screening(), following(requires=(after,))).blockers) == ["AFTER"]


def test_the_requirements_of_a_fired_transition_see_what_happened_so_far() -> None:
    facts = a_world(a_user(1, "SCREENING_INCOMPLETE"), a_persona(11, "NOT_APPLICABLE"))
    assert rows(planned(ask("activate", user(1)), facts))[1].endswith("enter_pool <0")


# What a cascade is refused for ---------------------------------------------------------


def test_a_refused_fired_transition_refuses_all_and_names_the_chain() -> None:
    rules = following(fire("enter_pool", each="personas"))
    refusal = refused(rejecting(), in_screening(a_persona(11, "NOT_APPLICABLE")), rules)
    assert refusal.blockers == (
        Blocker(
            "USER_ACTIVE",
            "Make the user Active first.",
            user(1),
            at(165),
            ("reject",),
            (("user.user_status", "INACTIVE_REJECTED"),),
        ),
    )


def test_a_longer_chain_is_named_from_the_outside_in() -> None:
    rules = changed("leave_pool", effects=(fire("become_free"),))
    rules = following(fire("leave_pool", each="personas"), rules=rules)
    refusal = refused(rejecting(), in_screening(a_persona(11)), rules)
    assert [(blocker.code, blocker.chain) for blocker in refusal.blockers] == [
        ("WRONG_STATUS", ("reject", "leave_pool"))
    ]


def test_all_of_the_cascade_is_told_at_once() -> None:
    rules = following(fire("become_closed", each="personas"), fire("enter_pool", each="personas"))
    refusal = refused(rejecting(), in_screening(a_persona(11), a_persona(12, "CLOSED")), rules)
    assert [(blocker.code, blocker.subject) for blocker in refusal.blockers] == [
        ("WRONG_STATUS", persona(11)),
        ("WRONG_STATUS", persona(12)),
        ("WRONG_STATUS", persona(11)),
        ("USER_ACTIVE", user(1)),
        ("WRONG_STATUS", persona(12)),
    ]


def test_where_the_act_itself_is_refused_nothing_is_said_of_the_cascade() -> None:
    rules = following(fire("become_closed", each="personas"))
    refusal = refused(rejecting(), a_world(a_user(), a_persona(11)), rules)
    assert [(blocker.code, blocker.chain) for blocker in refusal.blockers] == [("WRONG_STATUS", ())]


def test_in_a_cascade_the_actor_is_the_platform() -> None:
    rules = following(fire("inactivate_persona", each="personas"))
    refusal = refused(rejecting(), in_screening(a_persona(11)), rules)
    assert [(blocker.code, blocker.text, blocker.chain) for blocker in refusal.blockers] == [
        ("NOT_PERMITTED", "Make persona Inactive is for: Program administrator, Site staff.", ("reject",))
    ]


def test_rules_that_set_each_other_off_without_end_are_stopped() -> None:
    back = a_transition(
        "back", "user_status", "Back", "INACTIVE_REJECTED", "SCREENING_INCOMPLETE", allow=frozenset({"SYSTEM"})
    )
    again = a_transition(
        "again", "user_status", "Again", "SCREENING_INCOMPLETE", "INACTIVE_REJECTED", allow=frozenset({"SYSTEM"})
    )
    rules = with_transition(
        replace(back, effects=(fire("again", line=7),)), replace(again, effects=(fire("back", line=8),))
    )
    refusal = refused(rejecting(), in_screening(), following(fire("back"), rules=rules))
    assert [(b.code, b.text, b.place, len(b.chain)) for b in refusal.blockers] == [
        ("TOO_DEEP", "The rules set each other off without end.", at(8), DEPTH_LIMIT + 1)
    ]
    assert refusal.blockers[0].chain[:3] == ("reject", "back", "again")


# Warnings ------------------------------------------------------------------------------


def test_a_warning_must_be_confirmed() -> None:
    warned = Warned("MADE_IN_ERROR", "Only for matches made in error. To end a match use Close Match.")
    refusal = refused(ask("delete_match", pair(21)), a_matched_world())
    assert (refusal.permitted, refusal.blockers, refusal.problems, refusal.unconfirmed) == (True, (), (), (warned,))
    plan = planned(ask("delete_match", pair(21), confirmed=frozenset({"MADE_IN_ERROR", "OTHER"})), a_matched_world())
    assert plan.warnings == (warned,)


def test_a_warning_with_a_condition_stands_only_when_that_holds() -> None:
    assert planned(ask("inactivate_persona", persona(11)), two_people()).warnings == ()
    refusal = refused(ask("inactivate_persona", persona(11)), a_matched_world())
    assert [warned.code for warned in refusal.unconfirmed] == ["CUTS_COMMUNICATION"]


def test_a_condition_of_a_warning_sees_the_situation_before_the_move() -> None:
    cautions = (
        Caution("WAS", "It was.", is_("user_status", "SCREENING_INCOMPLETE"), at(1)),
        Caution("IS", "It is.", is_("user_status", "INACTIVE_REJECTED"), at(2)),
    )
    refusal = refused(rejecting(), in_screening(), following(cautions=cautions))
    assert [warned.code for warned in refusal.unconfirmed] == ["WAS"]


def test_warnings_of_fired_moves_must_be_confirmed_too_each_once() -> None:
    rules = changed("leave_pool", cautions=(Caution("LEAVES", "Somebody leaves.", None, at(1)),))
    rules = following(
        fire("leave_pool", each="personas"), rules=rules, cautions=(Caution("GONE", "Gone for good.", None, at(2)),)
    )
    facts = in_screening(a_persona(11), a_persona(12))
    expected = (Warned("GONE", "Gone for good."), Warned("LEAVES", "Somebody leaves."))
    assert refused(rejecting(), facts, rules).unconfirmed == expected
    half = refused(rejecting(confirmed=frozenset({"GONE"})), facts, rules)
    assert half.unconfirmed == expected[1:]
    assert planned(rejecting(confirmed=frozenset({"GONE", "LEAVES"})), facts, rules).warnings == expected


def test_two_warnings_of_one_code_are_both_read() -> None:
    rules = changed("leave_pool", cautions=(Caution("SURE", "One leaves.", None, at(1)),))
    rules = following(
        fire("leave_pool", each="personas"), rules=rules, cautions=(Caution("SURE", "One is rejected.", None, at(2)),)
    )
    refusal = refused(rejecting(), in_screening(a_persona(11)), rules)
    assert [warned.text for warned in refusal.unconfirmed] == ["One is rejected.", "One leaves."]


def test_nobody_is_asked_to_confirm_what_is_refused_anyway() -> None:
    assert refused(ask("delete_match", pair(21)), a_closed_world()).unconfirmed == ()
