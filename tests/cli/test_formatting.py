"""`matchkeeper rules fmt`: what it writes, what it only says, and what it leaves alone."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli.rules import app

UNEVEN, EVEN = "title:   small\nprogram:\n    NO\n", 'title:   small\nprogram:\n  "NO"\n'


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["fmt", *words])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "transitions.yaml"
    path.write_text(UNEVEN, encoding="utf-8")
    return path


def test_a_file_is_laid_out_and_keeps_its_rights(file: Path) -> None:
    file.chmod(0o640)
    assert run(str(file)) == (0, f"{file} is laid out anew.\n1 file(s), 1 changed.\n", "")
    assert file.read_text(encoding="utf-8") == EVEN
    assert file.stat().st_mode & 0o777 == 0o640
    assert list(file.parent.iterdir()) == [file]
    assert run(str(file)) == (0, "1 file(s), 0 changed.\n", "")


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(file)
    assert run(str(link))[0] == 0
    assert link.is_symlink()
    assert file.read_text(encoding="utf-8") == EVEN


def test_check_writes_nothing_and_fails_where_something_would_change(file: Path) -> None:
    assert run("--check", str(file)) == (1, f"{file} would be laid out anew.\n1 file(s), 1 changed.\n", "")
    assert file.read_text(encoding="utf-8") == UNEVEN


def test_diff_shows_what_would_change_and_writes_nothing(file: Path) -> None:
    code, out, _ = run("--diff", str(file))
    assert code == 0
    assert '-    NO\n+  "NO"\n' in out
    assert file.read_text(encoding="utf-8") == UNEVEN


def test_a_file_with_a_mistake_is_left_alone_and_the_others_are_not(file: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("title: [small\n", encoding="utf-8")
    code, out, err = run(str(broken), str(file))
    assert code == 1
    assert f"{broken}:2:1: error yaml-syntax: this is not YAML" in err
    assert "docs/rules/problems.md#yaml-syntax" in err
    assert out.endswith("2 file(s), 1 changed.\n")
    assert broken.read_text(encoding="utf-8") == "title: [small\n"
    assert file.read_text(encoding="utf-8") == EVEN


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    code, _, err = run(str(tmp_path / "none.yaml"))
    assert code == 1
    assert "error unreadable-file: the file cannot be read" in err


def test_without_files_the_rules_here_and_their_overlays_are_meant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rules" / "programs").mkdir(parents=True)
    for name in ("transitions.yaml", "programs/east.yaml"):
        (tmp_path / "rules" / name).write_text(UNEVEN, encoding="utf-8")
    code, out, _ = run()
    assert (code, out.splitlines()[-1]) == (0, "2 file(s), 2 changed.")
