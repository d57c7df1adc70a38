"""Whole programs explored: the flow of the article taken literally, and the shipped one; and random walks beside."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from server.engine.decide import offers
from server.engine.facts import Facts, Kind
from server.engine.plan import Plan, Request
from server.engine.ruleset import Ruleset
from server.engine.world import World
from server.exploration.acts import PROGRAM, without_fills
from server.exploration.explorer import explore, nobody
from server.exploration.report import reported
from server.exploration.situation import size_of
from server.exploration.space import Limits, Space
from server.exploration.words import Teller, story
from server.rules.loader import load_rules
from tests.rules.builders import SHIPPED

UP_TO_TWO = Limits(situations=2_000, seconds=None, personas=2, ahead=0)
ADMIN = frozenset({"PROGRAM_ADMIN"})


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    return load_rules(SHIPPED).rulesets["default"]


@pytest.fixture(scope="module")
def space(shipped: Ruleset) -> Space:
    return explore(shipped, UP_TO_TWO, lambda: 0.0)


def found(space: Space) -> list[str]:
    return [f"{each.code}: {each.text}" for each in reported(space).findings]


ACTIVE = (
    "Anna comes in as Mentor (Register).",
    "The event application.finished is reported for Anna.",
    "Staff presses Make Active on Anna.",
)
MATCHED = (
    *ACTIVE,
    "Ben comes in as Mentee (Register).",
    "The event application.finished is reported for Ben.",
    "Staff presses Make Active on Ben.",
    "Staff presses Match on Anna's mentor persona and Ben's mentee persona.",
)
CLOSED = (
    'Staff presses Close Match on the match of Anna and Ben and answers "Does the mentor continue" No, will not '
    'continue in program, "Does the mentee continue" No, will not continue in program.'
)


def test_the_flow_of_the_article_taken_literally():
    ruleset = load_rules(Path(__file__).parent / "article.yaml").rulesets["article"]
    report = reported(explore(ruleset, UP_TO_TWO, lambda: 0.0))
    cut, bound = "Who is matched must be able to write.", " (with up to 2 personas)"
    assert [(each.code, each.text.removesuffix(bound), each.steps) for each in report.findings] == [
        (
            "dead-end",
            "whoever is Active (User Status) stays so: nothing leads on, and it is no final status",
            ACTIVE,
        ),
        ("not-taken-back", "Make Active can never be taken back, and nobody is warned", ACTIVE),
        (
            "not-taken-back",
            "Make RTBM can never be taken back, and nobody is warned",
            (
                ACTIVE[0],
                "Staff presses Make Rescreening on Anna as Mentee.",
                "Staff presses Make RTBM on Anna's mentee persona.",
            ),
        ),
        (
            "not-taken-back",
            "Make persona Inactive can never be taken back, and nobody is warned",
            (ACTIVE[0], "Staff presses Make persona Inactive on Anna's mentor persona."),
        ),
        (
            "invariant-needed",
            'only an invariant stops Make Rescreening: "Nobody waits for, or is in, two matches in one role."',
            (ACTIVE[0], "Staff presses Make Rescreening on Anna as Mentor."),
        ),
        (
            "invariant-needed",
            f'only an invariant stops Match: "{cut}"',
            (
                *ACTIVE,
                "Staff presses Make persona Inactive on Anna's mentor persona.",
                "Staff presses Match on Anna's mentor persona.",
            ),
        ),
        (
            "invariant-needed",
            f'only an invariant stops Make persona Inactive: "{cut}"',
            (*MATCHED, "Staff presses Make persona Inactive on Ben's mentee persona."),
        ),
        (
            "invariant-needed",
            f'only an invariant stops Open Match: "{cut}"',
            (
                *MATCHED,
                CLOSED,
                "Staff presses Make persona Inactive on Ben's mentee persona.",
                "Staff presses Open Match on the match of Anna and Ben.",
            ),
        ),
    ]


def test_the_shipped_rules_with_two_personas_at_the_most(space):
    assert found(space) == [
        f"{each} (with up to 2 personas)"
        for each in (
            "never-refuses: NOT_REMATCHED_MENTOR of Open Match never refuses anything",
            "never-refuses: NOT_REMATCHED_MENTEE of Open Match never refuses anything",
            "never-carried-out: Retire surplus persona can never be carried out",
        )
    ]
    assert {kept.key: kept.alone for kept in reported(space).invariants} == {
        "one_in_the_pool": True,
        "only_active_people_are_matched": True,
        "open_matches_have_two_matched_sides": True,
        "matched_personas_have_an_open_match": True,
    }


@pytest.mark.proof
@pytest.mark.parametrize("program", ["default", "post_secondary"])
def test_nothing_is_found_in_the_shipped_rules_once_what_is_new_is_looked_at_ahead(program):
    ahead = explore(load_rules(SHIPPED).rulesets[program], replace(UP_TO_TWO, situations=20_000, ahead=2), lambda: 0.0)
    assert found(ahead) == []
    assert max(node.size for node in ahead.settled()) == 4


def test_every_story_can_be_told_and_is_as_long_as_the_way(space):
    for node in list(space.nodes.values())[::40]:
        assert len(story(node, Teller(space.ruleset))) == node.depth


@pytest.mark.parametrize("seed", range(6))
def test_a_random_walk_never_leaves_what_was_explored(shipped, space, seed):
    chance, canon = Random(seed), space.canon  # noqa: S311 - a fixed sample, not a secret
    world = World(shipped, nobody(shipped).records.values(), nobody(shipped).now)
    for role in ("MENTOR", "MENTEE"):
        world.press(Request("register_user", PROGRAM, ADMIN, role=role))
    steps = 0
    for _ in range(40):
        wish = chosen(shipped, world.facts, chance)
        decision, _ = world.press(wish)
        for group in canon.separated(without_fills(world.facts, space.lens)):
            assert size_of(canon.shape(group)) <= 2
            is_known = canon.key(group)[0] in space.nodes
            assert is_known, (wish, Teller(shipped).situation(group))
        steps += isinstance(decision, Plan)
    assert steps >= 20


def chosen(rules: Ruleset, facts: Facts, chance: Random) -> Request:
    """A button that is allowed somewhere, with random answers that make no persona; Match with whoever there is."""
    allowed = [button for ref in facts.records for button in offers(rules, ref, ADMIN, facts) if button.allowed]
    button = chance.choice([each for each in allowed if each.transition.creates != Kind.PERSONA])
    own = facts.records[button.subject].values.get("role")
    partners = [ref for ref, record in facts.records.items() if record.values.get("role") not in (None, own)]
    codes = frozenset(caution.code for each in rules.transitions.values() for caution in each.cautions)
    return Request(
        button.transition.id,
        button.subject,
        ADMIN,
        partner=chance.choice(partners) if button.transition.creates == Kind.PAIR else None,
        answers={q.input.key: chance.choice(q.input.choices[2:]).key for q in button.transition.asks if q.insists},
        confirmed=codes,
    )
