"""Messages from the command line; delivery itself is tried in ``tests/test_messages.py``."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.processes import call
from tests.serving import serving
from tests.telling import rules_text


@pytest.fixture
def given(sqlite_url: str, tmp_path: Path) -> dict[str, str]:
    """Three people, each welcomed by a message that waits."""
    rules = tmp_path / "transitions.yaml"
    rules.write_text(rules_text(), encoding="utf-8")
    with serving(sqlite_url, rules) as api:
        for name in ("Ann", "Ben", "Eve"):
            api.do("registerUser", "user { id }", role="MENTOR", name=name, email=f"{name}@example.org")
    return {"MATCHKEEPER_DATABASE_URL": sqlite_url, "MATCHKEEPER_RULES": str(rules)}


def listed(folder: Path, given: dict[str, str], *words: str) -> list[dict[str, Any]]:
    result = call("messages", "list", *words, "--json", folder=folder, **given)
    assert result.returncode == 0, result.stderr
    return list(json.loads(result.stdout))


def test_the_latest_messages_are_listed_without_what_they_say_to_whom(tmp_path: Path, given: dict[str, str]) -> None:
    rows = listed(tmp_path, given, "--limit", "2")
    assert [(row["id"], row["recipientId"], row["subjectId"], row["state"]) for row in rows] == [
        ("Message-2", "User-2", "Persona-2", "PENDING"),
        ("Message-3", "User-3", "Persona-3", "PENDING"),
    ]
    table = call("messages", "list", folder=tmp_path, **given)
    assert [line.count("welcome") for line in table.stdout.splitlines() if "Message-" in line] == [1, 1, 1]
    assert "Ann" not in table.stdout + json.dumps(rows)
    assert "example.org" not in table.stdout + json.dumps(rows)


def test_a_list_can_be_narrowed_to_a_state_or_a_program(tmp_path: Path, given: dict[str, str]) -> None:
    assert listed(tmp_path, given, "--state", "delivered") == []
    assert len(listed(tmp_path, given, "--state", "PENDING", "--program", "default")) == 3
    unknown = call("messages", "list", "--program", "nowhere", folder=tmp_path, **given)
    assert (unknown.returncode, "There is no program nowhere" in unknown.stderr) == (1, True)


def test_sending_anew_names_messages_or_all_that_failed(tmp_path: Path, given: dict[str, str]) -> None:
    assert call("messages", "retry", folder=tmp_path, **given).returncode == 2
    assert call("messages", "retry", "Message-1", "--failed", folder=tmp_path, **given).returncode == 2
    assert call("messages", "retry", "User-1", folder=tmp_path, **given).returncode == 2
    assert call("messages", "retry", "Message-1", folder=tmp_path, **given).returncode == 0
    some = call("messages", "retry", "Message-1", "Message-99", "--json", folder=tmp_path, **given)
    assert (some.returncode, json.loads(some.stdout)) == (1, {"due": 1})
    none = call("messages", "retry", "--failed", "--json", folder=tmp_path, **given)
    assert (none.returncode, json.loads(none.stdout)) == (0, {"due": 0})


def test_delivering_without_settings_says_what_is_missing(tmp_path: Path, given: dict[str, str]) -> None:
    result = call("messages", "deliver", "--json", folder=tmp_path, **given)
    assert (result.returncode, json.loads(result.stdout)) == (0, {"delivered": 0, "waiting": 0, "givenUp": 0})
    assert "MATCHKEEPER_SMTP_URL" in result.stderr
