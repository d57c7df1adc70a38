"""Every example of the page on relations is loaded as an overlay of the shipped rules, and does what it says."""

from dataclasses import replace

import pytest

from server.engine.decide import decide, may_be_named
from server.engine.facts import Facts, Record, Ref
from server.engine.plan import Plan, Refusal, Request
from server.engine.ruleset import Ruleset
from server.rules.loader import load_text
from tests.circle import EXAMPLES
from tests.engine.builders import GOODBYE, a_match, a_persona, a_user, a_world, codes, pair, persona, rows, user
from tests.rules.builders import SHIPPED

MENTOR, MENTEE, OTHER = user(1), user(2), user(3)
PARTICIPANT = frozenset({"PARTICIPANT"})


def rules(name: str) -> Ruleset:
    loaded = load_text(SHIPPED.read_text(encoding="utf-8"), "base.yaml", {name: EXAMPLES[name]})
    assert loaded.diagnostics == ()
    return loaded.rulesets[name]


def circle(*pairs: Record, matched: bool = False) -> Facts:
    """Mentors 1 and 3, mentees 2 and 4, with their personas 11 to 14."""
    people = [a_user(number) for number in (1, 2, 3, 4)]
    status = "MATCHED" if matched else "RTBM"
    sides = [
        a_persona(11, status),
        a_persona(12, status, of=2, role="MENTEE"),
        a_persona(13, of=3),
        a_persona(14, of=4, role="MENTEE"),
    ]
    return a_world(*people, *sides, *pairs)


def proposed(number: int = 21, **more: int) -> Record:
    return replace(a_match(number, "PROPOSED", **more), proposer=MENTEE)


def asked(transition: str, actor: Ref, facts: Facts, *, name: str = "circle", subject: Ref | None = None) -> list[str]:
    """The rows of history, or the codes of the blockers."""
    request = Request(transition, subject or pair(21), PARTICIPANT, actor=actor)
    decision = decide(rules(name), request, facts)
    return rows(decision) if isinstance(decision, Plan) else codes(decision.blockers)


def test_the_page_has_these_examples() -> None:
    assert list(EXAMPLES) == ["say_goodbye", "circle", "suggested"]


def test_mentors_and_mentees_close_their_own_matches() -> None:
    ruleset, facts = rules("say_goodbye"), circle(a_match(), matched=True)
    for actor, allowed in ((MENTOR, True), (MENTEE, True), (OTHER, False)):
        request = Request("close_match", pair(21), PARTICIPANT, actor=actor, answers=GOODBYE)
        assert isinstance(decide(ruleset, request, facts), Plan) is allowed
    staff = Request("close_match", pair(21), frozenset({"SITE_STAFF"}), answers=GOODBYE)
    assert isinstance(decide(ruleset, staff, facts), Plan)


def proposal(actor: Ref, partner: Ref, facts: Facts, subject: int = 12) -> Plan | Refusal:
    request = Request("propose", persona(subject), PARTICIPANT, partner=partner, actor=actor)
    return decide(rules("circle"), request, facts)


def test_a_proposal_takes_no_place_and_remembers_who_made_it() -> None:
    plan = proposal(MENTEE, persona(11), circle())
    assert isinstance(plan, Plan)
    assert rows(plan) == ["pair -1 (new)>PROPOSED by propose"]
    assert (plan.changes[0].places, plan.creations[0].proposer) == ({}, MENTEE)


def test_somebody_may_ask_several_but_nobody_twice() -> None:
    assert isinstance(proposal(MENTEE, persona(13), circle(proposed())), Plan)
    again = proposal(MENTEE, persona(11), circle(proposed()))
    assert isinstance(again, Refusal)
    assert codes(again.blockers) == ["NOT_TWICE"]


def test_the_mentor_accepts_and_the_other_proposals_of_both_lapse() -> None:
    facts = circle(proposed(), proposed(22, mentor=13), proposed(23, mentee=14), proposed(24, mentor=13, mentee=14))
    assert asked("accept", MENTOR, facts) == [
        "pair 21 PROPOSED>OPEN by accept",
        "persona 11 RTBM>MATCHED by become_matched <0",
        "persona 12 RTBM>MATCHED by become_matched <0",
        "pair 22 PROPOSED>LAPSED by lapse_proposal <0",
        "pair 23 PROPOSED>LAPSED by lapse_proposal <0",
    ]


@pytest.mark.parametrize(("transition", "may"), [("accept", {MENTOR}), ("decline", {MENTOR}), ("take_back", {MENTEE})])
def test_each_answer_is_for_one_of_the_two(transition: str, may: set[Ref]) -> None:
    facts = circle(proposed())
    allowed = {each for each in (MENTOR, MENTEE, OTHER) if asked(transition, each, facts) != ["NOT_PERMITTED"]}
    assert allowed == may


def test_the_places_are_taken_on_accepting() -> None:
    plan = decide(rules("circle"), Request("accept", pair(21), PARTICIPANT, actor=MENTOR), circle(proposed()))
    assert isinstance(plan, Plan)
    assert plan.changes[0].places == {"MENTOR": 1, "MENTEE": 1}
    elsewhere = circle(proposed(), a_match(22, mentee=14, places={"MENTOR": 1, "MENTEE": 1}))
    assert asked("accept", MENTOR, elsewhere) == ["NO_OPEN_PLACE"]


def test_the_present_match_is_the_open_one_and_not_a_later_proposal() -> None:
    facts = circle(a_match(), proposed(22, mentor=13), matched=True)
    ruleset = rules("circle")
    is_open = ruleset.transitions["close_match"]
    found = decide(ruleset, Request(is_open.id, pair(21), frozenset({"SITE_STAFF"}), answers=GOODBYE), facts)
    assert isinstance(found, Plan)
    assert found.changes[0].subject == pair(21)


def nameable(actor: Ref, partner: int, facts: Facts, subject: int = 12) -> bool:
    request = Request("propose", persona(subject), PARTICIPANT, partner=persona(partner), actor=actor)
    return may_be_named(rules("circle"), request, facts)


def test_partners_says_whom_one_may_name_unseen() -> None:
    assert nameable(MENTEE, 11, circle())
    assert not nameable(MENTEE, 14, circle())  # no mentor
    assert not nameable(MENTEE, 11, circle(matched=True))  # does not wait
    assert not nameable(MENTOR, 13, circle(), subject=11)  # only mentees ask
    assert not nameable(MENTOR, 12, circle(), subject=11)


def test_two_agree_in_turn() -> None:
    suggested = circle(a_match(21, "SUGGESTED"))
    halfway = circle(a_match(21, "MENTOR_YES"))
    assert asked("mentor_agrees", MENTEE, suggested, name="suggested") == ["NOT_PERMITTED"]
    assert asked("mentor_agrees", MENTOR, suggested, name="suggested") == [
        "pair 21 SUGGESTED>MENTOR_YES by mentor_agrees"
    ]
    assert asked("mentee_agrees", MENTEE, halfway, name="suggested")[0] == "pair 21 MENTOR_YES>OPEN by mentee_agrees"
    assert asked("say_no", MENTEE, halfway, name="suggested") == ["pair 21 MENTOR_YES>REFUSED by say_no"]
    assert asked("say_no", OTHER, halfway, name="suggested") == ["NOT_PERMITTED"]
