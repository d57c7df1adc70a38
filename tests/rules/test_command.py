import json

import pytest
from typer.testing import CliRunner

from server.cli.rules import app
from server.rules.schema_published import published
from tests.rules.builders import SHIPPED, completed


def run(*words: str):
    return CliRunner().invoke(app, list(words))


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "transitions.yaml"
    path.write_text(completed("acts:\n  add_site: {allow: [STAF]}\n"), encoding="utf-8")
    return path


def test_a_good_file_is_fine():
    result = run("check", str(SHIPPED))
    assert result.exit_code == 0
    assert result.output.endswith("fine. Programs: default, post_secondary.\n")


def test_a_broken_file_is_told_with_exit_code_one(broken):
    result = run("check", str(broken))
    assert result.exit_code == 1
    assert f"{broken}:2:22: error unknown-actor: there is no actor STAF; did you mean STAFF?" in result.output
    assert "1 error(s), 0 warning(s)\n" in result.output
    assert result.output.endswith(": docs/rules/problems.md#unknown-actor\n")


def test_a_broken_file_as_json(broken):
    result = run("check", str(broken), "--format", "json")
    assert result.exit_code == 1
    assert [(found["line"], found["code"]) for found in json.loads(result.output)] == [(2, "unknown-actor")]


def test_a_broken_file_as_github_annotations(broken):
    result = run("check", str(broken), "--format", "github")
    assert result.exit_code == 1
    assert result.output.startswith(f"::error file={broken},line=2,col=22,title=unknown-actor::there is no actor STAF")


def test_a_good_file_as_json_is_an_empty_list():
    result = run("check", str(SHIPPED), "--format", "json")
    assert (result.exit_code, json.loads(result.output)) == (0, [])


def test_warnings_fail_only_a_strict_check(tmp_path):
    path = tmp_path / "transitions.yaml"
    path.write_text(completed("facts:\n  idle: {user_status: READY}\n"), encoding="utf-8")
    assert run("check", str(path)).exit_code == 0
    assert run("check", str(path), "--strict").exit_code == 1
    assert "warning unused" in run("check", str(path)).output


@pytest.mark.parametrize(
    "words", [("check", "no-such-file.yaml"), ("check", "--format", "xml"), ("nonsense",), ("check", ".")]
)
def test_wrong_usage_has_exit_code_two(words):
    assert run(*words).exit_code == 2


def test_the_schema_is_printed():
    result = run("schema")
    assert result.exit_code == 0
    assert json.loads(result.output) == published()


@pytest.mark.parametrize("command", ["check", "graph", "schema", "test"])
def test_every_command_has_help_with_an_example(command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: matchkeeper rules {command}" in result.output


def test_a_transition_that_a_mutation_is_named_after_is_missed(tmp_path):
    text = SHIPPED.read_text(encoding="utf-8").replace("open_match", "reopen_match")
    file = tmp_path / "transitions.yaml"
    file.write_text(text, encoding="utf-8")
    result = run("check", str(file))
    assert result.exit_code == 0
    assert "the program default has no transition open_match: openMatch will always be refused there" in result.output
    assert run("check", str(file), "--strict").exit_code == 1


EXAMPLES = """\
examples:
  approving: {given: {Anna: {}}, as: STAFF, does: approve, upon: Anna, expect: {Anna: {user_status: READY}}}
  waiting: {given: {Anna: {}}, later: P1D, expect: {Anna: {user_status: READY}}}
"""


@pytest.fixture
def told_twice(tmp_path):
    path = tmp_path / "transitions.yaml"
    path.write_text(completed(EXAMPLES), encoding="utf-8")
    return path


def test_the_examples_are_listed_with_their_verdicts(told_twice):
    result = run("test", str(told_twice))
    assert result.exit_code == 1
    assert [line.split("│")[2:4] for line in result.output.splitlines() if "│" in line] == [
        [" approving ", " passes  "],
        [" waiting   ", " fails   "],
    ]
    failure = "1 day later Anna has user_status New, the example expects user_status Ready"
    assert f'{told_twice}:3:60: in the example "waiting" (small): {failure}' in result.output
    assert result.output.endswith("2 example(s), 1 failed\n")


def test_the_examples_as_json(told_twice):
    result = run("test", str(told_twice), "--json")
    assert result.exit_code == 1
    assert [(each["example"], each["passes"], len(each["failures"])) for each in json.loads(result.output)] == [
        ("approving", True, 0),
        ("waiting", False, 1),
    ]


def test_the_examples_of_one_program_all_pass():
    result = run("test", str(SHIPPED), "--program", "post_secondary")
    assert result.exit_code == 0
    assert result.output.endswith("5 example(s), 0 failed\n")


@pytest.mark.parametrize(
    "words", [("check",), ("fmt",), ("show", "RTBM"), ("graph",), ("test",), ("explore",), ("diff", "old", "new")]
)
def test_where_there_is_no_file_a_command_says_what_to_do(words, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(*words)
    named = "old" if words[0] == "diff" else "rules/transitions.yaml"
    said = f"There is no file {named}. Name another, or go to the folder of the server: rules/ is in it.\n"
    assert (result.exit_code, result.output) == (2, said)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_program_is_wrong_usage():
    result = run("test", str(SHIPPED), "--program", "post_secundary")
    assert (result.exit_code, result.output) == (
        2,
        "There is no program post_secundary. Did you mean post_secondary? There are: default, post_secondary.\n",
    )


def test_rules_that_cannot_be_used_have_no_examples_to_test(broken):
    result = run("test", str(broken))
    assert result.exit_code == 1
    assert "unknown-actor" in result.output
