"""The page on the example programs, and the folders it speaks of."""

import re

import pytest

from server.rules.loader import load_rules
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "rules" / "programs.md").read_text(encoding="utf-8")
FOLDERS = sorted(folder.parent for folder in (ROOT / "examples").glob("*/transitions.yaml"))
WISHES = sorted(wish for folder in FOLDERS for wish in (folder / "programs").glob("*.yaml"))


def test_every_example_has_its_section_and_its_wish_stands_there_word_for_word() -> None:
    assert [title.lower() for title in sorted(re.findall(r"^## (\w+):", PAGE, re.MULTILINE))] == [
        folder.name for folder in FOLDERS
    ]
    shown = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    written = [re.sub(r"^#.*\n", "", wish.read_text(encoding="utf-8"), flags=re.MULTILINE) for wish in WISHES]
    assert sorted(text.strip() for text in shown) == sorted(text.strip() for text in written)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_example_goes_as_it_says_and_names_no_rule_in_vain(folder) -> None:
    loaded = load_rules(folder / "transitions.yaml")
    assert {found.code for found in loaded.diagnostics} <= {"lost-mutation"}
    assert all(rules.examples for rules in loaded.rulesets.values())
