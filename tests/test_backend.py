"""What a start makes of the rules files, with and without rules that were in force before."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from server.backend import Backend, open_backend
from server.domain.actors import Caller
from server.domain.commands import Options, Registration
from server.engine.ruleset import OWNER
from server.rules.diagnostics import RulesError
from server.services.people import People
from server.settings import Settings
from server.store.programs import status_counts
from tests.serving import RULES


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    shutil.copytree(RULES.parent, tmp_path / "rules")
    return tmp_path / "rules" / RULES.name


@contextmanager
def started(url: str, rules: Path) -> Iterator[Backend]:
    backend = open_backend(Settings(database_url=url, rules=rules))
    yield backend
    backend.store.close()


def revisions(backend: Backend) -> dict[str, str]:
    return {key: ruleset.revision for key, ruleset in backend.rulebook.rulesets().items()}


def codes(backend: Backend, program: str) -> list[str]:
    return [found.code for found in backend.rulebook.problems(program)]


def put_somebody_into(backend: Backend, program: str) -> None:
    people, owner = People(backend.rulebook, lambda: datetime(2026, 3, 1, tzinfo=UTC)), Caller("O", frozenset({OWNER}))
    robin = Registration("MENTOR", "Robin", "robin@example.org", program=program)
    backend.store.mutate_now(lambda session: people.register(session, owner, robin, Options()))


def overlay(rules: Path, key: str = "post_secondary") -> Path:
    return rules.parent / "programs" / f"{key}.yaml"


def test_broken_files_start_under_the_rules_that_were_in_force_last(sqlite_url: str, rules: Path) -> None:
    with started(sqlite_url, rules) as backend:
        before = revisions(backend)
    overlay(rules).write_text("[")
    rules.write_text(rules.read_text("utf-8").replace("title: ", "title: The ", 1), "utf-8")
    with started(sqlite_url, rules) as backend:
        now = revisions(backend)
        assert now["default"] != before["default"]
        assert now["post_secondary"] == before["post_secondary"]
        assert codes(backend, "default") == []
        assert codes(backend, "post_secondary") == ["unfinished-file", "yaml-syntax"]
    rules.unlink()
    with started(sqlite_url, rules) as backend:
        assert revisions(backend) == now
        assert codes(backend, "default") == ["unreadable-file"]
        assert [found.code for found in backend.held] == ["unreadable-file", "unfinished-file", "yaml-syntax"]


def test_a_program_without_a_file_goes_on_as_long_as_it_has_people(sqlite_url: str, rules: Path) -> None:
    with started(sqlite_url, rules) as backend:
        before = revisions(backend)
        put_somebody_into(backend, "post_secondary")
    overlay(rules).unlink()
    with started(sqlite_url, rules) as backend:
        assert revisions(backend) == before
        assert codes(backend, "post_secondary") == ["file-gone"]


def test_a_program_without_a_file_and_without_people_ends_with_the_next_start(sqlite_url: str, rules: Path) -> None:
    with started(sqlite_url, rules) as backend:
        before = revisions(backend)
    overlay(rules).unlink()
    with started(sqlite_url, rules) as backend:
        assert revisions(backend) == {"default": before["default"]}
        assert backend.held == ()


def test_a_new_overlay_that_is_broken_stops_a_first_start_only(sqlite_url: str, rules: Path, tmp_path: Path) -> None:
    overlay(rules, "new").write_text("[")
    with pytest.raises(RulesError):
        open_backend(Settings(database_url=f"sqlite:///{tmp_path}/first.db", rules=rules))
    assert not (tmp_path / "first.db").exists()
    overlay(rules, "new").unlink()
    with started(sqlite_url, rules) as backend:
        before = revisions(backend)
    overlay(rules, "new").write_text("[")
    with started(sqlite_url, rules) as backend:
        assert revisions(backend) == before
        assert codes(backend, "default") == ["yaml-syntax"]


def test_a_start_with_rules_that_would_strand_people_goes_on_under_those_before(sqlite_url: str, rules: Path) -> None:
    with started(sqlite_url, rules) as backend:
        before = revisions(backend)
        put_somebody_into(backend, "default")
    text = rules.read_text("utf-8")
    renamed = re.sub(r"\bAPPLICATION_INCOMPLETE\b", "APPLYING", text)
    rules.write_text(renamed, "utf-8")
    with started(sqlite_url, rules) as backend:
        assert revisions(backend)["default"] == before["default"]
        assert revisions(backend)["post_secondary"] != before["post_secondary"]
        assert codes(backend, "default") == ["stranded"]
        assert [found.message for found in backend.held] == [
            "1 person in Application Incomplete would be in no status:"
            " these rules have no APPLICATION_INCOMPLETE in user_status"
        ]
    moved = "moved:\n  user_status: {APPLICATION_INCOMPLETE: APPLYING}\n\n# end of rules\n"
    rules.write_text(renamed.replace("# end of rules\n", moved), "utf-8")
    for _ in range(2):  # and again: a start finds everybody moved
        with started(sqlite_url, rules) as backend:
            assert (codes(backend, "default"), backend.held) == ([], ())
            counts = backend.store.query_now(
                lambda session: status_counts(session.connection, 1, "user", "user_status")
            )
            assert counts == {"APPLYING": 1}
