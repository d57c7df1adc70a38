"""The page on examples: its programs are loaded over the shipped rules, and the one that fails says what it says."""

import re

import pytest
import yaml

from server.rules.diagnostics import RulesError
from server.rules.loader import LoadedRules, load_text
from tests.rules.builders import HERE, SHIPPED

PAGE = (HERE.parents[1] / "docs" / "rules" / "examples.md").read_text(encoding="utf-8")
PROGRAMS = {
    str(yaml.safe_load(text)["program"]): text for text in re.findall(r"```yaml\n(extends: .*?)```", PAGE, re.DOTALL)
}


def load(name: str) -> LoadedRules:
    return load_text(SHIPPED.read_text(encoding="utf-8"), "transitions.yaml", {name: PROGRAMS[name]})


@pytest.mark.parametrize("name", ["short", "asking", "other_flow"])
def test_a_program_of_the_page_tells_the_truth(name: str) -> None:
    assert load(name).diagnostics == ()


def test_the_example_that_fails_is_told_as_printed() -> None:
    (printed,) = re.findall(r"```text\n(.*?)\n```", PAGE, re.DOTALL)
    with pytest.raises(RulesError) as caught:
        load("wrong")
    assert str(caught.value) == printed


def test_the_page_has_these_programs() -> None:
    assert list(PROGRAMS) == ["short", "asking", "wrong", "other_flow"]
