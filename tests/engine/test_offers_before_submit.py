import pytest

from server.engine.conditions import Condition, Count, Named, Not
from server.engine.decide import offers
from server.engine.effects import Fire
from server.engine.facts import Facts, Ref
from server.engine.plan import Offer
from server.engine.questions import Input, Question
from server.engine.ruleset import Ruleset
from tests.engine.builders import (
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    codes,
    edited,
    pair,
    persona,
    two_people,
    user,
)
from tests.engine.flow import FLOW, changed, with_open_pairs, with_transition
from tests.engine.words import a_transition, answered, either, every, fire, is_, need, none, number, on, path, some

STAFF = frozenset({"PROGRAM_ADMIN"})


def buttons(ref: Ref, facts: Facts, rules: Ruleset = FLOW, by: str = "PROGRAM_ADMIN") -> list[Offer]:
    return list(offers(rules, ref, frozenset({by}), facts))


def named(listed: list[Offer]) -> list[str]:
    return [f"{found.transition.id}{' ' + found.role if found.role else ''}" for found in listed]


def button(transition: str, ref: Ref, facts: Facts, rules: Ruleset = FLOW) -> Offer:
    (found,) = [found for found in buttons(ref, facts, rules) if found.transition.id == transition]
    return found


# Match, offered on one persona ---------------------------------------------------------


@pytest.mark.parametrize("ref", [persona(11), persona(12)])
def test_match_is_offered_on_either_side(ref: Ref) -> None:
    found = button("match", ref, two_people())
    assert (found.allowed, found.subject) == (True, ref)


def test_match_looks_only_at_the_side_it_is_offered_on() -> None:
    facts = edited(two_people("RTBM", "CLOSED"), user(2), statuses={"user_status": "INACTIVE_WITHDRAWN"})
    assert button("match", persona(11), facts).allowed
    assert codes(button("match", persona(12), facts).blockers) == ["AVAILABLE", "READY"]


def test_match_is_blocked_without_an_open_place_on_that_side() -> None:
    found = button("match", persona(11), a_matched_world(), with_open_pairs(1))
    assert [(b.code, b.subject) for b in found.blockers] == [("NO_OPEN_PLACE", persona(11))]


@pytest.mark.parametrize(
    "requirement",
    [
        Count(path("sides"), is_("match_status", "RTBM"), number(2), number(2)),
        none("sides", is_("match_status", "CLOSED")),
        either(is_("mentor.match_status", "CLOSED"), is_("mentee.match_status", "RTBM")),
        every(on("mentee", is_("match_status", "RTBM")), some("mentee.user.personas")),
    ],
)
def test_what_depends_on_the_other_side_does_not_block(requirement: Condition) -> None:
    rules = changed("match", requires=(need("R", requirement, "R.", 1),))
    assert button("match", persona(11), two_people("RTBM", "CLOSED"), rules).allowed


def test_a_condition_on_the_partner_in_the_cascade_of_an_offer_does_not_block() -> None:
    rules = changed("become_matched", requires=(need("P", is_("partner.match_status", "RTBM"), "P.", 1),))
    assert button("match", persona(11), two_people(), rules).allowed


def test_effects_on_the_other_side_are_left_for_later() -> None:
    effects = (
        fire("become_matched", subject="mentee"),
        fire("retire_surplus_persona", each="mentee.user.personas"),
        fire("make_rescreening", subject="mentor.user", role=path("mentee.role")),
        fire("become_matched", subject="mentor", answers={"close_reason": path("mentee.role")}),
        fire("become_closed", subject="mentor", condition=is_("mentee.match_status", "RTBM")),
    )
    assert button("match", persona(11), two_people(), changed("match", effects=effects)).allowed


def test_effects_on_its_own_side_are_tried() -> None:
    rules = changed("match", effects=(fire("become_closed", subject="mentor"),))
    found = button("match", persona(11), two_people(), rules)
    assert [(b.code, b.chain) for b in found.blockers] == [("WRONG_STATUS", ("match",))]
    assert button("match", persona(12), two_people(), rules).allowed


# Answers that are not given yet --------------------------------------------------------


