"""The schema made from a program's own files: it takes them as they are, and no name that they do not have."""

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from typer.testing import CliRunner

from server.cli.rules import app
from server.rules.diagnostics import Findings
from server.rules.files import gather
from server.rules.nodes import plain
from server.rules.schema_own import roots_of, schema_for
from server.rules.schema_published import published
from server.rules.source import read_text
from tests.rules.builders import HERE, completed

ROOT = HERE.parents[1]
BASES = [ROOT / "rules" / "transitions.yaml", *sorted((ROOT / "examples").glob("*/transitions.yaml"))]


def wrong(schema: object, text: str) -> list[str]:
    root = read_text(text, "rules.yaml", Findings()).root
    assert root is not None
    assert isinstance(schema, dict)
    return ["/".join(map(str, error.absolute_path)) for error in Draft202012Validator(schema).iter_errors(plain(root))]


@pytest.mark.parametrize("base", BASES, ids=lambda path: path.parent.name)
def test_a_program_and_its_overlays_fit_the_schema_made_from_them(base: Path) -> None:
    schema = schema_for(roots_of(gather(base)))
    for file in (base, *sorted((base.parent / "programs").glob("*.yaml"))):
        assert wrong(schema, file.read_text(encoding="utf-8")) == []


@pytest.fixture
def base(tmp_path: Path) -> Path:
    (tmp_path / "rules.yaml").write_text(completed(), encoding="utf-8")
    return tmp_path / "rules.yaml"


@pytest.mark.parametrize(
    ("right", "mistaken", "place"),
    [
        ("from: NEW, to: READY", "from: NWE, to: READY", "transitions/approve/from"),
        ("from: NEW, to: READY", "from: NEW, to: TAKEN", "transitions/approve/to"),
        ("machine: user_status", "machine: usr_status", "transitions/approve/machine"),
        ("fire: take", "fire: tak", "transitions/join/then/0/fire"),
        ("register_user: {allow: [STAFF]}", "register_user: {allow: [STAF]}", "acts/register_user/allow/0"),
        (
            "NEW: {label: New, category: STEP}",
            "NEW: {label: New, category: STEPP}",
            "machines/user_status/statuses/NEW/category",
        ),
    ],
)
def test_a_name_that_the_file_does_not_have_does_not_fit(base: Path, right: str, mistaken: str, place: str) -> None:
    schema = schema_for(roots_of(gather(base)))
    assert place in wrong(schema, completed().replace(right, mistaken, 1))
    assert wrong(published(), completed().replace(right, mistaken, 1)) == []


def test_what_an_overlay_adds_can_be_named(base: Path) -> None:
    head = "extends: small\nprogram: east\ntitle: East\n"
    more = "add:\n  machines.user_status.statuses.AWAY: {label: Away, category: STEP}\n"
    (base.parent / "programs").mkdir()
    (base.parent / "programs" / "east.yaml").write_text(head + more, encoding="utf-8")
    text = (
        f"{head}{more}  transitions.leave: {{machine: user_status, label: Go, from: READY, to: AWAY, allow: [STAFF]}}\n"
    )
    assert wrong(schema_for(roots_of(gather(base))), text) == []


def test_the_command_prints_it_also_while_the_rules_are_not_in_order(base: Path) -> None:
    base.write_text(completed("facts:\n  idle: {user_status: NOBODY}\n"), encoding="utf-8")
    result = CliRunner().invoke(app, ["schema", "--for", str(base)])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["$defs"]["condition"]["anyOf"][0]["enum"] == ["idle"]


def test_a_file_that_is_not_yaml_is_told_as_by_the_check(base: Path) -> None:
    base.write_text("title: [small\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["schema", "--for", str(base)])
    assert result.exit_code == 1
    assert "error yaml-syntax" in result.stderr
