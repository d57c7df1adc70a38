import json

import pytest
from typer.testing import CliRunner

from server.cli.rules import app
from tests.rules.builders import MINIMAL

END = "end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}"


def run(*words: str):
    return CliRunner().invoke(app, ["diff", *words])


@pytest.fixture
def files(tmp_path):
    old, new = tmp_path / "old.yaml", tmp_path / "new.yaml"
    old.write_text(MINIMAL, encoding="utf-8")
    new.write_text(MINIMAL.replace("label: Ready", "label: Fit"), encoding="utf-8")
    return str(old), str(new)


def test_other_comments_are_no_change_in_behaviour(files):
    old, new = files
    with open(new, "w", encoding="utf-8") as edited:
        edited.write(f"# Hello\n{MINIMAL}")
    result = run(old, new)
    assert (result.exit_code, result.stdout) == (0, "small: no change in behaviour\n")


def test_changes_are_told_with_exit_code_one(files):
    result = run(*files)
    assert (result.exit_code, result.stdout) == (
        1,
        "small: 1 change(s)\n  renamed: The User Status Ready is now called Fit.\n",
    )


def test_changes_as_json(files):
    result = run(*files, "--json", "--program", "small")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "small": [
            {
                "code": "renamed",
                "text": "The User Status Ready is now called Fit.",
                "transition": None,
                "actors": [],
                "reason": None,
                "example": None,
            }
        ]
    }


def test_an_unknown_program_is_wrong_usage(files):
    result = run(*files, "--program", "smal")
    assert (result.exit_code, result.output) == (2, "There is no program smal. Did you mean small? There are: small.\n")


def test_a_file_that_cannot_be_used_is_told(files):
    old, new = files
    with open(new, "w", encoding="utf-8") as edited:
        edited.write(MINIMAL.replace("[STAFF]", "[STAF]"))
    result = run(old, new)
    assert result.exit_code == 1
    assert "unknown-actor" in result.output


def test_a_program_that_is_gone_is_told(files, tmp_path):
    old, new = files
    with open(new, "w", encoding="utf-8") as edited:
        edited.write(MINIMAL.replace("program: small", "program: tiny"))
    result = run(old, new)
    assert (result.exit_code, result.stdout) == (
        1,
        "small: 1 change(s)\n  program-gone: The program small is gone.\n"
        "tiny: 1 change(s)\n  program-added: The program tiny is new.\n",
    )
