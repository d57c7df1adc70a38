"""Examples: whatever the rules do can be written down, and what is written otherwise is found."""

import re
from random import Random
from typing import Any

import pytest
import yaml

from server.engine.cast import Cast
from server.engine.decide import offers
from server.engine.facts import Facts, Kind, Ref
from server.engine.plan import Refusal, Request
from server.engine.rehearsal import rehearse
from server.engine.world import World
from server.rules.diagnostics import RulesError
from server.rules.loader import load_rules, load_text
from tests.engine.builders import NOW
from tests.rules.builders import SHIPPED, a_ruleset, problems, told

TEXT = SHIPPED.read_text(encoding="utf-8").split("\nexamples:\n")[0]
PEOPLE = ("Anna", "Ben", "Carl")
GIVEN = {
    name: {"user_status": "SCREENING_INCOMPLETE", role: {"partner_site": "north"}}
    for name, role in zip(PEOPLE, ("mentor", "mentee", "mentor"), strict=True)
}
ADMIN = frozenset({"PROGRAM_ADMIN"})
CLUB = """\
extends: small
program: club
title: Club
"""


def written(*steps: dict[str, Any]) -> str:
    """The shipped rules with one example."""
    example = {"given": GIVEN, "steps": list(steps) or [{"later": "PT1S"}]}
    return f"{TEXT}\n{yaml.safe_dump({'examples': {'a walk': example}}, sort_keys=False)}"


RULES = load_text(written()).rulesets["default"]


def names(facts: Facts) -> dict[Ref, str]:
    """What an example calls each record; of several pairs of the same two only the latest has a name."""
    found = {Ref(Kind.USER, number): name for number, name in enumerate(PEOPLE, 1)}
    for user, personas in facts.personas.items():
        had: dict[str, int] = {}
        for ref in personas:
            role = str(facts.records[ref].values["role"]).lower()
            had[role] = had.get(role, 0) + 1
            found[ref] = f"{found[user]}.{role}" + (f" {had[role]}" if had[role] > 1 else "")
    pairs = {}
    for ref, record in facts.records.items():
        if ref.kind is Kind.PAIR:
            pairs[" & ".join(found[facts.records[side].links["user"]] for side in record.links.values())] = ref
    return found | {ref: name for name, ref in pairs.items()}


def walked(world: World, chance: Random) -> dict[str, Any]:
    """A button pressed at random, now and then one that is blocked or not confirmed; what came of it as a step."""
    known = names(world.facts)
    buttons = [button for ref in known for button in offers(RULES, ref, ADMIN, world.facts)]
    button = chance.choice([b for b in buttons if b.allowed or chance.random() < 0.1])
    asked = {question.input.key: question.input.choices for question in button.asks if question.input.choices}
    answers = {key: chance.choice(choices).key for key, choices in asked.items()}
    confirmed = frozenset(warned.code for warned in button.warnings if chance.random() < 0.7)
    partner = None
    if button.transition.creates is Kind.PAIR:
        partner = chance.choice([ref for ref in known if ref.kind is Kind.PERSONA and ref != button.subject])
    wish = Request(button.transition.id, button.subject, ADMIN, partner, button.role, answers, confirmed)
    decision, _ = world.press(wish)
    step: dict[str, Any] = {"as": "PROGRAM_ADMIN", "does": wish.transition, "upon": known[wish.subject]}
    step |= {"partner": known[partner]} if partner else {}
    step |= {"with": {**answers, **({"role": button.role} if button.role else {})}} if answers or button.role else {}
    step |= {"confirm": sorted(confirmed)} if confirmed else {}
    if isinstance(decision, Refusal):
        every = (*decision.blockers, *decision.problems, *decision.unconfirmed)
        step["refused"] = sorted({reason.code for reason in every})
    step["expect"] = {name: dict(world.facts.records[ref].statuses) for ref, name in names(world.facts).items()}
    return {**step, "messages": {}}


def a_walk(seed: int) -> list[dict[str, Any]]:
    (example,) = RULES.examples
    world, chance = World(RULES, Cast(RULES, example).records(example, NOW), NOW), Random(seed)  # noqa: S311 - no secret
    return [walked(world, chance) for _ in range(40)]


