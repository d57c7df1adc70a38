"""Golden cases: a file with mistakes, and beside it what is to be told of them, to the letter.

A case holds only the sections it is about; those of ``minimal.yaml`` follow it.
"""

import pytest

from server.rules.codes import CODES
from server.rules.diagnostics import render_text
from tests.rules.builders import HERE, problems

CASES = sorted((HERE / "cases").glob("*.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_the_mistakes_of_a_case_are_told(case):
    expected = case.with_suffix(".expected.txt").read_text(encoding="utf-8")
    assert render_text(problems(case.read_text(encoding="utf-8"))) + "\n" == expected


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_every_code_told_is_documented(case):
    assert {found.code for found in problems(case.read_text(encoding="utf-8"))} <= set(CODES)


def test_the_minimal_file_itself_has_no_mistake():
    assert problems() == ()
