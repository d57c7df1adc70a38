"""Files laid out evenly: comments and alignment stay, risky words get quotes, and nothing changes what they say."""

import random
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from server.rules.diagnostics import Findings, RulesError
from server.rules.formatting import UnevenError, formatted
from server.rules.loader import load_text
from server.rules.nodes import Node, plain
from server.rules.source import read_text
from tests.rules.builders import HERE, MINIMAL, SHIPPED

ROOT = HERE.parents[1]
FILES = sorted([*(ROOT / "rules").rglob("*.yaml"), *(ROOT / "examples").rglob("*.yaml")])
TEXT = SHIPPED.read_text(encoding="utf-8")


def said(text: str) -> str:
    findings = Findings()
    root: Node | None = read_text(text, "rules.yaml", findings).root
    assert root is not None, findings.all()
    return repr(plain(root))


def laid_out(text: str) -> str:
    return formatted(text, "rules.yaml")


def settled(text: str) -> str:
    """The text laid out, which says the same and would not be laid out otherwise."""
    even = laid_out(text)
    assert said(even) == said(text)
    assert laid_out(even) == even
    return even


@pytest.mark.parametrize("file", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_files_that_are_shipped_are_laid_out_already(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert laid_out(text) == text


UNEVEN = """\


# What it is about
title:   Aligned      # stays where it is
program: small


roles:
    MENTOR: { label: Mentor,open_pairs: 1 }   # one
    # Nobody else.
acts:
   register_user:
      # Who may.
      allow:
      - STAFF
      -   'OWNER'
   # The end of the acts.
inputs:
   again :
     choices: {YES: {label: Yes}, NO: {label: "No"}}
     help: >
        Say what you
        think.
     since: 2026-09-01
     late: 12:30
     code: 010
     right: true
     steps: {0: 1}
transitions:
  - - a
    - b:
          c
  -     d: 1
        e: [
              1,
              2 ]
# end of rules"""
EVEN = """\
# What it is about
title:   Aligned      # stays where it is
program: small

roles:
  MENTOR: {label: Mentor, open_pairs: 1}      # one
  # Nobody else.
acts:
  register_user:
    # Who may.
    allow:
      - STAFF
      - 'OWNER'
  # The end of the acts.
inputs:
  again:
    choices: {"YES": {label: "Yes"}, "NO": {label: "No"}}
    help: >
       Say what you
       think.
    since: "2026-09-01"
    late: "12:30"
    code: "010"
    right: true
    steps: {"0": 1}
transitions:
  - - a
    - b:
        c
  - d: 1
    e: [
          1,
          2]
# end of rules
"""


def test_indentation_spaces_and_quotes_are_made_even_and_it_says_the_same() -> None:
    assert settled(UNEVEN) == EVEN


def test_ends_of_lines_are_plain() -> None:
    assert laid_out("a: 1  \r\nb: 2 \r\n\r\n") == "a: 1\nb: 2\n"


def test_the_rules_mean_the_same_afterwards() -> None:
    wide = "\n".join(" " * (len(line) - len(line.lstrip())) + line for line in MINIMAL.splitlines())
    before, after = (load_text(text).rulesets["small"] for text in (wide, laid_out(wide)))
    assert laid_out(wide) == MINIMAL
    assert before.machines == after.machines
    assert [each.id for each in before.transitions.values()] == [each.id for each in after.transitions.values()]


def test_what_cannot_be_taken_word_by_word_is_left_alone() -> None:
    text = "a: {b: c?|d}\n"
    assert plain(read_text(text, "rules.yaml", Findings()).root) == {"a": {"b": "c?|d"}}  # type: ignore[arg-type]
    with pytest.raises(UnevenError):
        formatted(text, "rules.yaml")


def test_what_is_not_yaml_is_refused_with_its_place() -> None:
    with pytest.raises(RulesError) as caught:
        laid_out("title: [small\n")
    (told,) = caught.value.diagnostics
    assert (told.code, told.file, told.line) == ("yaml-syntax", "rules.yaml", 2)


@pytest.mark.parametrize("text", ["a: &x 1\n", "a: 1\na: 2\n", ""])
def test_what_no_rules_file_may_hold_is_refused(text: str) -> None:
    with pytest.raises(RulesError):
        laid_out(text)


WORDS = st.sampled_from(
    ["NO", "y", "010", "12:30", "2026-09-01", "~", "a: b", "# no", "- x", "", "two\nlines\n", "Off", "1e3", "é", "="]
)
VALUES = st.recursive(
    WORDS | st.text(max_size=8) | st.integers(-9, 999) | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(
    data=st.dictionaries(WORDS | st.text(max_size=5), VALUES, min_size=1, max_size=4),
    flow=st.sampled_from([True, False, None]),
    indent=st.integers(2, 7),
    width=st.sampled_from([20, 80]),
)
def test_any_text_says_the_same_laid_out_and_is_laid_out_once(
    data: object, flow: bool | None, indent: int, width: int
) -> None:
    settled(yaml.dump(data, Dumper=_Plain, default_flow_style=flow, indent=indent, width=width, allow_unicode=True))


class _Plain(yaml.SafeDumper):
    """Writes out what it has written before, as rules files do."""

    def ignore_aliases(self, data: object) -> bool:
        return True


@pytest.mark.parametrize("seed", range(5))
def test_no_comment_is_lost_wherever_it_stands(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a fixed sample, no secret
    lines = TEXT.splitlines()
    for number in range(20):
        lines.insert(chance.randrange(len(lines)), f"{' ' * chance.randrange(12)}# note {number}.")
    even = settled("\n".join(lines))
    assert said(even) == said(TEXT)
    assert [line.strip() for line in even.splitlines() if "# note" in line] == [
        line.strip() for line in lines if "# note" in line
    ]