@pytest.mark.parametrize("seed", range(4))
def test_what_happened_can_be_written_down_and_holds(seed: int) -> None:
    steps = a_walk(seed)
    assert {"refused" in step for step in steps} == {True, False}
    assert load_text(written(*steps)).diagnostics == ()


@pytest.mark.parametrize("seed", range(4))
def test_what_is_written_down_wrongly_is_found_at_its_line(seed: int) -> None:
    steps, chance = a_walk(seed), Random(seed)  # noqa: S311 - a fixed sample, not a secret
    step = chance.choice(steps)
    name = chance.choice(list(step["expect"]))
    machine = next(iter(step["expect"][name]))
    actual = step["expect"][name][machine]
    wrong = next(key for key in RULES.machines[machine].statuses if key != actual)
    step["expect"][name] = {machine: wrong}
    text = written(*steps)
    with pytest.raises(RulesError) as caught:
        load_text(text)
    (found,) = caught.value.diagnostics
    labels = RULES.machines[machine].statuses
    assert found.code == "example-failed"
    assert text.splitlines()[found.line - 1].strip() == f"{machine}: {wrong}"
    assert f"{name} has {machine} {labels[actual].label}, the example expects {machine} {labels[wrong].label}" in (
        found.message
    )


STORY = """\
examples:
  approving:
    given: {Anna: {}}
    as: STAFF
    does: approve
    upon: Anna
    expect: {Anna: {user_status: READY}}
"""


def test_an_example_of_the_base_that_a_program_contradicts_is_told_with_the_program() -> None:
    overlay = f"{CLUB}change: {{transitions.approve.to: NEW}}\n"
    (found, *_) = [each for each in problems(STORY, {"club": overlay}) if each.code == "example-failed"]
    assert (found.file, found.line, found.column) == ("case.yaml", 7, 21)
    assert found.message.endswith(
        "Anna has user_status New, the example expects user_status Ready (in the program club)"
    )


@pytest.mark.parametrize(
    "way",
    [
        "remove: {examples.approving: {because: Nobody is approved.}}\n",
        "remove: {examples: {because: Nobody is approved.}}\n",
        "change: {examples.approving.expect: {Anna: {user_status: NEW}}}\n",
    ],
)
def test_a_program_drops_or_replaces_an_example_of_the_base(way: str) -> None:
    change = "transitions.approve.to: NEW"
    overlay = f"{CLUB}{way}".replace("change: {", f"change: {{{change}, ")
    overlay += "" if "change" in way else f"change: {{{change}}}\n"
    assert "example-failed" not in [found.code for found in problems(STORY, {"club": overlay})]


def test_what_only_an_example_asks_is_neither_recalled_nor_used() -> None:
    facts = "facts:\n  ready: {user_status: READY}\n"
    text = STORY.replace("{user_status: READY}", "ready").replace("expect", "messages: {}\n    expect")
    assert told(facts + text) == ["2:3 unused"]
    assert a_ruleset(STORY.replace("{user_status: READY}", "{been: {user_status: NEW}}")).recalls == frozenset()


def test_examples_can_be_loaded_without_being_played(tmp_path: Any) -> None:
    file = tmp_path / "transitions.yaml"
    file.write_text(f"{TEXT}\n{STORY.replace('approve', 'activate')}", encoding="utf-8")
    file.write_text(file.read_text().replace("STAFF\n", "SITE_STAFF\n").replace("READY", "ACTIVE"), encoding="utf-8")
    with pytest.raises(RulesError):
        load_rules(file)
    (example,) = load_rules(file, examined=False).rulesets["default"].examples
    assert [failure.text[:46] for failure in rehearse(RULES, example)] == [
        '"activate" by SITE_STAFF upon Anna is refused:'
    ]


