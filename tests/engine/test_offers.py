from dataclasses import replace

import pytest

from server.engine.decide import offer, offers
from server.engine.facts import Facts, Ref
from server.engine.plan import Offer
from server.engine.ruleset import Caution, Ruleset
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
    pair,
    persona,
    two_people,
    user,
)
from tests.engine.flow import FLOW, changed
from tests.engine.words import at, is_

STAFF = frozenset({"PROGRAM_ADMIN"})


def buttons(ref: Ref, facts: Facts, rules: Ruleset = FLOW, by: str = "PROGRAM_ADMIN") -> list[Offer]:
    return list(offers(rules, ref, frozenset({by}), facts))


def named(listed: list[Offer]) -> list[str]:
    return [f"{found.transition.id}{' ' + found.role if found.role else ''}" for found in listed]


def button(transition: str, ref: Ref, facts: Facts, rules: Ruleset = FLOW) -> Offer:
    (found,) = [found for found in buttons(ref, facts, rules) if found.transition.id == transition]
    return found


# Which buttons there are ---------------------------------------------------------------


def test_a_record_offers_everything_somebody_may_press_in_the_order_of_the_file() -> None:
    facts = a_matched_world()
    assert named(buttons(user(1), facts)) == [
        "finish_application",
        "activate",
        "reinstate",
        "reopen_screening",
        "reject",
        "withdraw",
        "delete_account",
        "make_rescreening MENTOR",
    ]
    assert named(buttons(persona(12), facts)) == [
        "make_rtbm",
        "not_matching",
        "rescreen",
        "match",
        "inactivate_persona",
        "reactivate_persona",
    ]
    assert named(buttons(pair(21), facts)) == ["close_match", "open_match", "delete_match"]


def test_what_is_for_the_other_role_is_not_offered() -> None:
    assert named(buttons(persona(11), two_people())) == [
        "make_rtbm",
        "match",
        "inactivate_persona",
        "reactivate_persona",
    ]


def test_what_leads_to_a_status_of_the_other_role_is_not_offered_either() -> None:
    rules = changed("not_matching", roles=None)
    assert "not_matching" not in named(buttons(persona(11), two_people(), rules))
    assert "not_matching" in named(buttons(persona(12), two_people(), rules))


def test_what_creates_people_is_no_button() -> None:
    assert not {"register_user", "add_persona"} & set(named(buttons(user(1), two_people())))


def test_what_this_caller_may_not_press_is_offered_blocked() -> None:
    (found,) = [f for f in buttons(pair(21), a_matched_world(), by="SITE_STAFF") if f.transition.id == "delete_match"]
    assert (found.allowed, codes(found.blockers)) == (False, ["NOT_PERMITTED"])


def test_blocked_buttons_say_why_and_the_others_are_allowed() -> None:
    found = {button.transition.id: codes(button.blockers) for button in buttons(user(1), a_matched_world())}
    assert found == {
        "finish_application": ["WRONG_STATUS"],
        "activate": ["WRONG_STATUS"],
        "reinstate": ["WRONG_STATUS"],
        "reopen_screening": ["WRONG_STATUS"],
        "reject": ["WRONG_STATUS"],
        "withdraw": ["NO_OPEN_MATCH"],
        "delete_account": ["NO_OPEN_MATCH"],
        "make_rescreening": ["NOT_IN_POOL"],
    }
    assert [f.transition.id for f in buttons(user(1), two_people()) if f.allowed] == ["withdraw", "delete_account"]


def test_a_removed_match_offers_nothing_that_is_allowed() -> None:
    facts = two_people("RTBM", "RTBM", a_match(21, "DELETED"))
    assert [(f.transition.id, codes(f.blockers)[0]) for f in buttons(pair(21), facts)] == [
        ("close_match", "WRONG_STATUS"),
        ("open_match", "WRONG_STATUS"),
        ("delete_match", "WRONG_STATUS"),
    ]


def test_a_record_in_a_status_that_the_rules_no_longer_know_is_still_offered_its_buttons() -> None:
    facts = edited(a_matched_world(), pair(21), statuses={"pair_status": "PAUSED"})
    assert [f.allowed for f in buttons(pair(21), facts)] == [False, False, False]


def test_a_record_that_is_not_there_is_an_error_of_whoever_asks() -> None:
    with pytest.raises(LookupError):
        offers(FLOW, user(99), STAFF, two_people())


# The roles of a new persona ------------------------------------------------------------


def test_a_new_persona_is_offered_in_the_roles_the_person_has_had() -> None:
    facts = a_world(a_user(), a_persona(11, "CLOSED", role="MENTEE"), a_persona(12, "CLOSED", role="MENTOR"))
    assert named(buttons(user(1), facts))[-2:] == ["make_rescreening MENTOR", "make_rescreening MENTEE"]


def test_who_has_had_no_role_is_offered_all() -> None:
    assert named(buttons(user(1), a_world(a_user())))[-2:] == ["make_rescreening MENTOR", "make_rescreening MENTEE"]


def test_only_the_roles_it_is_for_are_offered() -> None:
    rules = changed("make_rescreening", roles=frozenset({"MENTEE"}))
    assert named(buttons(user(1), two_people(), rules))[-1:] == ["make_rescreening MENTEE"]


def test_the_offer_carries_the_role() -> None:
    found = button("make_rescreening", user(1), two_people("CLOSED"))
    assert (found.role, found.subject, found.allowed) == ("MENTOR", user(1), True)


# What an offer says beside -------------------------------------------------------------


def test_an_offer_shows_the_warnings_that_will_have_to_be_confirmed() -> None:
    assert [w.code for w in button("delete_match", pair(21), a_matched_world()).warnings] == ["MADE_IN_ERROR"]
    assert button("inactivate_persona", persona(11), two_people()).warnings == ()


def test_a_warning_about_the_other_side_waits_until_it_is_chosen() -> None:
    caution = Caution("OTHER", "The mentee waits.", is_("mentee.match_status", "RTBM"), at(1))
    assert button("match", persona(11), two_people(), changed("match", cautions=(caution,))).warnings == ()


def test_a_blocked_offer_shows_no_warnings() -> None:
    assert button("delete_match", pair(21), a_closed_world()).warnings == ()


def test_outcomes_are_checked_against_the_invariants_in_offers_too() -> None:
    facts = a_world(a_user(), a_persona(11, "RTBM", role="MENTEE"), a_persona(12, "NOT_MATCHING", role="MENTEE"))
    found = button("rescreen", persona(12), facts, changed("rescreen", requires=()))
    assert codes(found.blockers) == ["INVARIANT"]


def test_one_button_can_be_asked_for_by_itself() -> None:
    assert offer(FLOW, ask("withdraw", user(1)), two_people()).allowed
    added = offer(FLOW, ask("add_persona", user(1), role="MENTOR"), two_people())
    assert codes(added.blockers) == ["INVARIANT"]


def test_a_button_for_an_event_is_judged_like_any_other() -> None:
    facts = a_world(a_user(1, "APPLICATION_INCOMPLETE"))
    assert button("finish_application", user(1), facts).allowed
    silent = replace(FLOW, events={})
    assert button("finish_application", user(1), facts, silent).allowed
