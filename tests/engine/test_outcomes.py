"""Outcomes by case: whatever the cases say, buttons and decisions agree, and lead only where the check knows."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engine.answers import trials
from server.engine.conditions import Identical, Not
from server.engine.decide import decide, offer
from server.engine.derived import Arithmetic
from server.engine.effects import Pick
from server.engine.facts import Facts, Past, Record, Situation
from server.engine.outcomes import PREVIOUS, Case, always
from server.engine.paths import Path, Scope, Terms
from server.engine.plan import Offer, Plan, Refusal, Request
from server.engine.questions import Choice, Input, Question
from server.engine.ruleset import Ruleset
from server.engine.values import Constant, ValueOf
from tests.engine.builders import (
    EARLIER,
    LONG_AGO,
    NOW,
    a_persona,
    a_user,
    a_world,
    ask,
    codes,
    persona,
    planned,
    refused,
    rows,
    two_people,
    user,
)
from tests.engine.flow import FLOW, changed, with_transition
from tests.engine.test_properties import sample
from tests.engine.words import a_transition, answered, fire, is_, none, some
from tests.engine.worlds import ALL_CODES, worlds

USER = FLOW.machines["user_status"]
MOOD = Question(Input("mood", "Mood?", "choice", tuple(Choice(key, key) for key in ("GOOD", "BAD", "NONE"))), True)
OWN = Identical(Path("actor", "actor"), (Path("self"),))

conditions = st.sampled_from(
    [
        answered("mood", "GOOD"),
        answered("mood", "BAD", "NONE"),
        is_("user_status", "ACTIVE", "SCREENING_INCOMPLETE"),
        some("personas", is_("match_status", "RTBM")),
        Not(answered("mood", "GOOD")),
        OWN,
        None,
    ]
)


@st.composite
def outcomes(draw: st.DrawFn) -> Case:
    follows = draw(st.sampled_from([(), (fire("leave_pool", each="personas"),)]))
    to = draw(st.sampled_from([*USER.statuses, PREVIOUS]))
    return Case(to, draw(conditions), follows, frozenset(draw(st.sets(st.sampled_from(list(USER.statuses))))))


@st.composite
def situations(draw: st.DrawFn) -> tuple[Ruleset, Facts, Request]:
    cases = tuple(draw(st.lists(outcomes(), min_size=1, max_size=4)))
    sources = draw(st.sets(st.sampled_from(list(USER.statuses)), min_size=1))
    decided = a_transition("decide", "user_status", "Decide", " ".join(sorted(sources)), "ACTIVE")
    quiet = draw(st.sampled_from([frozenset(), frozenset({"ALREADY_THERE"}), frozenset({"WRONG_STATUS"})]))
    rules = with_transition(replace(decided, cases=cases, asks=(MOOD,), quiet=quiet))
    facts = draw(worlds())
    past = [Past(key, None, LONG_AGO) for key in draw(st.lists(st.sampled_from(list(USER.statuses)), max_size=2))]
    known = [replace(record, past={"user_status": tuple(past)}) for record in facts.records.values()]
    actor = draw(st.sampled_from([None, user(1)]))
    wish = Request("decide", user(1), frozenset({"PROGRAM_ADMIN"}), actor=actor, confirmed=ALL_CODES)
    return rules, Facts(known, NOW), wish


def decisions(rules: Ruleset, facts: Facts, wish: Request) -> list[Plan | Refusal]:
    """What is decided with each answer there is."""
    every = trials(rules.transitions["decide"], frozenset({"mood"}))
    return [decide(rules, replace(wish, answers=answers), facts) for answers in every]


@sample
@given(situations())
def test_a_button_is_allowed_exactly_if_some_answer_leads_to_a_change(case: tuple[Ruleset, Facts, Request]) -> None:
    rules, facts, wish = case
    changes = [each for each in decisions(rules, facts, wish) if isinstance(each, Plan) and each.kept is None]
    assert offer(rules, wish, facts).allowed is bool(changes)


@sample
@given(situations())
def test_an_act_leads_where_its_button_and_the_rules_say_it_can(case: tuple[Ruleset, Facts, Request]) -> None:
    rules, facts, wish = case
    button, transition = offer(rules, wish, facts), rules.transitions["decide"]
    assert button.targets <= transition.targets
    for decision in decisions(rules, facts, wish):
        if isinstance(decision, Plan) and decision.kept is None:
            assert decision.changes[0].after in button.targets


@sample
@given(situations())
def test_who_asks_for_a_status_gets_it_or_nothing(case: tuple[Ruleset, Facts, Request]) -> None:
    rules, facts, wish = case
    for status in USER.statuses:
        for decision in decisions(rules, facts, replace(wish, to=status)):
            assert isinstance(decision, Refusal) or decision.kept or decision.changes[0].after == status


@sample
@given(situations())
def test_what_is_quiet_changes_nothing_at_all(case: tuple[Ruleset, Facts, Request]) -> None:
    rules, facts, wish = case
    loud = with_transition(replace(rules.transitions["decide"], quiet=frozenset()), rules=rules)
    for kept, plain in zip(decisions(rules, facts, wish), decisions(loud, facts, wish), strict=True):
        if isinstance(kept, Plan) and kept.kept is not None:
            assert kept == Plan(rules.transitions["decide"], (), kept=user(1))
            assert isinstance(plain, Refusal)
            assert codes(plain.blockers) == ["WRONG_STATUS"]
        elif isinstance(kept, Plan):
            assert replace(kept, transition=plain.transition) == plain


def decided(*cases: Case, **more: Any) -> Ruleset:
    plain = a_transition("decide", "user_status", "Decide", "SCREENING_INCOMPLETE", "ACTIVE", cases=cases, **more)
    return with_transition(plain)


SCREENED = a_world(a_user(1, "SCREENING_INCOMPLETE"), a_persona(11, "NOT_APPLICABLE"))


def test_where_no_case_holds_the_act_is_refused_and_says_so() -> None:
    rules = decided(Case("ACTIVE", some("personas", is_("match_status", "CLOSED"))))
    refusal = refused(ask("decide", user(1)), SCREENED, rules)
    assert [(b.code, b.text) for b in refusal.blockers] == [
        (
            "NO_OUTCOME",
            "The rules say of none of the outcomes of Decide that it is for this situation and these answers.",
        )
    ]
    button = offer(rules, ask("decide", user(1)), SCREENED)
    assert (codes(button.blockers), button.targets) == (["NO_OUTCOME"], frozenset())


def test_what_follows_in_any_case_comes_before_what_follows_in_one() -> None:
    first = fire("inactivate_persona", each="personas")
    second = fire("reactivate_persona", each="personas")
    rules = decided(Case("ACTIVE", None, (second,)), effects=(first,))
    rules = changed("inactivate_persona", rules, allow=frozenset({"SYSTEM"}), requires=())
    rules = changed("reactivate_persona", rules, allow=frozenset({"SYSTEM"}), requires=())
    plan = planned(ask("decide", user(1)), SCREENED, rules)
    assert [row.split(" by ")[1] for row in rows(plan)][:3] == [
        "decide",
        "inactivate_persona <0",
        "reactivate_persona <0",
    ]


def test_an_actor_decides_and_who_has_no_record_is_no_actor_of_any_case() -> None:
    rules = decided(Case("ACTIVE", OWN), Case("INACTIVE_REJECTED"))
    own = planned(ask("decide", user(1), actor=user(1)), SCREENED, rules)
    other = planned(ask("decide", user(1)), SCREENED, rules)
    assert [plan.changes[0].after for plan in (own, other)] == ["ACTIVE", "INACTIVE_REJECTED"]


def test_a_pair_is_offered_as_long_as_one_case_may_hold_of_the_other_side() -> None:
    taken = Case("OPEN", is_("mentee.match_status", "MATCHED"))
    rules = changed("match", cases=(taken,), requires=())
    facts = two_people()
    button: Offer = offer(rules, ask("match", persona(11)), facts)
    assert (button.allowed, button.targets) == (True, frozenset({"OPEN"}))
    refusal = refused(ask("match", persona(11), partner=persona(12)), facts, rules)
    assert codes(refusal.blockers) == ["NO_OUTCOME"]


def test_what_is_created_begins_where_the_case_says() -> None:
    closed = Case("CLOSED", is_("user_status", "INACTIVE_WITHDRAWN"))
    rules = changed("make_rescreening", cases=(closed, *always("RESCREENING")), requires=())
    for status, expected in (("INACTIVE_WITHDRAWN", "CLOSED"), ("ACTIVE", "RESCREENING")):
        plan = planned(ask("make_rescreening", user(1), role="MENTOR"), a_world(a_user(1, status)), rules)
        assert plan.changes[0].after == expected


def test_a_case_is_only_for_the_roles_of_its_status() -> None:
    rules = changed("become_closed", cases=(Case("NOT_MATCHING"),), allow=frozenset({"PROGRAM_ADMIN"}), requires=())
    assert rules.roles_for(rules.transitions["become_closed"]) == frozenset({"MENTEE"})
    both = changed("become_closed", cases=(Case("NOT_MATCHING", none("matches")), Case("CLOSED")))
    assert both.roles_for(both.transitions["become_closed"]) is None
    assert both.roles_for(both.transitions["become_closed"], "NOT_MATCHING") == frozenset({"MENTEE"})


def test_a_return_inside_an_act_goes_to_where_the_act_came_from() -> None:
    back = Case(PREVIOUS, back=frozenset({"NOT_APPLICABLE", "RTBM"}))
    release = a_transition(
        "release", "match_status", "Release", "CLOSED", "RTBM", cases=(back,), allow=frozenset({"SYSTEM"})
    )
    drop = a_transition("drop", "match_status", "Drop", "NOT_APPLICABLE RTBM", "CLOSED", effects=(fire("release"),))
    plan = planned(ask("drop", persona(11)), SCREENED, with_transition(release, drop))
    assert rows(plan) == [
        "persona 11 NOT_APPLICABLE>CLOSED by drop",
        "persona 11 CLOSED>NOT_APPLICABLE by release <0",
    ]


def test_what_is_fired_quietly_or_is_there_already_is_passed_over() -> None:
    quiet = changed("enter_pool", quiet=frozenset({"ALREADY_THERE"}), requires=())
    again = a_transition(
        "again",
        "user_status",
        "Again",
        "ACTIVE",
        "SCREENING_INCOMPLETE",
        effects=(fire("enter_pool", each="personas"),),
    )
    facts = a_world(a_user(1), a_persona(11, "RTBM"), a_persona(12, "MATCHED", role="MENTEE"))
    only = Facts([record for record in facts.records.values() if record.ref != persona(12)], NOW)
    assert rows(planned(ask("again", user(1)), only, with_transition(again, rules=quiet))) == [
        "user 1 ACTIVE>SCREENING_INCOMPLETE by again"
    ]
    assert codes(refused(ask("again", user(1)), facts, with_transition(again, rules=quiet)).blockers) == [
        "WRONG_STATUS"
    ]
    there = changed("make_rescreening", existing=is_("match_status", "RTBM"), requires=())
    twice = replace(again, effects=(fire("make_rescreening", role="MENTOR"),))
    assert len(planned(ask("again", user(1)), only, with_transition(twice, rules=there)).changes) == 1


@pytest.mark.parametrize(
    ("pick", "expected"),
    [
        (Pick(), 11),
        (Pick(last=True), 14),
        (Pick("match_status"), 12),
        (Pick("match_status", last=True), 13),
        (Pick("rank", "integer"), 13),
        (Pick("rank", "integer", last=True), 11),
        (Pick("behind", "integer"), 11),
        (Pick("behind", "integer", last=True), 13),
    ],
)
def test_one_of_several_is_picked_by_age_or_by_value(pick: Pick, expected: int) -> None:
    def one(number: int, rank: str | None, since: Any) -> Record:
        record = a_persona(number, since=since)
        return replace(record, values={**record.values, "rank": rank})

    records = [one(11, "10", EARLIER), one(12, "9", LONG_AGO), one(13, "-1", NOW), one(14, None, EARLIER)]
    behind = Arithmetic("minus", (Constant("100"), ValueOf(Path("rank", value="rank"))))
    scope = Scope(Situation(Facts(records, NOW)), records[0], records[0], terms=Terms(derived={"behind": behind}))
    assert pick.of(records, scope) == (next(record for record in records if record.ref == persona(expected)),)
    assert pick.of([], scope) == ()
