"""Which rules were in force when, as the command tells it; under a running server see test_reload."""

import shutil
from pathlib import Path

from typer.testing import CliRunner

from server.cli.rules import app


def asked(database: Path, *more: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, ["log", "--database-url", f"sqlite:///{database}", *more])
    return done.exit_code, done.stdout, done.stderr


def test_a_database_that_is_missing_is_refused_and_not_made(tmp_path: Path) -> None:
    code, printed, told = asked(tmp_path / "none.db")
    assert (code, printed) == (2, "")
    assert told == "There is no such database. Name the one of the server with --database-url.\n"
    assert list(tmp_path.iterdir()) == []


def test_where_no_server_has_started_yet_it_says_how_entries_come_about(tmp_path: Path, sqlite_template: Path) -> None:
    database = shutil.copyfile(sqlite_template, tmp_path / "new.db")
    code, printed, told = asked(database)
    assert (code, printed) == (0, "")
    assert told.startswith("No rules have been in force yet.")
    assert asked(database, "--program", "east")[2].startswith("No rules of a program east have been in force yet.")
    assert asked(database, "--json") == (0, "[]\n", "")
