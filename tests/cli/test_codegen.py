"""What app developers take into their builds: the words of the rules, and the possible types."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import rules, schema
from server.codegen.constants import constants_of
from server.codegen.languages import Language
from server.graphql.schema import build_schema
from server.rules.loader import load_rules
from tests.rules.builders import SHIPPED

RULES = load_rules(SHIPPED, examined=False).rulesets


def run(*words: str):
    return CliRunner().invoke(rules.app, ["codegen", *words])


@pytest.mark.parametrize("language", Language)
def test_the_words_of_the_base_program_are_printed(language: Language) -> None:
    result = run("--lang", language, str(SHIPPED))
    assert (result.exit_code, result.output) == (0, constants_of(RULES["default"], language))


def test_the_words_of_one_program_in_a_package_of_its_own() -> None:
    result = run("--lang", "kotlin", "--program", "post_secondary", "--package", "org.example", str(SHIPPED))
    assert (result.exit_code, result.output) == (
        0,
        constants_of(RULES["post_secondary"], Language.KOTLIN, "org.example"),
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--lang", "cobol"), "'cobol' is not one of 'ts', 'kotlin', 'swift', 'python'"),
        (("--lang", "ts", "--program", "nowhere"), "There is no program nowhere. There are: default, post_secondary."),
        (("--lang", "kotlin", "--package", "Org Example"), "Org Example is no name of a package."),
        ((), "Missing option '--lang'"),
    ],
)
def test_what_cannot_be_written_is_wrong_usage(words: tuple[str, ...], said: str) -> None:
    result = run(*words, str(SHIPPED))
    assert result.exit_code == 2
    assert said in " ".join(result.output.replace("│", " ").split())


def test_rules_that_cannot_be_used_are_told_and_give_no_words(tmp_path: Path) -> None:
    file = tmp_path / "transitions.yaml"
    file.write_text("format: 1\n", encoding="utf-8")
    result = run("--lang", "ts", str(file))
    assert result.exit_code == 1
    assert "export const" not in result.output


def test_possible_types_are_those_of_every_interface() -> None:
    result = CliRunner().invoke(schema.app, ["possible-types"])
    assert result.exit_code == 0
    possible = json.loads(result.output)
    assert possible["Subject"] == ["Match", "Persona", "Program", "Record", "Site", "User"]
    assert list(possible) == ["ChangePayload", "Node", "Subject", "UserError"]
    answer = build_schema().execute_sync("{ __schema { types { name kind possibleTypes { name } } } }")
    assert answer.data is not None
    introspected = {
        kind["name"]: sorted(each["name"] for each in kind["possibleTypes"])
        for kind in answer.data["__schema"]["types"]
        if kind["kind"] in {"INTERFACE", "UNION"}
    }
    assert possible == introspected
