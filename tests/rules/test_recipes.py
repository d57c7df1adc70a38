"""Each recipe is loaded as an administrator would save it, and its examples are false without its change."""

import re
from pathlib import Path

import pytest
import yaml

from server.rules.diagnostics import RulesError
from server.rules.loader import load_text
from tests.rules.builders import HERE, SHIPPED

PAGES = HERE.parents[1] / "docs" / "rules" / "recipes"
RECIPES = sorted(PAGES.glob("[!R]*.md"))
BASE = SHIPPED.read_text(encoding="utf-8")
PARTS = ["**What people see afterwards.**", "**How to check it.**", "**How to take it back.**"]
WITHOUT_EXAMPLES = {"rename_a_label", "drop_a_status"}
"""Words are no behaviour: no example can tell of them."""


def change_of(page: Path) -> str:
    (change,) = re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    return str(change)


def key_of(page: Path) -> str:
    return page.stem.replace("-", "_")


def only_the_examples(change: str) -> str:
    """The overlay with the new examples of the recipe, and none of its changes."""
    told = yaml.safe_load(change)
    kept = {word: told[word] for word in ("extends", "program", "title")}
    return yaml.safe_dump({**kept, "add": {"examples": told["add"]["examples"]}}, sort_keys=False)


@pytest.mark.parametrize("page", RECIPES, ids=key_of)
def test_a_recipe_has_its_parts_and_its_file_its_name(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [part for part in PARTS if text.count(part) == 1] == PARTS
    assert "\n> “" in text
    assert yaml.safe_load(change_of(page))["program"] == key_of(page)
    assert f"]({page.name})" in (PAGES / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", RECIPES, ids=key_of)
def test_a_recipe_is_loaded_without_a_complaint(page: Path) -> None:
    loaded = load_text(BASE, "transitions.yaml", {key_of(page): change_of(page)})
    assert loaded.diagnostics == ()
    assert loaded.rulesets[key_of(page)].program == key_of(page)


@pytest.mark.parametrize("page", [page for page in RECIPES if key_of(page) not in WITHOUT_EXAMPLES], ids=key_of)
def test_without_its_change_a_recipe_is_not_true(page: Path) -> None:
    with pytest.raises(RulesError):
        load_text(BASE, "transitions.yaml", {key_of(page): only_the_examples(change_of(page))})


def test_a_label_is_another_one_and_all_else_the_same() -> None:
    page = PAGES / "rename-a-label.md"
    rulesets = load_text(BASE, "transitions.yaml", {key_of(page): change_of(page)}).rulesets
    before, after = rulesets["default"], rulesets[key_of(page)]
    assert before.transitions["close_match"].label == "Close Match"
    assert after.transitions["close_match"].label == "End the match"
    assert before.transitions["withdraw"] == after.transitions["withdraw"]


def test_there_are_fourteen_recipes() -> None:
    assert len(RECIPES) == 14


def test_a_dropped_status_is_gone_with_its_buttons_and_its_people_have_where_to_go() -> None:
    page = PAGES / "drop-a-status.md"
    rulesets = load_text(BASE, "transitions.yaml", {key_of(page): change_of(page)}).rulesets
    before, after = rulesets["default"], rulesets[key_of(page)]
    assert before.transitions.keys() - after.transitions.keys() == {"not_matching", "rescreen"}
    statuses = (set(each.machines["match_status"].statuses) for each in (before, after))
    assert set.difference(*statuses) == {"NOT_MATCHING"}
    assert after.moved == {"match_status": {"NOT_MATCHING": "RESCREENING"}}
