import pytest

from server.engine.conditions import All, Answered, AnyOf, At, Count, Filled, Named, Not, OneOf, Same
from server.engine.memory import Been
from server.engine.paths import Path
from server.engine.ruleset import Ruleset
from server.engine.values import Constant
from tests.rules.builders import a_ruleset, told

FACTS = "facts:\n  ready: {user_status: READY}\n"


def transitions(slots: str, machine: str = "pair_status") -> str:
    """The minimal transitions, with one more on the machine, which has the given slots."""
    to = {"pair_status": "OVER", "match_status": "TAKEN", "user_status": "READY"}[machine]
    return (
        "transitions:\n"
        "  approve: {machine: user_status, label: Approve, from: NEW, to: READY, allow: [STAFF]}\n"
        "  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}\n"
        "  end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}\n"
        f"  tried: {{machine: {machine}, label: Tried, to: {to}, allow: [STAFF], {slots}}}\n"
    )


def compiled(condition: str, machine: str = "pair_status", before: str = ""):
    require = f"from: {{any: true}}, require: {{CODE: {{that: {condition}, otherwise: No.}}}}"
    ruleset: Ruleset = a_ruleset(before + transitions(require, machine))
    return ruleset.transitions["tried"].requires[0].that


def is_(text: str, value: str, *among: str, links: tuple[str, ...] = (), start: str = "self") -> OneOf:
    return OneOf(Path(text, start, links, value), frozenset(among))


def test_a_user_status_asked_of_a_persona_is_that_of_its_user():
    assert compiled("{user_status: READY}", "match_status") == is_(
        "user_status", "user_status", "READY", links=("user",)
    )


def test_a_side_becomes_a_link_with_its_role():
    expected = is_("mentor.user.user_status", "user_status", "READY", links=("MENTOR", "user"))
    assert compiled("{mentor.user.user_status: READY}") == expected


def test_a_list_of_values_is_one_of():
    assert compiled("{match_status: [FREE, TAKEN]}", "match_status") == is_(
        "match_status", "match_status", "FREE", "TAKEN"
    )


def test_a_map_of_several_keys_is_and():
    assert compiled("{match_status: FREE, role: MENTOR}", "match_status") == All(
        (is_("match_status", "match_status", "FREE"), is_("role", "role", "MENTOR"))
    )


def test_any_all_and_not():
    free = is_("match_status", "match_status", "FREE")
    assert compiled("{any: [{match_status: FREE}, {all: [{match_status: FREE}]}]}", "match_status") == AnyOf(
        (free, All((free,)))
    )
    assert compiled("{not: {match_status: FREE}}", "match_status") == Not(free)


def test_a_word_is_a_fact():
    inner = is_("user_status", "user_status", "READY", links=("user",))
    assert compiled("ready", "match_status", FACTS) == Named("ready", inner)


def test_a_fact_can_be_asked_of_a_side():
    inner = is_("user_status", "user_status", "READY", links=("user",))
    assert compiled("{mentee: ready}", before=FACTS) == At(Path("mentee", "self", ("MENTEE",)), Named("ready", inner))


def test_a_condition_can_be_asked_of_a_side():
    free = is_("match_status", "match_status", "FREE")
    assert compiled("{mentor: {match_status: FREE}}") == At(Path("mentor", "self", ("MENTOR",)), free)


def test_partner_and_match_lead_on_from_a_persona():
    assert compiled("{partner.match_status: FREE}", "match_status") == is_(
        "partner.match_status", "match_status", "FREE", links=("partner",)
    )
    assert compiled("{match.pair_status: OPEN}", "match_status") == is_(
        "match.pair_status", "pair_status", "OPEN", links=("match",)
    )


@pytest.mark.parametrize(
    ("words", "least", "most"),
    [
        ("some: {of: sides}", 1, None),
        ("none: {of: sides}", None, 0),
        ("count: {of: sides, at_least: 2}", 2, None),
        ("count: {of: sides, at_most: 3}", None, 3),
        ("count: {of: sides, exactly: 1}", 1, 1),
    ],
)
def test_quantifiers_are_counts(words, least, most):
    limits = [None if limit is None else Constant(str(limit)) for limit in (least, most)]
    assert compiled(f"{{{words}}}") == Count(Path("sides", many="sides"), None, *limits)


def test_this_role_compares_with_the_record_of_the_transition():
    condition = compiled("{some: {of: personas, where: {role: this.role}}}", "match_status")
    same = Same(Path("role", value="role"), Path("this.role", "this", value="role"))
    assert condition == Count(Path("personas", many="personas"), same, Constant("1"))


def test_created_role_is_that_of_the_persona_to_be():
    ruleset = a_ruleset(
        transitions(
            "creates: persona, require: "
            "{CODE: {that: {none: {of: personas, where: {role: created.role}}}, otherwise: No.}}",
            "match_status",
        )
    )
    same = Same(Path("role", value="role"), Path("created.role", "created", value="role"))
    assert ruleset.transitions["tried"].requires[0].that == Count(
        Path("personas", many="personas"), same, None, Constant("0")
    )


@pytest.mark.parametrize(("word", "wanted"), [("set", True), ("empty", False)])
def test_a_placement_is_set_or_empty(word, wanted):
    assert compiled(f"{{partner_site: {word}}}", "match_status") == Filled(
        Path("partner_site", value="partner_site"), wanted
    )


def test_been_asks_for_the_past_and_is_recalled():
    slots = "from: {any: true}, require: {CODE: {that: {been: {user_status: READY}}, otherwise: No.}}"
    ruleset = a_ruleset(transitions(slots, "match_status"))
    path = Path("user_status", "self", ("user",), "user_status")
    assert ruleset.transitions["tried"].requires[0].that == Been(path, frozenset({"READY"}))
    assert ruleset.recalls == {"user_status"}


def test_answers_can_be_compared_in_the_effects_of_what_asks():
    why = "  why: {label: Why, type: choice, choices: {GOOD: {label: Good}}}\n"
    inputs = f"inputs:\n{why}  sure: {{label: Sure, type: boolean}}\n"
    effect = "then: [{if: {input.why: GOOD, input.sure: true}, each: sides, fire: take}]"
    ruleset = a_ruleset(inputs + transitions(f"from: OPEN, ask: [why!, sure], {effect}"))
    assert ruleset.transitions["tried"].effects[0].about.condition == All(
        (Answered("why", frozenset({"GOOD"})), Answered("sure", frozenset({"true"})))
    )


def test_facts_on_facts_end_somewhere():
    chain = "".join(f"  f{i}: {{not: f{i + 1}}}\n" for i in range(500))
    found = told(f"facts:\n{chain}  f500: {{user_status: READY}}\n")
    assert found[0] == "6:13 too-deep"


def test_a_fact_on_an_unknown_fact_is_told_once():
    assert told("facts:\n  a: {not: b}\n") == ["2:12 unknown-fact"]
