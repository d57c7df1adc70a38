"""Single changes that nobody would notice, and the examples that are proposed against them."""

from pathlib import Path

import pytest

from server.exploration.coverage import Coverage
from server.exploration.explorer import explore
from server.exploration.proposals import proposal
from server.exploration.space import Limits
from server.rules.diagnostics import RulesError
from server.rules.files import RuleFile, RuleFiles, gather
from server.rules.loader import load_text
from server.rules.mutants import mutant, mutations
from tests.rules.builders import SHIPPED

CLEAN = (Path(__file__).parent / "clean.yaml").read_text(encoding="utf-8")
FILES = RuleFiles(RuleFile("clean.yaml", CLEAN.encode()))
END = "# end of rules\n"


@pytest.fixture(scope="module")
def missed() -> dict[str, str]:
    """Every change that nobody would notice, with the example that is proposed."""
    space = explore(load_text(CLEAN).rulesets["clean"], Limits(situations=100, seconds=None), lambda: 0.0)
    coverage, found = Coverage(space), {}
    for mutation in mutations(FILES, "clean"):
        changed = mutant(mutation)
        shown = coverage.missed(changed.ruleset, mutation.transition) if changed else None
        if shown is not None:
            found[mutation.text] = proposal(space.ruleset, f"never {mutation.text}", shown)
    return found


def test_every_single_change_is_looked_at():
    assert [mutation.text for mutation in mutations(FILES, "clean")] == [
        "approve without the actor STAFF",
        "approve to GONE instead of READY",
        "leave without the actor STAFF",
        "leave without the actor MEMBER",
        "leave without the start NEW",
        "leave without the start READY",
        "leave without the requirement FREE",
        "leave to NEW instead of GONE",
        "return without the actor STAFF",
        "return to GONE instead of READY",
        "take without the actor SYSTEM",
        "take to FREE instead of TAKEN",
        "free without the actor SYSTEM",
        "free to TAKEN instead of FREE",
        "join without the actor STAFF",
        "join without the effect 1",
        "join without the requirement READY",
        "join to OVER instead of OPEN",
        "end without the actor STAFF",
        "end without the question why",
        "end without the effect 1",
        "end without the warning SURE",
        "end to OPEN instead of OVER",
    ]


def test_only_changes_that_make_a_difference_nobody_notices_are_told(missed):
    assert list(missed) == [
        "approve to GONE instead of READY",
        "leave without the actor MEMBER",
        "leave without the start NEW",
        "leave to NEW instead of GONE",
        "return to GONE instead of READY",
        "take to FREE instead of TAKEN",
        "free to TAKEN instead of FREE",
        "join without the effect 1",
        "join to OVER instead of OPEN",
        "end without the question why",
        "end without the effect 1",
        "end without the warning SURE",
        "end to OPEN instead of OVER",
    ]


def test_a_proposed_example_can_be_read(missed):
    assert missed["leave without the actor MEMBER"] == (
        "  never leave without the actor MEMBER:\n"
        "    given:\n"
        "      Anna: {user_status: NEW, mentor: {persona_status: THERE, match_status: FREE}}\n"
        "    as: MEMBER\n"
        "    does: leave\n"
        "    upon: Anna\n"
        "    expect:\n"
        "      Anna: {user_status: GONE}"
    )


def test_all_proposed_examples_go_as_they_say_once_they_are_pasted(missed):
    pasted = CLEAN.replace(END, "\n".join([*missed.values(), END]))
    assert len(load_text(pasted).rulesets["clean"].examples) == 1 + len(missed)


def test_a_pasted_example_notices_its_change(missed):
    text = missed["leave without the start NEW"]
    pasted = CLEAN.replace(END, f"{text}\n{END}").replace("from: [NEW, READY]\n", "from: [READY]\n")
    with pytest.raises(RulesError, match="example-failed"):
        load_text(pasted)


def test_after_all_examples_are_pasted_nothing_is_unnoticed(missed):
    pasted = CLEAN.replace(END, "\n".join([*missed.values(), END]))
    space = explore(load_text(pasted).rulesets["clean"], Limits(situations=100, seconds=None), lambda: 0.0)
    coverage = Coverage(space)
    every = mutations(RuleFiles(RuleFile("clean.yaml", pasted.encode())), "clean")
    changed = [(mutation, found) for mutation in every if (found := mutant(mutation))]
    assert [m.text for m, found in changed if coverage.missed(found.ruleset, m.transition)] == []


def test_facts_lose_their_parts_and_overlays_count():
    files = gather(SHIPPED)
    base, overlay = ([each.text for each in mutations(files, key)] for key in ("default", "post_secondary"))
    assert "the fact waiting without RTBM" in base
    assert "the fact in_the_pool without part 2" in base
    assert "inactivate_persona without the requirement NOT_MATCHING" in overlay
    assert "inactivate_persona without the requirement NOT_MATCHING" not in base
    assert "open_match with effect 1 whatever its where says" in base
