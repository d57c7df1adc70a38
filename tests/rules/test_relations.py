"""Who may press by relation: compiled from text, decided for one person after the other."""

from dataclasses import replace

import pytest

from server.engine.decide import decide, offers
from server.engine.facts import Facts, Record, Ref
from server.engine.plan import Plan, Refusal, Request
from tests.engine.builders import a_match, a_persona, a_user, a_world, codes, pair, persona, user
from tests.rules.builders import a_ruleset, problems

RULES = a_ruleset("""
actors:
  SUPER_ADMIN: {label: Owner, scope: all}
  STAFF: {label: Staff, scope: program}
  PARTICIPANT: {label: Participant, scope: self}
  SYSTEM: {label: Platform, scope: all}
fields:
  buddy: {of: user, label: Buddy, type: user}
  circle: {of: user, label: Circle, type: user, several: true}
facts:
  ready: {user_status: READY}
transitions:
  approve:
    machine: user_status
    label: Approve
    from: NEW
    to: READY
    allow: [{PARTICIPANT: {actor: [buddy, circle]}}]
  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}
  join:
    machine: pair_status
    label: Join
    creates: pair
    to: OPEN
    allow: [STAFF, {PARTICIPANT: {actor: mentee.user}}]
  accept:
    machine: pair_status
    label: Accept
    from: OPEN
    to: OVER
    allow: [{PARTICIPANT: {actor: mentor.user}}]
    then:
      - {each: mentee.matches, where: {not: {self: this}, mentor: this.mentor}, fire: drop}
  either:
    machine: pair_status
    label: Either
    from: OPEN
    to: OVER
    allow: [STAFF, {PARTICIPANT: {actor: [mentor.user, mentee.user]}}]
  answer:
    machine: pair_status
    label: Answer
    from: OPEN
    to: OVER
    allow: [{PARTICIPANT: {actor: [mentor.user, mentee.user], not: {actor: proposer}}}]
  withdraw: {machine: pair_status, label: Withdraw, from: OPEN, to: OVER, allow: [{PARTICIPANT: {actor: proposer}}]}
  ready_only: {machine: pair_status, label: Ready, from: OPEN, to: OVER, allow: [{PARTICIPANT: {actor: ready}}]}
  mentors_only:
    machine: pair_status
    label: Mentors
    from: OPEN
    to: OVER
    allow: [{PARTICIPANT: {some: {of: actor.personas, where: {role: MENTOR}}}}]
  careful:
    machine: pair_status
    label: Careful
    from: OPEN
    to: OVER
    allow: [STAFF, PARTICIPANT]
    require:
      NOT_ONESELF: {that: {not: {actor: proposer}}, otherwise: Somebody else must do this.}
  drop: {machine: pair_status, label: Drop, from: OPEN, to: OVER, allow: [SYSTEM]}
""")
MENTOR, MENTEE, STRANGER = user(1), user(2), user(3)


def world(proposer: Ref | None = MENTEE, *more: Record) -> Facts:
    """Mentor 1 (READY) and mentee 2 (NEW) in the pair 21, and somebody else."""
    return a_world(
        replace(a_user(1, "READY"), values={"buddy": "User-3"}, lists={"circle": frozenset()}),
        replace(a_user(2, "NEW"), values={"buddy": "User-1"}, lists={"circle": frozenset({"User-2"})}),
        a_user(3, "NEW"),
        a_persona(11, "FREE", status="NEW"),
        a_persona(12, "FREE", of=2, role="MENTEE", status="NEW"),
        replace(a_match(), proposer=proposer),
        *more,
    )


def done(
    transition: str,
    actor: Ref | None,
    facts: Facts | None = None,
    *,
    by: str = "PARTICIPANT",
    subject: Ref | None = None,
) -> list[str]:
    """The blockers; none: it is done."""
    request = Request(transition, subject or pair(21), frozenset({by}), actor=actor)
    decision = decide(RULES, request, facts or world())
    return [] if isinstance(decision, Plan) else codes(decision.blockers)


