from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.engine.answers import trials
from server.engine.decide import decide, offer, offers
from server.engine.facts import Facts, Kind, Ref
from server.engine.plan import Offer, Plan, Refusal, Request
from server.engine.ruleset import Ruleset
from server.engine.world import applied
from tests.engine.builders import NOW
from tests.engine.worlds import ALL_CODES, CALLERS, RULES, amiss, crowded, requests, worlds

sample = settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
"""A fixed sample, the same on every run."""


@st.composite
def cases(draw: st.DrawFn) -> tuple[Ruleset, Facts, Request]:
    rules = RULES[draw(st.sampled_from(sorted(RULES)))]
    facts = draw(worlds())
    return rules, facts, draw(requests(facts, rules))


@st.composite
def plans(draw: st.DrawFn) -> tuple[Ruleset, Facts, Request, Plan]:
    """Something that is allowed: a registration at the very least."""
    rules = RULES[draw(st.sampled_from(sorted(RULES)))]
    facts = draw(worlds())
    roles = frozenset({draw(st.sampled_from(CALLERS))})
    buttons = [button for ref in facts.records for button in offers(rules, ref, roles, facts) if button.allowed]
    registration = Request("register_user", Ref(Kind.USER, 0), frozenset({"SITE_STAFF"}), role="MENTOR")
    wishes = [pressed(button, roles, facts, draw(st.randoms(use_true_random=False))) for button in buttons]
    request = draw(st.sampled_from([*wishes, registration]))
    plan = decide(rules, request, facts)
    if not isinstance(plan, Plan):
        request, plan = registration, decide(rules, registration, facts)
    assert isinstance(plan, Plan)
    return rules, facts, request, plan


def pressed(button: Offer, roles: frozenset[str], facts: Facts, chance: Random) -> Request:
    """The button pressed with random answers; Match with anybody of the other role."""
    own = facts.records[button.subject].values.get("role")
    partners = [ref for ref, record in facts.records.items() if record.values.get("role") not in (None, own)]
    asks = button.transition.asks
    return Request(
        button.transition.id,
        button.subject,
        roles,
        partner=chance.choice(partners) if button.transition.creates is Kind.PAIR and partners else None,
        role=button.role,
        answers={question.input.key: chance.choice(question.input.choices).key for question in asks},
        confirmed=ALL_CODES,
    )


def copied(facts: Facts) -> tuple[Any, ...]:
    return dict(facts.records), dict(facts.personas), dict(facts.pairs), facts.now


@sample
@given(cases())
def test_a_decision_is_always_made_always_the_same_and_changes_nothing(case: tuple[Ruleset, Facts, Request]) -> None:
    rules, facts, request = case
    before = copied(facts)
    decision = decide(rules, request, facts)
    assert isinstance(decision, Plan | Refusal)
    assert copied(facts) == before
    assert decide(rules, request, Facts(reversed(list(facts.records.values())), NOW)) == decision


@sample
@given(cases())
def test_a_refusal_gives_at_least_one_reason_and_every_reason_a_text(case: tuple[Ruleset, Facts, Request]) -> None:
    rules, facts, request = case
    refusal = decide(rules, request, facts)
    if isinstance(refusal, Plan):
        return
    reasons = (*refusal.blockers, *refusal.problems, *refusal.unconfirmed)
    assert reasons
    texts = [b.text for b in refusal.blockers] + [p.text for p in refusal.problems]
    assert all(texts)
    assert len(set(reasons)) == len(reasons)
    assert refusal.permitted is not any(b.code == "NOT_PERMITTED" and not b.chain for b in refusal.blockers)
    assert all(b.place is not None for b in refusal.blockers)
    assert all(b.subject is None or b.subject.id > 0 for b in refusal.blockers)
    assert not refusal.unconfirmed or not (refusal.blockers or refusal.problems)


@sample
@given(plans())
def test_a_plan_keeps_every_invariant_that_held_and_crowds_nobody(case: tuple[Ruleset, Facts, Request, Plan]) -> None:
    rules, facts, _, plan = case
    after = applied(rules, plan, facts).facts
    assert amiss(rules, after) <= amiss(rules, facts)
    assert crowded(rules, after) == []


@sample
@given(plans())
def test_a_plan_is_a_chain_of_licensed_moves_each_caused_by_an_earlier_one(
    case: tuple[Ruleset, Facts, Request, Plan],
) -> None:
    rules, facts, _, plan = case
    check_chain(rules, facts, plan)


def check_chain(rules: Ruleset, facts: Facts, plan: Plan) -> None:
    present = {(ref, key): status for ref, record in facts.records.items() for key, status in record.statuses.items()}
    created = {creation.ref for creation in plan.creations}
    for index, change in enumerate(plan.changes):
        spot = (change.subject, change.machine)
        assert present.get(spot) == change.before
        assert (change.before is None) == (change.subject in created and spot not in present)
        check_licence(rules, change.transition, change.machine, change.before, change.after)
        assert (change.caused_by is None) == (index == 0)
        assert change.caused_by is None or change.caused_by < index
        assert bool(change.places) == (change.after == "OPEN")
        present[spot] = change.after
    assert plan.changes[0].transition == plan.transition.id
    assert all(change.by_platform for change in plan.changes if change.transition != plan.transition.id)


