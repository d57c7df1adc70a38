"""The words of the rules as constants: that each language takes them, and that their values are the keys."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from mypy import api as mypy

from server.codegen.constants import constants_of
from server.codegen.languages import Language
from server.engine.ruleset import Ruleset
from server.rules.loader import load_rules
from tests.needs import CLIENTS, node_with_clients
from tests.rules.builders import SHIPPED

HERE = Path(__file__).parent
TRICKY = load_rules(HERE / "tricky.yaml").rulesets["tricky"]
DEFAULT = load_rules(SHIPPED, examined=False).rulesets["default"]


@pytest.mark.parametrize("language", Language)
def test_awkward_words_are_written_as_the_language_takes_them(language: Language) -> None:
    expected = (HERE / f"tricky.{language}.txt").read_text(encoding="utf-8")
    assert constants_of(TRICKY, language) == expected


@pytest.mark.parametrize("language", Language)
def test_the_header_says_how_it_was_made_and_from_which_revision(language: Language) -> None:
    first, second, *_ = constants_of(DEFAULT, language).splitlines()
    assert first.endswith(f"Made by: matchkeeper rules codegen --lang {language} --program default")
    assert second.endswith(f"From revision {DEFAULT.revision} of the rules: Mentor and mentee status flow")


def test_a_kotlin_file_lies_in_the_package_that_is_given() -> None:
    assert "\npackage org.example.rules\n" in constants_of(DEFAULT, Language.KOTLIN, "org.example.rules")


@pytest.mark.parametrize("ruleset", [TRICKY, DEFAULT], ids=["tricky", "default"])
def test_python_runs_it_and_finds_every_key(ruleset: Ruleset) -> None:
    found: dict[str, Any] = {}
    exec(compile(constants_of(ruleset, Language.PYTHON), "rules.py", "exec"), found)  # noqa: S102
    moves = found["Transitions"]
    assert {value for name, value in vars(moves).items() if name.isupper()} == set(ruleset.transitions)
    statuses = {value for name, value in vars(found["UserStatus"]).items() if name.isupper() or name.endswith("_2")}
    assert statuses == set(ruleset.machines["user_status"].statuses)


def test_python_has_a_class_for_every_group_even_of_one_name() -> None:
    found: dict[str, Any] = {}
    exec(compile(constants_of(TRICKY, Language.PYTHON), "rules.py", "exec"), found)  # noqa: S102
    assert (found["Transitions"].SWITCH, found["Transitions_2"].FIRST) == ("switch", "FIRST")
    assert (found["None_"].YES, found["Events"].FORM_SENT, found["Events"].FORM_SENT_2) == (
        "YES",
        "form.sent",
        "form_sent",
    )


def test_mypy_takes_the_python(tmp_path: Path) -> None:
    for ruleset in (TRICKY, DEFAULT):
        text = constants_of(ruleset, Language.PYTHON)
        (tmp_path / f"{ruleset.program}_rules.py").write_text(text, encoding="utf-8")
    out, err, code = mypy.run(["--strict", "--config-file=", f"--cache-dir={tmp_path / 'cache'}", str(tmp_path)])
    assert (code, err) == (0, ""), out


USE = """
import { CloseReasonAnswer, Transitions, UserStatus } from "./default.ts";
import { Transitions as Pressed, Transitions_2 as Moves } from "./tricky.ts";
const status: UserStatus = "ACTIVE";
const same: typeof UserStatus.ACTIVE = status;
const pressed: "close_match" = Transitions.CLOSE_MATCH;
// @ts-expect-error: no such answer
const answer: CloseReasonAnswer = "BECAUSE";
export const all = [same, pressed, answer, Pressed.SWITCH, Moves.FIRST];
"""


def test_the_typescript_compiler_takes_the_typescript(tmp_path: Path) -> None:
    node = node_with_clients()
    for ruleset in (TRICKY, DEFAULT):
        (tmp_path / f"{ruleset.program}.ts").write_text(constants_of(ruleset, Language.TS), encoding="utf-8")
    (tmp_path / "use.ts").write_text(USE, encoding="utf-8")
    compiler = CLIENTS / "node_modules" / "typescript" / "bin" / "tsc"
    options = ("--strict", "--noEmit", "--allowImportingTsExtensions", "--module", "esnext", "--types", "")
    command = [node, str(compiler), *options, str(tmp_path / "use.ts")]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert finished.returncode == 0, finished.stdout
