"""Tidying and verifying a database from the command line."""

import json
import signal
import sqlite3
from pathlib import Path

import pytest

from tests.processes import call, served

KEPT = {"MATCHKEEPER_KEEP_READS_DAYS": "30", "MATCHKEEPER_KEEP_NOTES_DAYS": "30"}
CLOCK = {"MATCHKEEPER_TEST_CLOCK": "2026-01-01T00:00:00Z"}
LATER = {"MATCHKEEPER_TEST_CLOCK": "2026-02-01T00:00:00Z"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mentee who was registered with a note, and read, on one day."""
    with served(tmp_path, **CLOCK) as server:
        register = 'role: MENTEE, name: "Eve", email: "eve@example.org", options: {note: "Kanarienvogel"}'
        server.data(f"mutation {{ registerUser(input: {{{register}}}) {{ user {{ id }} }} }}")
        server.data("{ users { nodes { name } } }")
        server.stop(signal.SIGTERM)
    return tmp_path


def tidied(folder: Path, *words: str, **environment: str) -> dict[str, object]:
    result = call("db", "tidy", "--json", *words, folder=folder, **environment)
    assert result.returncode == 0, result.stderr
    return dict(json.loads(result.stdout))


def note_is_there(folder: Path) -> bool:
    return b"Kanarienvogel" in b"".join(file.read_bytes() for file in folder.glob("*.db*"))


def test_without_settings_everything_is_kept(folder: Path) -> None:
    assert tidied(folder, **LATER) == {"dryRun": False, "reads": 0, "texts": 0, "requests": 0}
    assert note_is_there(folder)
    result = call("db", "tidy", folder=folder, **LATER)
    assert result.stderr == (
        "Deleted 0 entries of the record of reads (kept for ever).\n"
        "Cleared notes and free texts of 0 acts (kept for ever).\n"
        "Deleted 0 answers to requests older than 7 days.\n"
    )


def test_what_is_older_goes_off_the_disk_and_a_dry_run_only_counts_it(folder: Path) -> None:
    assert tidied(folder, **CLOCK, **KEPT) == {"dryRun": False, "reads": 0, "texts": 0, "requests": 0}
    assert tidied(folder, "--dry-run", **LATER, **KEPT) == {"dryRun": True, "reads": 2, "texts": 1, "requests": 0}
    assert note_is_there(folder)
    assert tidied(folder, **LATER, **KEPT) == {"dryRun": False, "reads": 2, "texts": 1, "requests": 0}
    assert not note_is_there(folder)
    assert tidied(folder, **LATER, **KEPT) == {"dryRun": False, "reads": 0, "texts": 0, "requests": 0}
    assert call("db", "verify", folder=folder).returncode == 0


def test_a_time_that_is_none_is_refused(tmp_path: Path) -> None:
    for days, said in (("soon", "must be a whole number, not 'soon'"), ("0", "must be from 1 to 36500 days, not 0")):
        result = call("db", "tidy", folder=tmp_path, MATCHKEEPER_KEEP_NOTES_DAYS=days)
        assert result.returncode == 2
        assert f"MATCHKEEPER_KEEP_NOTES_DAYS {said}" in result.stderr


def test_a_database_that_fits_its_history_is_fine(folder: Path) -> None:
    result = call("db", "verify", folder=folder)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "0 findings in 3 rows of history.\n")
    told = json.loads(call("db", "verify", "--json", folder=folder).stdout)
    assert told == {"history": 3, "findings": []}


def test_what_was_changed_behind_the_server_is_found(folder: Path) -> None:
    with sqlite3.connect(folder / "matchkeeper.db") as connection:
        connection.execute("UPDATE users SET user_status = 'ACTIVE'")
    connection.close()
    result = call("db", "verify", folder=folder)
    assert result.returncode == 1
    assert result.stdout == "users 1: has another user_status than its history ends with\n"
    told = json.loads(call("db", "verify", "--json", folder=folder).stdout)
    assert told["findings"] == [{"where": "users 1", "text": "has another user_status than its history ends with"}]
