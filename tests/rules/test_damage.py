"""The shipped file cut short and altered at random: never a crash, and every refusal has a place."""

import random
import time

import pytest

from server.rules.codes import CODES
from server.rules.files import RuleFile, RuleFiles
from server.rules.loader import ends, judge
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


MUTATIONS, PORTION = 9000, 300
SECONDS = 1.0
"""What no file may take, by the clock of the process: what else the machine does is not counted."""


def refusals(text: str) -> int:
    """How many problems are told under the rules in force; each must name a line and a column that are there."""
    files = RuleFiles(RuleFile("rules.yaml", text.encode()))
    judged = judge(files, {"rules.yaml": TEXT})
    lines = text.count("\n") + 2
    for found in judged.diagnostics:
        assert 1 <= found.line <= lines
        assert found.column >= 1
        assert found.file == "rules.yaml"
        assert found.code in CODES
        assert found.message
    assert judged.failed == (judged.base.ruleset is None)
    return len(judged.diagnostics) if judged.failed else 0


def quickly(text: str) -> int:
    """The same, and that it takes no longer than it may."""
    began = time.process_time()
    told = refusals(text)
    assert time.process_time() - began < SECONDS
    return told


def altered(seed: int) -> str:
    """The shipped file with one change, such as a slip of the hand makes."""
    chance = random.Random(1000 + seed)  # noqa: S311 - always the same, no secret
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
    return "\n".join(lines)


def test_the_whole_file_is_accepted() -> None:
    assert refusals(TEXT) == 0


@pytest.mark.parametrize("seed", range(4))
def test_a_file_cut_short_anywhere_is_refused(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a fixed sample, no secret
    cuts = [TEXT[: chance.randrange(len(TEXT) - 1)] for _ in range(10)]
    assert [len(cut) for cut in cuts if not refusals(cut)] == []


@pytest.mark.parametrize("portion", range(4))
def test_a_file_altered_anywhere_is_survived(portion: int) -> None:
    told = [refusals(altered(seed)) for seed in range(portion * 20, portion * 20 + 20)]
    assert any(told)


@pytest.mark.proof
@pytest.mark.parametrize("start", range(0, len(TEXT), PORTION))
def test_every_beginning_of_the_file_is_refused_in_time(start: int) -> None:
    cuts = [TEXT[:length] for length in range(start, min(start + PORTION, len(TEXT)))]
    assert [len(cut) for cut in cuts if not quickly(cut) and not ends(cut)] == []


@pytest.mark.proof
@pytest.mark.parametrize("start", range(0, MUTATIONS, PORTION))
def test_nine_thousand_alterations_are_survived_in_time(start: int) -> None:
    told = [quickly(altered(seed)) for seed in range(start, start + PORTION)]
    assert sum(map(bool, told)) > PORTION // 10
