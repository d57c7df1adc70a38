"""Fields that are compared with one another."""

import pytest

from tests.rules.builders import a_ruleset, problems

FIELDS = """fields:
  team: {of: user, label: Team, type: choice, allow: [STAFF], choices: {RED: {label: Red}, BLUE: {label: Blue}}}
  name: {of: user, label: Name, type: text, allow: [STAFF]}
"""
END = "  end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}\n"
TAKE = "  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}\n"


def joining(that: str) -> str:
    rule = f"require: {{TEAMS: {{that: {that}, otherwise: No.}}}}"
    join = f"  join: {{machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF], {rule}}}\n"
    return f"{FIELDS}transitions:\n{join}{END}{TAKE}"


@pytest.mark.parametrize("other", ["mentee.user.team", "this.mentee.user.team"])
def test_a_choice_is_compared_with_another_by_its_path_alone(other: str) -> None:
    short, long = (a_ruleset(joining(f"{{mentor.user.team: {value}}}")) for value in (other, f"{{equals: {other}}}"))
    assert short.transitions["join"].requires[0].that == long.transitions["join"].requires[0].that


def test_what_is_neither_a_choice_nor_a_way_to_one_is_told() -> None:
    assert [found.code for found in problems(joining("{mentor.user.team: GREEN}"))] == ["unknown-choice"]
    assert [found.code for found in problems(joining("{mentor.user.team: mentee.user.name}"))] == ["wrong-type"]
