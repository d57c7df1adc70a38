"""The page on a first program: the file of each step is put together as it says, loaded, and does what it says."""

import re

import pytest

from server.engine.ruleset import Ruleset
from server.rules.diagnostics import RulesError
from server.rules.loader import load_text
from tests.rules.builders import HERE

PAGE = (HERE.parents[1] / "docs" / "rules" / "first-program.md").read_text(encoding="utf-8")
FIRST, READS, JOIN, OVER, QUESTION, END, STORY = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
LAST_LINE = "\n# end of rules\n"


def below(text: str, line: str, more: str) -> str:
    """The text with more below the line that begins so."""
    (found,) = re.findall(rf"^ *{line}.*\n", text, re.MULTILINE)
    return text.replace(found, found + more)


def above(text: str, line: str, more: str) -> str:
    assert text.count(line) == 1
    return text.replace(line, f"\n{more}{line}")


SECOND = above(below(FIRST, "WAITS:", READS), LAST_LINE, JOIN)
THIRD = above(above(below(SECOND, "OPEN:", OVER), "\ntransitions:\n", QUESTION), LAST_LINE, END)
FOURTH = above(THIRD, LAST_LINE, STORY)


def ruleset(text: str) -> Ruleset:
    loaded = load_text(text, "transitions.yaml")
    assert loaded.diagnostics == ()
    return loaded.rulesets["club"]


@pytest.mark.parametrize(
    ("text", "buttons"),
    [
        (FIRST, ["welcome"]),
        (SECOND, ["welcome", "begin", "join"]),
        (THIRD, ["welcome", "begin", "join", "wait_again", "end"]),
        (FOURTH, ["welcome", "begin", "join", "wait_again", "end"]),
    ],
)
def test_the_file_of_each_step_can_be_used(text: str, buttons: list[str]) -> None:
    assert [key for key in ruleset(text).transitions if key not in {"register_user", "add_persona"}] == buttons


def test_the_story_is_false_where_a_button_does_less() -> None:
    with pytest.raises(RulesError) as caught:
        load_text(
            FOURTH.replace("      - {each: sides, fire: begin}\n", "      - {subject: mentor, fire: begin}\n"), "x.yaml"
        )
    assert {found.code for found in caught.value.diagnostics} == {"example-failed"}