def with_reason(*effects: Fire, rules: Ruleset = FLOW) -> Ruleset:
    """Reject asks why; its effects depend on it."""
    question = Question(FLOW.inputs["close_reason"], required=True)
    return changed("reject", rules, asks=(question,), effects=effects)


SCREENED = a_world(a_user(1, "SCREENING_INCOMPLETE"), a_persona(11))


def test_an_offer_needs_no_answers() -> None:
    assert button("close_match", pair(21), a_matched_world()).allowed


def test_effects_that_ask_no_input_are_evaluated() -> None:
    rules = changed("reject", effects=(fire("enter_pool", each="personas"),))
    found = button("reject", user(1), SCREENED, rules)
    assert codes(found.blockers) == ["WRONG_STATUS", "USER_ACTIVE"]


UNLESS_OTHER = Not(answered("close_reason", "OTHER"))


def test_an_offer_is_allowed_when_one_choice_is() -> None:
    refuses = fire("become_closed", each="personas", condition=UNLESS_OTHER)
    assert button("reject", user(1), SCREENED, with_reason(refuses)).allowed


def test_an_offer_is_blocked_when_every_choice_is_refused_with_the_reasons_of_all() -> None:
    length = fire("become_closed", each="personas", condition=answered("close_reason", "LENGTH"))
    others = ("MENTEE_INITIATED", "MENTOR_INITIATED", "OTHER")
    other = fire("make_rtbm", each="personas", condition=answered("close_reason", *others))
    found = button("reject", user(1), SCREENED, with_reason(length, other))
    assert [(b.code, b.text.split(" ")[0]) for b in found.blockers] == [
        ("WRONG_STATUS", "Become"),
        ("NOT_PERMITTED", "Make"),
        ("WRONG_STATUS", "Make"),
        ("AVAILABLE", "Only"),
    ]


@pytest.mark.parametrize(
    "wrapped",
    [
        UNLESS_OTHER,
        every(UNLESS_OTHER),
        either(is_("user_status", "ACTIVE"), UNLESS_OTHER),
        on("this", UNLESS_OTHER),
        some("personas", UNLESS_OTHER),
        Named("unless_other", UNLESS_OTHER),
    ],
)
def test_an_answer_is_found_wherever_a_condition_asks_for_it(wrapped: Condition) -> None:
    """Only the last choice is allowed, so that trying none, or another, would not find it."""
    by_condition = fire("become_closed", each="personas", condition=wrapped)
    by_where = fire("become_closed", each="personas", where=UNLESS_OTHER)
    assert button("reject", user(1), SCREENED, with_reason(by_condition)).allowed
    assert button("reject", user(1), SCREENED, with_reason(by_where)).allowed
    assert not button("reject", user(1), SCREENED, with_reason(fire("become_closed", each="personas"))).allowed


def test_answers_that_a_fired_transition_looks_at_are_tried_too() -> None:
    leave = fire("leave_pool", each="personas")
    rules = changed("leave_pool", effects=(fire("become_closed", condition=UNLESS_OTHER),))
    assert button("reject", user(1), SCREENED, with_reason(leave, rules=rules)).allowed
    never = changed("leave_pool", effects=(fire("become_closed"),))
    found = button("reject", user(1), SCREENED, with_reason(leave, rules=never))
    assert [b.chain for b in found.blockers] == [("reject", "leave_pool")]


def test_an_optional_question_may_decide_by_not_being_answered() -> None:
    sure = Question(Input("sure", "Sure?", "boolean"), required=False)
    effects = (fire("become_closed", each="personas", condition=answered("sure", "true", "false")),)
    assert button("reject", user(1), SCREENED, changed("reject", asks=(sure,), effects=effects)).allowed


def test_counting_without_a_condition_decides_nothing() -> None:
    effects = (fire("leave_pool", each="personas", condition=some("personas")),)
    assert button("reject", user(1), SCREENED, with_reason(*effects)).allowed


def test_rules_in_a_circle_are_followed_once() -> None:
    rules = with_transition(
        a_transition("ping", "user_status", "Ping", "ACTIVE", "ACTIVE", effects=(fire("pong"),)),
        a_transition("pong", "user_status", "Pong", "ACTIVE", "ACTIVE", effects=(fire("ping"),)),
    )
    assert not button("ping", user(1), a_world(a_user()), rules).allowed
