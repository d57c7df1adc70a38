import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli.rules import app

CLEAN = Path(__file__).parents[1] / "exploration" / "clean.yaml"
SURE = "    warn:\n      SURE: {text: It cannot be opened again.}\n"


def run(*words: str):
    return CliRunner().invoke(app, ["explore", *words, "--seconds", "0"])


@pytest.fixture
def careless(tmp_path):
    path = tmp_path / "careless.yaml"
    path.write_text(CLEAN.read_text(encoding="utf-8").replace(SURE, ""), encoding="utf-8")
    return path


def test_a_file_in_which_nothing_is_found_is_fine():
    result = run(str(CLEAN))
    assert result.exit_code == 0
    assert result.stdout == (
        "invariant only_ready_people_are_matched: held everywhere; the transitions keep it by themselves\n"
        "Staff alone can bring people into: User Status: New, Ready, Gone; Persona Status: There; "
        "Match Status: Free, Taken; Pair Status: Open, Over\n"
        "Member alone can bring people into: User Status: Gone\n"
        "clean: 8 situations, 12 acts. Every situation of up to two people was looked at, with any number of personas: "
        "proved.\n"
        "0 finding(s)\n"
    )


def test_a_finding_has_its_line_and_the_way_there(careless):
    result = run(str(careless))
    assert result.exit_code == 1
    assert result.stdout.startswith(
        f"{careless}:70:3: warning not-taken-back: End can never be taken back, and nobody is warned\n"
        "      end:\n"
        "      ^\n"
        "    hint: add a warn, or a transition that leads back\n"
        "    1. Anna comes in as Mentor (Register).\n"
        "    2. Staff presses Approve on Anna.\n"
    )


def test_findings_as_json(careless):
    result = run(str(careless), "--json")
    assert result.exit_code == 1
    told = json.loads(result.stdout)
    (finding,) = told["findings"]
    assert (finding["code"], finding["line"], finding["excerpt"], len(finding["steps"])) == (
        "not-taken-back",
        70,
        "  end:",
        6,
    )
    assert [each["actor"] for each in told["powers"]] == ["STAFF", "MEMBER"]
    assert (told["program"], told["situations"], told["overlooked"]) == ("clean", 8, [])


def test_an_unknown_program_is_wrong_usage():
    result = run(str(CLEAN), "--program", "cleen")
    assert (result.exit_code, result.output) == (
        2,
        "There is no program cleen. Did you mean clean? There are: clean.\n",
    )


def test_limits_are_kept():
    result = run(str(CLEAN), "--limit", "2")
    assert result.exit_code == 0
    assert "clean: 2 situations" in result.stdout
    assert "The limits were reached too early" in result.stdout


def test_changes_that_nobody_would_notice_are_told_with_an_example_to_paste():
    result = run(str(CLEAN), "--propose")
    assert result.exit_code == 1
    assert (
        "clean.yaml:53:20: warning unnoticed-change: no example and no invariant would notice: "
        "leave without the actor MEMBER\n"
        "        allow: [STAFF, MEMBER]\n"
        "                       ^\n"
        "    hint: add the example below, if this is meant so\n"
        "  never leave without the actor MEMBER:\n"
        "    given:\n"
    ) in result.stdout
    assert result.stdout.endswith("13 finding(s)\n")
