"""What is recalled is what the engine would say, and where an act leads is where its facts lead."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.engine.conditions import Answered
from server.engine.decide import decide, offer
from server.engine.facts import Facts, Kind, Record, Ref
from server.engine.plan import Plan
from server.engine.ruleset import Ruleset
from server.exploration.acts import PROGRAM, Acts, Tried
from server.exploration.arrivals import Arrivals
from server.exploration.explorer import explore
from server.exploration.lens import parts
from server.exploration.space import Limits, Node, Space
from server.exploration.tracing import Traced
from server.exploration.wishes import wishes
from server.rules.loader import load_rules, load_text
from tests.rules.builders import SHIPPED

CLEAN = (Path(__file__).parent / "clean.yaml").read_text(encoding="utf-8")
TIMED = (
    "transitions:\n",
    "fields:\n  consent: {label: Consent, of: user, type: boolean, sees: staff, allow: [STAFF]}\n"
    "  talks: {label: Talks, of: user, type: integer, sees: staff}\n"
    "transitions:\n"
    "  lapse: {machine: user_status, label: Lapse, from: NEW, to: GONE, allow: [STAFF, SYSTEM], "
    "automatic: {after: P9D}, require: {AGREED: {that: {consent: true}, otherwise: Ask for consent.}}, "
    "then: [{if: {age: {user_status: {at_least: P3D}}}, set: {talks: 2}}]}\n",
)


def shipped() -> Ruleset:
    return load_rules(SHIPPED, examined=False).rulesets["default"]


def timed() -> Ruleset:
    return load_text(CLEAN.replace(*TIMED, 1), "clean.yaml", examined=False).rulesets["clean"]


@pytest.mark.parametrize("rules", [shipped, timed])
def test_what_is_recalled_is_what_the_engine_says(rules):
    space = explored(rules())
    acts = Acts(space.ruleset, space.lens)
    asked = [tried for node in space.settled() for tried in every(acts, node, space.ruleset)]
    assert len({id(tried.answer) for tried in asked}) < len(asked)
    for tried in asked:
        assert tried.act.request is not None
        assert tried.decision == decide(space.ruleset, tried.act.request, tried.facts)


@pytest.mark.parametrize("rules", [shipped, timed])
def test_an_act_leads_where_its_facts_lead(rules):
    space = explored(rules())
    acts, arrivals = Acts(space.ruleset, space.lens), Arrivals(space.ruleset, space.lens, space.canon)
    for node in space.settled():
        for tried in every(acts, node, space.ruleset):
            if isinstance(tried.decision, Plan) and tried.decision.changes:
                shape = arrivals.shape(tried, tried.decision, node.shape)
                facts = arrivals.facts(tried, tried.decision)
                assert shape == space.canon.shape(facts)
                assert [space.canon.key(each)[0] for each in space.canon.separated(facts)] == [
                    space.canon.ordered(each)[0] for each in space.canon.parted(shape)
                ]


def test_a_recalled_offer_is_the_offer():
    space = explored(shipped())
    acts, rules = Acts(space.ruleset, space.lens), space.ruleset
    for node in space.settled():
        for ref in (ref for ref in node.facts.records if ref.kind is Kind.PERSONA):
            for act, offered in acts.offered(node.facts, rules.transitions["match"], ref):
                assert act.request is not None
                fresh = offer(rules, act.request, node.facts)
                assert (offered.allowed, [each.text for each in offered.blockers]) == (
                    fresh.allowed,
                    [each.text for each in fresh.blockers],
                )


def test_answers_that_rules_cannot_tell_apart_are_tried_once():
    rules = shipped()
    close = rules.transitions["close_match"]
    tried = [wish.answers for wish in wishes(rules, close, every=False)]
    assert [(each["mentor_rematch"], each["mentee_rematch"]) for each in tried] == [
        (mentor, mentee) for mentor in ("YES", "NO") for mentee in ("YES", "NO")
    ]
    assert len(wishes(rules, close, every=True)) == 16
    assert {each.key for each in parts(close, Answered)} == {"mentor_rematch", "mentee_rematch"}


def test_a_decision_that_would_go_through_all_records_is_refused():
    facts = Traced(Facts([Record(Ref(Kind.USER, 1), 1, {})], datetime(2026, 1, 5, tzinfo=UTC)))
    with pytest.raises(TypeError, match="never goes through all there are"):
        list(facts.records)
    assert facts.looks() == ()


def explored(rules: Ruleset) -> Space:
    return explore(rules, Limits(situations=60, seconds=None, personas=3, ahead=0), lambda: 0.0)


def every(acts: Acts, node: Node, rules: Ruleset) -> list[Tried]:
    found = []
    for transition in rules.transitions.values():
        for ref in (PROGRAM,) if transition.creates == Kind.USER else acts.subjects(transition, node.facts):
            for partner in (None,) if transition.creates == Kind.USER else acts.partners(transition, node.facts, ref):
                found += list(acts.tried(node.facts, transition, ref, partner))
    return found