def said(transition: str, subject: Ref | None = None, actor: Ref = STRANGER) -> str:
    request = Request(transition, subject or pair(21), frozenset({"PARTICIPANT"}), actor=actor)
    refusal = decide(RULES, request, world())
    assert isinstance(refusal, Refusal)
    assert not refusal.permitted
    return refusal.blockers[0].text


REFUSED = ["NOT_PERMITTED"]


@pytest.mark.parametrize(
    ("transition", "may"),
    [
        ("accept", {MENTOR}),
        ("either", {MENTOR, MENTEE}),
        ("answer", {MENTOR}),
        ("withdraw", {MENTEE}),
        ("ready_only", {MENTOR}),
        ("mentors_only", {MENTOR}),
    ],
)
def test_a_transition_is_pressed_by_those_for_whom_its_condition_holds(transition: str, may: set[Ref]) -> None:
    assert {each for each in (MENTOR, MENTEE, STRANGER) if done(transition, each) == []} == may


def test_a_field_names_who_may() -> None:
    facts = world()
    allowed = [each for each in (MENTOR, MENTEE, STRANGER) if not done("approve", each, facts, subject=MENTEE)]
    assert allowed == [MENTOR, MENTEE]
    assert done("approve", MENTEE, facts, subject=STRANGER) == REFUSED


def test_an_actor_without_a_condition_needs_no_record() -> None:
    assert done("either", None, by="STAFF") == []


def test_of_whom_has_no_record_nothing_certainly_holds() -> None:
    transitions = ("accept", "either", "answer", "withdraw", "ready_only", "mentors_only")
    assert [done(transition, None) for transition in transitions] == [REFUSED] * len(transitions)


def test_the_owner_may_press_whatever_anybody_may() -> None:
    assert done("accept", None, by="SUPER_ADMIN") == []


def test_a_requirement_on_the_actor_stands_against_the_actor_alone() -> None:
    assert done("careful", MENTEE) == ["NOT_ONESELF"]
    assert done("careful", MENTOR) == []
    assert done("careful", None, by="STAFF") == []


def test_nobody_made_a_pair_that_has_no_proposer() -> None:
    assert done("withdraw", MENTEE, world(None)) == REFUSED
    assert done("answer", MENTEE, world(None)) == []


def test_effects_tell_this_record_from_its_like() -> None:
    facts = world(MENTEE, a_match(22), a_match(23, mentor=13), a_user(4), a_persona(13, "FREE", of=4, status="NEW"))
    plan = decide(RULES, Request("accept", pair(21), frozenset({"PARTICIPANT"}), actor=MENTOR), facts)
    assert isinstance(plan, Plan)
    assert [(change.subject, change.transition) for change in plan.changes] == [
        (pair(21), "accept"),
        (pair(22), "drop"),
    ]


def test_a_new_pair_is_proposed_by_who_makes_it() -> None:
    facts = a_world(*(record for ref, record in world().records.items() if ref != pair(21)))
    request = Request("join", persona(12), frozenset({"PARTICIPANT"}), partner=persona(11), actor=MENTEE)
    plan = decide(RULES, request, facts)
    assert isinstance(plan, Plan)
    assert plan.creations[0].proposer == MENTEE
    assert decide(RULES, replace(request, actor=MENTOR), facts) != plan


def test_as_long_as_the_other_side_is_not_chosen_it_is_enough_that_one_may() -> None:
    facts = a_world(*(record for ref, record in world().records.items() if ref != pair(21)))
    role = frozenset({"PARTICIPANT"})

    def offered(subject: Ref, actor: Ref) -> dict[str, bool]:
        return {offer.transition.id: offer.allowed for offer in offers(RULES, subject, role, facts, actor)}

    assert offered(persona(12), MENTEE)["join"]
    assert offered(persona(11), MENTOR)["join"]  # the mentee could still be the mentor's own persona
    assert not offered(persona(12), MENTOR)["join"]