def check_licence(rules: Ruleset, key: str, machine: str, before: str | None, after: str) -> None:
    transition = rules.transitions[key]
    if before is not None:
        assert (transition.creates, transition.machine, transition.target) == (None, machine, after)
        assert before in transition.sources
    else:
        assert transition.creates is not None
        assert after == (transition.target if machine == transition.machine else rules.machines[machine].start)


@sample
@given(cases())
def test_an_offer_and_the_decision_agree(case: tuple[Ruleset, Facts, Request]) -> None:
    rules, facts, request = case
    request = replace(request, by_event=False)
    found = offer(rules, request, facts)
    decision = decide(rules, request, facts)
    if isinstance(decision, Plan):
        assert found.allowed
    if not found.allowed:
        assert isinstance(decision, Refusal)
        assert request.partner is not None or {b.code for b in decision.blockers} <= {b.code for b in found.blockers}


@sample
@given(cases())
def test_a_blocked_offer_is_refused_whatever_is_answered_and_an_allowed_one_is_not(
    case: tuple[Ruleset, Facts, Request],
) -> None:
    rules, facts, request = case
    transition = rules.transitions[request.transition]
    if transition.creates is Kind.PAIR:
        return
    wish = replace(request, by_event=False, confirmed=ALL_CODES, effective_at=None, role=request.role or "MENTOR")
    every = trials(transition, frozenset(question.input.key for question in transition.asks))
    decisions = [decide(rules, replace(wish, answers=answers), facts) for answers in every]
    assert offer(rules, wish, facts).allowed is any(isinstance(decision, Plan) for decision in decisions)


@sample
@given(cases())
def test_every_button_of_every_record_can_be_computed(case: tuple[Ruleset, Facts, Request]) -> None:
    rules, facts, request = case
    for ref in facts.records:
        found = offers(rules, ref, request.roles, facts)
        assert found
        assert all(button.allowed or button.blockers for button in found)
        order = list(rules.transitions)
        assert [order.index(b.transition.id) for b in found] == sorted(order.index(b.transition.id) for b in found)


@sample
@given(plans())
def test_the_owner_may_press_whatever_anybody_may(case: tuple[Ruleset, Facts, Request, Plan]) -> None:
    rules, facts, request, plan = case
    assert decide(rules, replace(request, roles=frozenset({"SUPER_ADMIN"})), facts) == plan


@sample
@given(plans())
def test_nobody_else_may_press_what_the_rules_do_not_let_them(case: tuple[Ruleset, Facts, Request, Plan]) -> None:
    rules, facts, request, _ = case
    refusal = decide(rules, replace(request, roles=frozenset({"GUEST"})), facts)
    assert isinstance(refusal, Refusal)
    assert (refusal.permitted, [b.code for b in refusal.blockers]) == (False, ["NOT_PERMITTED"])


@sample
@given(plans())
def test_warnings_refuse_until_every_one_is_confirmed(case: tuple[Ruleset, Facts, Request, Plan]) -> None:
    rules, facts, request, plan = case
    decision = decide(rules, replace(request, confirmed=frozenset()), facts)
    if plan.warnings:
        assert decision == Refusal(plan.transition, True, unconfirmed=plan.warnings)
    else:
        assert decision == plan


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize("seed", range(4))
def test_a_random_walk_from_nobody_keeps_every_invariant(rules: Ruleset, seed: int) -> None:
    chance, facts = Random(seed), Facts([], NOW)  # noqa: S311 - a fixed sample, not a secret
    done: list[str] = []
    for role in ("MENTOR", "MENTEE", chance.choice(["MENTOR", "MENTEE"])):
        facts = step(rules, facts, Request("register_user", Ref(Kind.USER, 0), frozenset({"SITE_STAFF"}), role=role))
    while len(done) < 30:
        plan = decide(rules, chosen(rules, facts, chance, done), facts)
        if isinstance(plan, Plan):
            check_chain(rules, facts, plan)
            facts = applied(rules, plan, facts).facts
            done.append(plan.transition.id)
        assert amiss(rules, facts) == set()
        assert crowded(rules, facts) == []
    assert len(set(done)) >= 9


def step(rules: Ruleset, facts: Facts, request: Request) -> Facts:
    plan = decide(rules, request, facts)
    assert isinstance(plan, Plan)
    return applied(rules, plan, facts).facts


def chosen(rules: Ruleset, facts: Facts, chance: Random, done: list[str]) -> Request:
    """A button that is allowed somewhere, rather one not pressed yet, with random answers."""
    roles = frozenset({"PROGRAM_ADMIN"})
    allowed = [button for ref in facts.records for button in offers(rules, ref, roles, facts) if button.allowed]
    keys = sorted({button.transition.id for button in allowed})
    (transition,) = chance.choices(keys, [1 / (1 + done.count(key)) ** 2 for key in keys])
    button = chance.choice([button for button in allowed if button.transition.id == transition])
    return pressed(button, roles, facts, chance)
