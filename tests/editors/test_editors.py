"""What an editor shows of rules files: with the schema for all programs, and with that of one program's files."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.rules.files import gather
from server.rules.schema_own import roots_of, schema_for
from tests.editors.language_server import LanguageServer
from tests.needs import ROOT, yaml_language_server

SHIPPED = ROOT / "rules" / "transitions.yaml"
PUBLISHED = ROOT / "schema" / "transitions.schema.json"
TEXT = SHIPPED.read_text(encoding="utf-8")
OVERLAY = """\
extends: default
program: east
title: East
change:
  transitions.withdraw.allow: [NOBODY]
  transitions.withdraw.to: ACTIVE
add:
  transitions.rest:
    machine: match_status
    label: Rest
    from: RTBM
    to: AWAY
    allow: [PROGRAM_ADMIN]
"""


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LanguageServer]:
    with LanguageServer(yaml_language_server(), tmp_path_factory.mktemp("edited")) as server:
        yield server


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("schema") / "own.schema.json"
    file.write_text(json.dumps(schema_for(roots_of(gather(SHIPPED)))), encoding="utf-8")
    return file


def place(text: str, after: str) -> tuple[int, int]:
    """Line and column behind a piece of a text."""
    before = text[: text.index(after) + len(after)]
    return before.count("\n") + 1, len(before.rpartition("\n")[2])


def test_the_shipped_files_have_no_problem(editor: LanguageServer, own: Path) -> None:
    overlay = (ROOT / "rules" / "programs" / "post_secondary.yaml").read_text(encoding="utf-8")
    for schema in (PUBLISHED, own):
        for text in (TEXT, overlay):
            assert editor.problems(editor.open(text, schema)) == []


def test_keys_complete_and_hover_says_what_they_are(editor: LanguageServer) -> None:
    assert {"title", "machines", "transitions"} <= set(editor.completions(editor.open("f", PUBLISHED), 1, 1))
    assert "how to answer it" in editor.hover(editor.open(TEXT, PUBLISHED), *place(TEXT, "    help"))


@pytest.mark.parametrize(
    ("after", "cut", "proposed"),
    [
        (
            "  make_rtbm:\n    machine: ",
            "match_status",
            ["user_status", "persona_status", "match_status", "pair_status"],
        ),
        ("{each: sides, fire: ", "become_matched", ["become_matched", "close_match"]),
        ("available:   {user_status: ", "ACTIVE", ["APPLICATION_INCOMPLETE", "ACTIVE"]),
    ],
)
def test_own_names_complete(editor: LanguageServer, own: Path, after: str, cut: str, proposed: list[str]) -> None:
    text = TEXT.replace(f"{after}{cut}", after, 1)
    assert text != TEXT
    assert set(proposed) <= set(editor.completions(editor.open(text, own), *place(text, after)))


def test_a_transition_is_offered_the_statuses_of_its_machine_only(editor: LanguageServer, own: Path) -> None:
    text = "transitions:\n  rest:\n    machine: persona_status\n    to: \n"
    assert editor.completions(editor.open(text, own), *place(text, "to: ")) == [
        "ACTIVE",
        "INACTIVE",
        "previous",
        "same",
    ]


def test_a_status_that_is_not_there_is_marked_in_its_line(editor: LanguageServer, own: Path) -> None:
    text = TEXT.replace("match_status: [NOT_APPLICABLE, RTBM, RESCREENING]", "match_status: [RTBMM]", 1)
    line, _ = place(text, "[RTBMM]")
    problems = editor.problems(editor.open(text, own))
    assert {number for number, _ in problems} == {line}
    assert any("RESCREENING" in message for _, message in problems)


def test_hover_says_what_the_statuses_mean(editor: LanguageServer, own: Path) -> None:
    shown = editor.hover(
        editor.open(TEXT, own), *place(TEXT, "  make_rtbm:\n    machine: match_status\n    label: Make")
    )
    assert "the text on the button" in shown
    text = "transitions:\n  rest:\n    machine: match_status\n    to: RTBM\n"
    assert "Waits in the pool for a match." in editor.hover(editor.open(text, own), *place(text, "to: RT"))


def test_paths_of_an_overlay_complete_and_its_names_are_checked(editor: LanguageServer, own: Path) -> None:
    told = editor.problems(editor.open(OVERLAY, own))
    assert {line for line, _ in told} == {5, 12}
    text = "extends: default\nprogram: east\ntitle: East\nchange:\n  t\n"
    proposed = editor.completions(editor.open(text, own), *place(text, "change:\n  t"))
    assert {"transitions.withdraw.label", "machines.match_status.statuses.RTBM.label"} <= set(proposed)