def test_buttons_are_offered_by_relation() -> None:
    role = frozenset({"PARTICIPANT"})
    found = {offer.transition.id for offer in offers(RULES, pair(21), role, world(), MENTEE) if offer.allowed}
    assert found == {"either", "withdraw"}


@pytest.mark.parametrize(
    ("transition", "text"),
    [
        ("accept", "Accept is for: the mentor of this match."),
        ("either", "Either is for: Staff, the mentor of this match or the mentee of this match."),
        (
            "answer",
            "Answer is for: the mentor of this match or the mentee of this match, but not whoever proposed it.",
        ),
        ("withdraw", "Withdraw is for: whoever proposed it."),
        ("ready_only", "Ready is for: Participant, under a condition of the rules."),
    ],
)
def test_the_refusal_says_who_may(transition: str, text: str) -> None:
    assert said(transition) == text


def test_the_refusal_names_the_field_that_says_who_may() -> None:
    assert said("approve", MENTEE) == "Approve is for: whoever is named as Buddy or whoever is named as Circle."


BASE = """
transitions:
  approve:
    machine: user_status
    label: Approve
    from: NEW
    to: READY
    locked: true
    allow: [STAFF, {SUPER_ADMIN: {actor: self}}]
  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}
  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF]}
"""


@pytest.mark.parametrize(
    ("allow", "told"),
    [
        ("[STAFF, {SUPER_ADMIN: {actor: self}}]", []),
        ("[{STAFF: {actor: self}}, {SUPER_ADMIN: {actor: self}}]", []),
        ("[{SUPER_ADMIN: {actor: self}}]", []),
        ("[STAFF, SUPER_ADMIN]", ["locked"]),
        ("[{SUPER_ADMIN: {actor.user_status: READY}}]", ["locked"]),
        ("[STAFF, {SYSTEM: {user_status: READY}}]", ["locked", "contradiction"]),
    ],
)
def test_who_may_press_what_is_locked_is_narrowed_at_most(allow: str, told: list[str]) -> None:
    overlay = f"extends: small\nprogram: other\ntitle: Other\nchange: {{transitions.approve.allow: {allow}}}\n"
    found = [problem.code for problem in problems(BASE, {"other": overlay}) if problem.code != "unreachable-status"]
    assert found == told


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        ("change: {transitions.ask.partners: {role: MENTEE}}", ["locked"]),
        ("change: {transitions.ask.partners: {role: MENTOR}}", []),
        ("remove: {transitions.ask.partners: {because: Staff alone match.}}", []),
        ("add: {transitions.join.partners: {role: MENTOR}}", ["locked"]),
        ("change: {facts.free: {match_status: [FREE, TAKEN]}}", ["locked"]),
    ],
)
def test_whom_one_may_name_unseen_is_locked_as_well(edit: str, told: list[str]) -> None:
    base = """
facts:
  free: {match_status: FREE}
transitions:
  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}
  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF], locked: true}
  beg: {machine: pair_status, label: Beg, creates: pair, to: OPEN, allow: [STAFF], locked: true, partners: free}
  ask:
    machine: pair_status
    label: Ask
    creates: pair
    to: OPEN
    allow: [STAFF]
    partners: {role: MENTOR}
    locked: true
"""
    overlay = f"extends: small\nprogram: other\ntitle: Other\n{edit}\n"
    found = [problem.code for problem in problems(base, {"other": overlay}) if problem.code != "unreachable-status"]
    assert found == told


def test_people_see_what_is_public_of_themselves_where_nothing_else_is_said() -> None:
    assert RULES.actors["PARTICIPANT"].sees == {"public"}
    assert RULES.actors["STAFF"].sees == {"public", "staff", "sensitive"}
