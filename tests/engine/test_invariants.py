from dataclasses import replace

from server.engine.conditions import Condition, Not
from server.engine.facts import Kind
from server.engine.plan import Blocker
from server.engine.ruleset import Invariant, Ruleset
from tests.engine.builders import (
    GOODBYE,
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
    planned,
    refused,
    rows,
    two_people,
    user,
)
from tests.engine.flow import FLOW, changed
from tests.engine.words import at, every, fire, is_, some


def never(on: Kind, condition: Condition, *, rules: Ruleset = FLOW) -> Ruleset:
    """The rules with this one invariant only."""
    return replace(rules, invariants=(Invariant("never", on, False, condition, "Never that.", at(300)),))


def test_an_act_that_breaks_an_invariant_is_refused_with_its_reason_and_line() -> None:
    facts = a_world(a_user(), a_persona(11, "RTBM"), a_persona(12, "NOT_MATCHING", role="MENTOR"))
    rules = changed("rescreen", roles=None, requires=())
    assert refused(ask("rescreen", persona(12)), facts, rules).blockers == (
        Blocker("INVARIANT", "A person waits for, or is in, at most one match per role.", user(1), at(286)),
    )


def test_per_role_counts_each_role_by_itself() -> None:
    facts = a_world(a_user(), a_persona(11, "RTBM"), a_persona(12, "NOT_MATCHING", role="MENTEE"))
    assert rows(planned(ask("rescreen", persona(12)), facts)) == ["persona 12 NOT_MATCHING>RESCREENING by rescreen"]


def test_without_per_role_all_personas_count() -> None:
    rules = replace(FLOW, invariants=(replace(FLOW.invariants[0], per_role=False),))
    facts = a_world(a_user(), a_persona(11, "RTBM"), a_persona(12, "NOT_MATCHING", role="MENTEE"))
    assert codes(refused(ask("rescreen", persona(12)), facts, rules).blockers) == ["INVARIANT"]


def test_creations_are_checked_as_well() -> None:
    refusal = refused(ask("add_persona", user(1), role="MENTOR"), a_world(a_user(), a_persona(11, "RTBM")))
    assert [(blocker.code, blocker.subject) for blocker in refusal.blockers] == [("INVARIANT", user(1))]


def test_a_record_already_amiss_may_still_be_mended_step_by_step() -> None:
    facts = a_world(a_user(), *(a_persona(number, "RTBM") for number in (11, 12, 13)))
    assert rows(planned(ask("inactivate_persona", persona(13)), facts)) == [
        "persona 13 ACTIVE>INACTIVE by inactivate_persona"
    ]


def test_what_is_amiss_elsewhere_does_not_excuse_a_new_breach() -> None:
    facts = a_world(
        a_user(1),
        a_persona(11),
        a_persona(12),
        a_user(2),
        a_persona(13, of=2),
        a_persona(14, "NOT_MATCHING", of=2),
    )
    rules = changed("rescreen", roles=None, requires=())
    assert [b.subject for b in refused(ask("rescreen", persona(14)), facts, rules).blockers] == [user(2)]


def test_one_amiss_role_does_not_excuse_the_other() -> None:
    facts = a_world(
        a_user(),
        *(a_persona(number, "RTBM") for number in (11, 12)),
        a_persona(13, "RTBM", role="MENTEE"),
        a_persona(14, "NOT_MATCHING", role="MENTEE"),
    )
    rules = changed("rescreen", requires=())
    assert codes(refused(ask("rescreen", persona(14)), facts, rules).blockers) == ["INVARIANT"]


def test_every_broken_invariant_is_told_for_every_record() -> None:
    gone = every(is_("match_status", "MATCHED"), Not(is_("user.user_status", "ACTIVE")))
    rules = never(Kind.PERSONA, gone, rules=changed("withdraw", requires=()))
    facts = two_people("MATCHED", "MATCHED", a_match(), a_persona(13, "MATCHED"))
    refusal = refused(ask("withdraw", user(1)), facts, rules)
    assert [(b.code, b.subject) for b in refusal.blockers] == [("INVARIANT", persona(11)), ("INVARIANT", persona(13))]


def test_a_pair_is_checked_when_one_of_its_people_changes() -> None:
    rules = never(Kind.PAIR, every(is_("pair_status", "OPEN"), is_("mentee.user.user_status", "INACTIVE_WITHDRAWN")))
    rules = replace(rules, transitions=changed("withdraw", requires=()).transitions)
    assert [b.subject for b in refused(ask("withdraw", user(2)), a_matched_world(), rules).blockers] == [pair(21)]
    assert planned(ask("withdraw", user(1)), a_matched_world(), rules)


def test_the_partner_is_checked_when_somebody_changes() -> None:
    alone = every(is_("match_status", "MATCHED"), is_("partner.user.user_status", "INACTIVE_WITHDRAWN"))
    rules = never(Kind.PERSONA, alone, rules=changed("withdraw", requires=()))
    assert [b.subject for b in refused(ask("withdraw", user(2)), a_matched_world(), rules).blockers] == [persona(11)]


def test_the_other_personas_of_somebody_are_checked_when_one_changes() -> None:
    odd = every(is_("role", "MENTEE"), some("personas", is_("match_status", "CLOSED")))
    rules = never(Kind.PERSONA, odd)
    facts = a_matched_world(a_persona(13, "RTBM", role="MENTEE"))
    request = ask("close_match", pair(21), answers=GOODBYE)
    assert [b.subject for b in refused(request, facts, rules).blockers] == [persona(12), persona(13)]


def test_people_are_checked_when_their_match_changes() -> None:
    rules = never(Kind.USER, some("matches", is_("pair_status", "CLOSED")))
    refusal = refused(ask("close_match", pair(21), answers=GOODBYE), a_matched_world(), rules)
    assert [b.subject for b in refusal.blockers] == [user(1), user(2)]


def test_somebody_without_a_persona_is_checked_too() -> None:
    rules = never(Kind.USER, is_("user_status", "INACTIVE_REJECTED"))
    facts = a_world(a_user(1, "SCREENING_INCOMPLETE"))
    assert codes(refused(ask("reject", user(1)), facts, rules).blockers) == ["INVARIANT"]


def test_a_created_record_is_no_subject_of_a_broken_invariant() -> None:
    rules = never(Kind.PAIR, is_("pair_status", "OPEN"))
    refusal = refused(ask("match", persona(11), partner=persona(12)), two_people(), rules)
    assert refusal.blockers == (Blocker("INVARIANT", "Never that.", None, at(300)),)


def test_invariants_are_not_asked_where_the_act_or_its_cascade_is_refused() -> None:
    rules = never(Kind.USER, is_("user_status", "INACTIVE_REJECTED"))
    rules = changed("reject", rules, effects=(fire("enter_pool", each="personas"),))
    facts = a_world(a_user(1, "SCREENING_INCOMPLETE"), a_persona(11, "NOT_APPLICABLE"))
    assert codes(refused(ask("reject", user(1)), facts, rules).blockers) == ["USER_ACTIVE"]


def test_what_lies_beyond_the_facts_breaks_nothing() -> None:
    facts = edited(a_matched_world(), persona(12), links={"user": user(99)})
    assert planned(ask("close_match", pair(21), answers=GOODBYE), facts)


def test_a_side_that_was_not_loaded_breaks_nothing() -> None:
    facts = a_world(a_user(), a_persona(11, "MATCHED"), a_match())
    assert planned(ask("inactivate_persona", persona(11), confirmed=frozenset({"CUTS_COMMUNICATION"})), facts)
