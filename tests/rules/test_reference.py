"""The reference of the rules file is what schema and executed pages give, and says something of every key."""

import re
from collections.abc import Iterator

from server.cli.reference import overlays, written
from server.rules.reference import LONGEST_EXAMPLE, entries, examples, reference
from server.rules.schema import BASE
from tests.rules.builders import HERE, MINIMAL

ROOT = HERE.parents[1]
PAGE = (ROOT / "docs" / "rules" / "reference.md").read_text(encoding="utf-8")


def rows(page: str) -> dict[str, list[str]]:
    """The cells of each row by section and key."""
    found = {}
    for section in page.split("\n## ")[1:]:
        name = section.split("\n")[0]
        for line in re.findall(r"^\| `(.*)$", section, re.MULTILINE):
            key, *cells = (cell.strip(" |") for cell in re.split(r"(?<!\\)\|", f"`{line}"))
            found[f"{name} {key}"] = cells
    return found


def test_the_page_is_what_the_command_prints() -> None:
    assert written(ROOT) == PAGE, "run: matchkeeper rules reference > docs/rules/reference.md"


def test_every_section_stands_in_the_page() -> None:
    assert [key for key in BASE["properties"] if f"\n## `{key}`\n" not in PAGE] == []


def test_a_key_says_what_it_takes_whether_it_must_be_there_and_what_it_means() -> None:
    listed = rows(PAGE)
    assert listed["`transitions` `<name>.label` *"][:2] == ["text", "the text on the button"]
    assert listed["`machines` `<name>.statuses.<KEY>.counts`"][0] == "`open`"
    assert listed["`transitions` `<name>.then[]`"][0] == "[effect](#effects)"
    assert listed["`roles` `<KEY>.open_pairs` *"][0] == "number or text (1 to 1000)"
    assert [key for key, cells in listed.items() if not cells[1]] == []


def test_every_key_that_the_schema_describes_is_listed() -> None:
    described = [entry for entry in entries(BASE["properties"]["transitions"]) if entry.shape.get("description")]
    shown = [key for key in rows(PAGE) if key.startswith("`transitions` ")]
    assert len(shown) == len(described) > 30


def test_every_key_has_an_example_but_lists_and_maps_that_are_explained_by_the_keys_in_them() -> None:
    listed = rows(PAGE)
    bare = {key.split("` *")[0].rstrip("`"): cells[0] for key, cells in listed.items() if not cells[2]}
    explained = [key for key, takes in bare.items() if takes in ("list", "map") and any(within(key, listed))]
    assert sorted(bare) == sorted(explained)


def within(key: str, listed: dict[str, list[str]]) -> Iterator[str]:
    """The keys that stand in a list or map."""
    return (other for other in listed if other.startswith((f"{key}.", f"{key}[]")))


def test_every_section_without_keys_has_an_example() -> None:
    sections = [section for section in PAGE.split("\n## ")[1:] if "\n| " not in section]
    assert len(sections) > 5
    assert [section for section in sections if "; for example `" not in section] == []


def test_the_shortest_value_of_the_texts_is_the_example() -> None:
    known = examples([MINIMAL])
    assert known["roles", "<KEY>", "open_pairs"] == "1"
    assert all(len(written) <= LONGEST_EXAMPLE for written in known.values())


def test_an_overlay_gives_examples_by_its_paths() -> None:
    overlay = "extends: a\nprogram: b\ntitle: B\nchange:\n  transitions.match.label: Pair them\n"
    assert examples([overlay])["transitions", "<name>", "label"] == "Pair them"


def test_a_text_that_is_no_rules_file_gives_none() -> None:
    assert examples(["[", "- a", ""]) == {}
    assert "for example" in reference({})


def test_an_overlay_in_several_blocks_is_one() -> None:
    page = "```yaml\nextends: a\nadd:\n```\nMore.\n```yaml\n  facts.x: {}\n```\n```yaml\nacts:\n```\n"
    assert overlays(page) == ["extends: a\nadd:\n  facts.x: {}\n"]


def test_an_overlay_with_a_mistake_counts_as_it_is_mended() -> None:
    page = "```diff\n # rules/programs/b.yaml\n extends: a\n-title: {}\n+title: B\n```\n"
    assert overlays(page) == ["extends: a\ntitle: B\n"]
