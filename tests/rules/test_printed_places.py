"""Messages that the pages print name the places where the shipped rules have what they show."""

import re
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from tests.rules.builders import HERE, SHIPPED

ROOT = HERE.parents[1]
MESSAGE = re.compile(r"^(?:rules|draft)/transitions\.yaml:(\d+):(\d+): .*\n(.*)\n( *)\^$", re.MULTILINE)
INDENT = 4
"""How far a message sets off the line that it shows."""

PRINTED = [
    (page.relative_to(ROOT), *found)
    for page in sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
    for found in MESSAGE.findall(page.read_text(encoding="utf-8"))
]
LINES = SHIPPED.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(("page", "line", "column", "shown", "before"), PRINTED, ids=lambda part: str(part)[-20:])
def test_a_printed_message_shows_the_line_that_it_names(
    page: Path, line: str, column: str, shown: str, before: str
) -> None:
    stands = LINES[int(line) - 1]
    alike = SequenceMatcher(None, shown[INDENT:], stands).ratio()
    assert alike > 0.9, f"{page}: line {line} is now: {stands}"
    assert len(before) + 1 - INDENT == int(column), page


def test_there_are_such_messages() -> None:
    assert len(PRINTED) >= 7
