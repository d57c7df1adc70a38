import re
from pathlib import Path
from typing import Any

import pytest

from server.engine.moves import blocked_by
from server.engine.plan import BUILT_IN, Blocker, Problem, Request
from tests.engine.builders import (
    a_closed_world,
    a_matched_world,
    a_persona,
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
from tests.engine.test_paths import looking_from
from tests.engine.words import at, is_, need


def matching(**more: Any) -> Request:
    return ask("match", persona(11), partner=persona(12), **more)


# Who may press it ----------------------------------------------------------------------


def test_who_may_not_press_it_is_told_who_may() -> None:
    refusal = refused(ask("delete_account", user(1), by="SITE_STAFF PARTICIPANT"), two_people())
    assert not refusal.permitted
    assert refusal.blockers == (
        Blocker("NOT_PERMITTED", "Account made in error is for: Program administrator.", user(1), at(145)),
    )


def test_who_may_not_press_it_is_told_all_other_reasons_too() -> None:
    refusal = refused(ask("make_rtbm", persona(11), by="PARTICIPANT"), a_world(a_user(), a_persona(site=None)))
    assert codes(refusal.blockers) == ["NOT_PERMITTED", "WRONG_STATUS", "PLACED"]
    assert not refusal.permitted


def test_one_of_several_roles_is_enough() -> None:
    assert planned(ask("reject", user(1), by="PARTICIPANT SITE_STAFF"), a_world(a_user(1, "SCREENING_INCOMPLETE")))


def test_the_owner_may_press_what_at_least_one_person_may() -> None:
    assert planned(ask("withdraw", user(1), by="SUPER_ADMIN"), two_people())


@pytest.mark.parametrize(
    ("transition", "text"),
    [
        ("become_closed", "Nobody presses Become closed: it happens by itself with Close Match."),
        ("become_matched", "Nobody presses Become matched: it happens by itself with Match, Open Match."),
        (
            "enter_pool",
            "Nobody presses Ready to be matched (first time): it happens by itself with "
            "Make Active, Make Active again, Make persona Active, Add persona.",
        ),
    ],
)
@pytest.mark.parametrize("caller", ["SUPER_ADMIN", "PROGRAM_ADMIN", "PARTICIPANT"])
def test_what_only_the_platform_does_is_refused_to_everybody_naming_what_sets_it_off(
    transition: str, text: str, caller: str
) -> None:
    refusal = refused(ask(transition, persona(11), by=caller), two_people("NOT_APPLICABLE"))
    assert (refusal.permitted, refusal.blockers[0].code, refusal.blockers[0].text) == (False, "NOT_PERMITTED", text)


def test_an_event_that_sets_it_off_is_named() -> None:
    rules = changed("finish_application", allow=frozenset({"SYSTEM"}))
    refusal = refused(ask("finish_application", user(1)), a_world(a_user(1, "APPLICATION_INCOMPLETE")), rules)
    assert [blocker.text for blocker in refusal.blockers] == [
        "Nobody presses Finish application: it happens by itself with the event application.finished."
    ]


def test_what_nothing_sets_off_says_so() -> None:
    rules = changed("reject", allow=frozenset({"SYSTEM"}))
    refusal = refused(ask("reject", user(1)), a_world(a_user(1, "SCREENING_INCOMPLETE")), rules)
    assert refusal.blockers[0].text == "Nobody presses Reject: it happens by itself with nothing."


def test_an_event_is_sent_by_whom_the_events_allow_and_carried_out_by_the_platform() -> None:
    facts = a_world(a_user(1, "APPLICATION_INCOMPLETE"))
    plan = planned(ask("finish_application", user(1), by="PARTICIPANT", by_event=True), facts)
    assert [(change.after, change.by_platform) for change in plan.changes] == [("SCREENING_INCOMPLETE", True)]
    assert not refused(ask("finish_application", user(1), by="PARTICIPANT"), facts).permitted


def test_who_may_not_send_an_event_is_told_who_may() -> None:
    facts = a_world(a_user(1, "APPLICATION_INCOMPLETE"))
    refusal = refused(ask("finish_application", user(1), by="GUEST", by_event=True), facts)
    assert refusal.blockers[0].text == (
        "Finish application is for: Program administrator, Site staff, The mentor or mentee."
    )


def test_what_no_event_carries_out_is_for_no_sender_of_events() -> None:
    refusal = refused(ask("reject", user(1), by_event=True), a_world(a_user(1, "SCREENING_INCOMPLETE")))
    assert not refusal.permitted


# From which status, for which role -----------------------------------------------------


def test_a_wrong_status_is_refused_with_the_present_one_and_the_right_ones() -> None:
    refusal = refused(ask("reopen_screening", user(1)), two_people())
    assert refusal.permitted
    assert refusal.blockers == (
        Blocker(
            "WRONG_STATUS",
            "Back to screening starts from Inactive Rejected or Inactive Withdrawn or Inactive Deleted; "
            "the User Status is Active.",
            user(1),
            at(122),
        ),
    )


def test_a_status_that_the_rules_no_longer_know_is_shown_by_its_key() -> None:
    facts = edited(two_people(), user(1), statuses={"user_status": "ON_LEAVE"})
    refusal = refused(ask("activate", user(1)), facts)
    assert refusal.blockers[0].text == ("Make Active starts from Screening Incomplete; the User Status is ON_LEAVE.")


def test_a_pair_whose_status_the_rules_no_longer_know_can_be_led_out_of_it() -> None:
    rules = changed("open_match", sources=frozenset({"CLOSED", "PAUSED"}))
    facts = edited(a_closed_world(), pair(21), statuses={"pair_status": "PAUSED"})
    assert rows(planned(ask("open_match", pair(21)), facts, rules))[0] == "pair 21 PAUSED>OPEN by open_match"


def test_what_is_for_mentees_is_refused_to_a_mentor() -> None:
    refusal = refused(ask("not_matching", persona(11)), two_people())
    assert refusal.blockers == (Blocker("WRONG_ROLE", "Not Matching is only for: Mentee.", persona(11), at(179)),)


def test_what_leads_to_a_status_for_mentees_is_refused_to_a_mentor_even_when_it_does_not_say_so() -> None:
    rules = changed("not_matching", roles=None)
    assert codes(refused(ask("not_matching", persona(11)), two_people(), rules).blockers) == ["WRONG_ROLE"]
    assert planned(ask("not_matching", persona(12)), two_people(), rules)


def test_a_persona_is_not_created_in_a_role_it_is_not_for() -> None:
    rules = changed("make_rescreening", roles=frozenset({"MENTEE"}))
    refusal = refused(ask("make_rescreening", user(1), role="MENTOR"), two_people("CLOSED"), rules)
    assert codes(refusal.blockers) == ["WRONG_ROLE"]
    assert refusal.blockers[0].subject is None


# Requirements --------------------------------------------------------------------------


def test_every_unmet_requirement_is_told_with_text_subject_line_and_the_values_seen() -> None:
    facts = a_world(a_user(1, "INACTIVE_WITHDRAWN"), a_persona(11, "RESCREENING", site=None))
    assert refused(ask("make_rtbm", persona(11)), facts).blockers == (
        Blocker(
            "AVAILABLE",
            "Only an active persona of an active user can be made ready.",
            user(1),
            at(177),
            seen=(("user.user_status", "INACTIVE_WITHDRAWN"),),
        ),
        Blocker(
            "PLACED",
            "Put the persona on a partner site first.",
            persona(11),
            at(178),
            seen=(("partner_site", "nothing"),),
        ),
    )


def test_a_record_about_to_be_made_is_no_subject_of_a_blocker() -> None:
    rules = changed("match", requires=(need("NEVER", is_("pair_status", "CLOSED"), "Never.", 1),))
    blockers = refused(matching(), two_people(), rules).blockers
    assert blockers == (Blocker("NEVER", "Never.", None, at(1), seen=(("pair_status", "OPEN"),)),)


def test_the_reasons_why_a_pair_may_not_communicate_are_told_by_the_same_words() -> None:
    facts = edited(a_matched_world(), persona(12), statuses={"persona_status": "INACTIVE"})
    scope = looking_from(pair(21), facts)
    assert FLOW.can_communicate[0].that.holds(scope) is True
    assert blocked_by(FLOW.can_communicate[1], scope, FLOW.zone) == Blocker(
        "INACTIVE",
        "One of the two is inactive.",
        persona(12),
        at(76),
        seen=(("mentee.persona_status", "INACTIVE"),),
    )


# Two personas that are no pair ---------------------------------------------------------


def test_two_personas_of_the_same_role_are_no_match() -> None:
    facts = two_people("RTBM", "RTBM", a_user(3), a_persona(13, of=3))
    refusal = refused(ask("match", persona(11), partner=persona(13)), facts)
    assert refusal.blockers == (
        Blocker(
            "SAME_ROLE",
            "Match takes one mentor and one mentee. Choose personas of different roles.",
            persona(13),
            at(207),
        ),
    )


def test_nobody_is_matched_with_themselves() -> None:
    facts = a_world(a_user(), a_persona(11), a_persona(12, role="MENTEE"))
    assert refused(matching(), facts).blockers == (
        Blocker("SAME_USER", "Nobody can be matched with themselves. Choose two people.", user(1), at(207)),
    )


def test_two_people_of_different_programs_are_no_match() -> None:
    facts = a_world(a_user(1), a_user(2, program=2), a_persona(11), a_persona(12, of=2, role="MENTEE", program=2))
    assert refused(matching(), facts).blockers == (
        Blocker("OTHER_PROGRAM", "Both must belong to the same program.", persona(12), at(207)),
    )


def test_a_persona_and_itself_are_no_match_for_all_reasons_at_once() -> None:
    refusal = refused(ask("match", persona(11), partner=persona(11)), two_people("CLOSED"))
    assert codes(refusal.blockers) == ["SAME_ROLE", "SAME_USER", "READY"]


@pytest.mark.parametrize(("one", "other"), [(11, 12), (12, 11)])
def test_it_does_not_matter_which_side_is_named_first(one: int, other: int) -> None:
    plan = planned(ask("match", persona(one), partner=persona(other)), two_people())
    assert plan.creations[0].links == {"MENTOR": persona(11), "MENTEE": persona(12)}
    assert rows(plan) == [
        "pair -1 (new)>OPEN by match",
        "persona 11 RTBM>MATCHED by become_matched <0",
        "persona 12 RTBM>MATCHED by become_matched <0",
    ]


def test_every_code_that_the_engine_gives_itself_is_listed() -> None:
    engine = Path(__file__).parents[2] / "server" / "engine"
    written = "".join(file.read_text(encoding="utf-8") for file in sorted(engine.glob("*.py")))
    given = set(re.findall(r'(?:Blocker\(\s*|_block\(\s*(?:move, )?)"([A-Z_]+)"', written))
    assert given | {Problem((), "").code} == BUILT_IN
