"""The shipped file cut short and altered at random: never a crash, and every refusal has a place."""

import random

import pytest

from server.rules.diagnostics import RulesError
from server.rules.loader import load_text
from tests.rules.builders import SHIPPED

TEXT = SHIPPED.read_text(encoding="utf-8")
SIGNS = [
    "[",
    "]",
    "{",
    "}",
    ":",
    " ",
    "\n",
    "\t",
    "-",
    "!",
    "&x ",
    "*x",
    "'",
    '"',
    "|",
    ">",
    "%",
    "?",
    ",",
    "#",
    "\x00",
    "é",
]
WORDS = ["true", "null", "5", "YES", "[]", "{}", "this.role", "input.x", "any", "NOWHERE"]


def refusals(text: str) -> int:
    """How many problems are told; each must name a line and a column that are there."""
    try:
        load_text(text)
    except RulesError as error:
        lines = text.count("\n") + 2
        for found in error.diagnostics:
            assert 1 <= found.line <= lines
            assert found.column >= 1
            assert found.file == "rules.yaml"
        return len(error.diagnostics)
    return 0


@pytest.mark.parametrize("seed", range(10))
def test_a_file_cut_short_anywhere_is_survived(seed):
    chance = random.Random(seed)  # noqa: S311 - a fixed sample, no secret
    cuts = [TEXT[: chance.randrange(len(TEXT))] for _ in range(10)]
    assert sum(refusals(cut) > 0 for cut in cuts) >= 5


@pytest.mark.parametrize("seed", range(20))
def test_a_file_altered_anywhere_is_survived(seed):
    chance = random.Random(1000 + seed)  # noqa: S311 - a fixed sample, no secret
    for _ in range(10):
        lines = TEXT.split("\n")
        at = chance.randrange(len(lines))
        how = chance.randrange(5)
        line = lines[at]
        spot = chance.randrange(len(line) + 1)
        if how == 0:
            lines[at] = line[:spot] + chance.choice(SIGNS) + line[spot:]
        elif how == 1:
            del lines[at]
        elif how == 2:
            lines[at] = " " * chance.randrange(6) + line
        elif how == 3:
            lines.insert(at, chance.choice(lines))
        else:
            words = line.split(" ")
            words[chance.randrange(len(words))] = chance.choice(WORDS)
            lines[at] = " ".join(words)
        refusals("\n".join(lines))


def test_the_whole_file_is_accepted():
    assert refusals(TEXT) == 0
