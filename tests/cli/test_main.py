"""The command as a person types it."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli.main import app
from tests.processes import ROOT, call

COMMANDS = (
    (),
    ("serve",),
    ("db",),
    ("db", "upgrade"),
    ("db", "seed"),
    ("rules",),
    ("rules", "check"),
    ("rules", "codegen"),
    ("schema",),
    ("schema", "export"),
    ("schema", "check"),
    ("schema", "possible-types"),
    ("token",),
    ("token", "create"),
    ("token", "list"),
    ("token", "revoke"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself_with_examples(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    if words not in {("db",), ("rules",), ("schema",), ("token",)}:
        assert " ".join(("matchkeeper", *words)) in result.output


def test_the_version_is_told() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert (result.exit_code, result.output) == (0, "matchkeeper 0.1.0\n")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])  # noqa: S104 - refused, not bound
def test_only_this_machine_is_served_while_nobody_has_to_sign_in(host: str, tmp_path: Path) -> None:
    result = call("serve", "--host", host, folder=tmp_path)
    assert result.returncode == 2
    assert f"Only this machine can be served, not {host}" in result.stderr
    assert "Use --host 127.0.0.1" in result.stderr
    assert "MATCHKEEPER_REQUIRE_AUTH=1" in result.stderr
    assert "MATCHKEEPER_OIDC_ISSUER" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_setting_that_cannot_be_used_is_a_usage_error(tmp_path: Path) -> None:
    result = call("serve", folder=tmp_path, MATCHKEEPER_PORT="http")
    assert (result.returncode, result.stderr) == (2, "MATCHKEEPER_PORT must be a whole number, not 'http'.\n")


def test_a_broken_rules_file_stops_the_start_with_its_places(tmp_path: Path) -> None:
    text = (ROOT / "rules" / "transitions.yaml").read_text(encoding="utf-8")
    broken = tmp_path / "transitions.yaml"
    broken.write_text(text.replace("machine: user_status", "machine: usr_status", 1), encoding="utf-8")
    result = call("serve", "--rules", "transitions.yaml", folder=tmp_path)
    line = broken.read_text(encoding="utf-8").splitlines().index("    machine: usr_status") + 1
    assert result.returncode == 1
    assert f"transitions.yaml:{line}:" in result.stderr
    assert "The rules cannot be used." in result.stderr
    assert "http://" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["transitions.yaml"]


def test_a_missing_rules_file_is_named(tmp_path: Path) -> None:
    result = call("serve", "--rules", "nowhere.yaml", folder=tmp_path)
    assert result.returncode == 1
    assert "nowhere.yaml" in result.stderr
    assert "Traceback" not in result.stderr


def test_upgrade_makes_the_database_and_can_be_repeated(tmp_path: Path) -> None:
    for _ in range(2):
        result = call("db", "upgrade", folder=tmp_path)
        assert (result.returncode, result.stderr) == (0, "sqlite:///matchkeeper.db is up to date.\n")
    assert (tmp_path / "matchkeeper.db").is_file()


def test_the_schema_is_exported_and_checked(tmp_path: Path) -> None:
    assert call("schema", "export", folder=tmp_path).returncode == 0
    kept = tmp_path / "schema" / "schema.graphql"
    assert call("schema", "export", "-", folder=tmp_path).stdout == kept.read_text(encoding="utf-8")
    assert call("schema", "check", folder=tmp_path).returncode == 0
    kept.write_text("type Query { nothing: String }\n", encoding="utf-8")
    drifted = call("schema", "check", folder=tmp_path)
    assert drifted.returncode == 1
    assert "-type Query { nothing: String }" in drifted.stdout
    assert "Run 'matchkeeper schema export'" in drifted.stderr


def test_the_committed_schema_is_the_one_served() -> None:
    result = call("schema", "check", folder=ROOT)
    assert result.returncode == 0, result.stdout


@pytest.mark.usefixtures("few_people")
def test_the_demo_data_go_into_an_empty_database_only(sqlite_url: str) -> None:
    first = CliRunner().invoke(app, ["db", "seed", "--database-url", sqlite_url])
    assert first.exit_code == 0, first.stderr
    assert first.stderr.startswith("Demo data: 54 people")
    assert "refused" not in first.stderr
    second = CliRunner().invoke(app, ["db", "seed", "--database-url", sqlite_url])
    assert second.exit_code == 1
    assert "has people already" in second.stderr