def test_a_person_registered_in_a_story_is_known_from_then_on() -> None:
    steps: list[dict[str, Any]] = [
        {"as": "SITE_STAFF", "does": "register_user", "upon": "Dora", "with": {"role": "MENTEE"}},
        {"as": "Dora", "sends": "application.finished", "upon": "Dora"},
        {
            "expect": {
                "Dora": {"user_status": "SCREENING_INCOMPLETE"},
                "Dora.mentee": {"match_status": "NOT_APPLICABLE"},
            }
        },
    ]
    assert load_text(written(*steps)).diagnostics == ()


def test_who_works_for_the_program_has_a_record_and_a_role() -> None:
    text = written({"as": "Anna", "does": "activate", "upon": "Ben"})
    given = "    Anna:\n        user_status"
    assert given.replace("    Anna", "      Anna") in text
    with pytest.raises(RulesError, match="NOT_FOUND"):
        load_text(text)
    assert load_text(text.replace("Anna:\n", "Anna:\n        acts_as: SITE_STAFF\n")).diagnostics == ()


def test_too_many_steps_are_refused() -> None:
    steps = "".join(["    - {later: P1D}\n"] * 61)
    (found,) = problems(f"examples:\n  long:\n    given: {{Anna: {{}}}}\n    steps:\n{steps}")
    assert (found.code, found.message) == ("too-large", "examples.long.steps has more than 60 entries")


def test_whoever_registers_somebody_fills_in_their_fields() -> None:
    fields = "fields:\n  hours: {label: Hours, of: persona, type: integer, allow: [SITE_STAFF]}\n\ntransitions:\n"
    steps: list[dict[str, Any]] = [
        {"as": "SITE_STAFF", "does": "register_user", "upon": "Dora", "with": {"role": "MENTEE", "hours": 3}},
        {"expect": {"Dora.mentee": {"hours": 3}}},
    ]
    assert load_text(written(*steps).replace("transitions:\n", fields, 1)).diagnostics == ()


def told_by(page: str, program: str, story: dict[str, Any]) -> tuple[Any, ...]:
    """An overlay of the guide, with a story of it."""
    text = (SHIPPED.parents[1] / "docs" / "rules" / page).read_text(encoding="utf-8")
    overlays = re.findall(r"```yaml\n(extends: .*?)```", text, re.DOTALL)
    (overlay,) = [each for each in overlays if f"\nprogram: {program}\n" in each]
    whole = yaml.safe_load(overlay)
    whole["add"]["examples"] = {"a story": story}
    return load_text(TEXT, "base.yaml", {program: yaml.safe_dump(whole, sort_keys=False)}).diagnostics


def test_a_story_tells_of_reminders_each_at_its_age() -> None:
    steps: list[dict[str, Any]] = [
        {"later": "P6D", "messages": {}},
        {"later": "P1D", "messages": {"Anna": "come_back"}},
        {"as": "PROGRAM_ADMIN", "does": "remind", "upon": "Anna", "messages": {"Anna": "come_back"}},
        {"later": "P30D", "messages": {"Anna": ["come_back", "come_back"]}},
        {"later": "P30D", "messages": {}, "expect": {"Anna": {"user_status": "APPLICATION_INCOMPLETE"}}},
    ]
    given = {"Anna": {"user_status": "APPLICATION_INCOMPLETE"}}
    assert told_by("time.md", "reminders", {"given": given, "steps": steps}) == ()


def test_a_story_tells_who_sees_a_field_by_a_rule() -> None:
    given = {
        "Anna": {"user_status": "ACTIVE", "mentor": {"match_status": "RTBM", "partner_site": "north"}},
        "Ben": {"user_status": "ACTIVE", "mentee": {"match_status": "RTBM", "partner_site": "north"}},
    }
    steps: list[dict[str, Any]] = [
        {"as": "Ben", "sees_no": "phone", "upon": "Anna"},
        {"as": "Ben", "does": "propose", "upon": "Ben.mentee", "partner": "Anna.mentor"},
        {"as": "Anna", "does": "accept", "upon": "Anna & Ben"},
        {"as": "Ben", "sees": "phone", "upon": "Anna"},
    ]
    assert told_by("sight.md", "choosing", {"given": given, "steps": steps}) == ()
