"""The page that explains every code: each example is wrong in exactly the way it says, and right once it is mended."""

import pytest

from server.rules.codes import CODES
from server.rules.diagnostics import DOCS, Diagnostic, RulesError, render_text
from server.rules.files import MAX_BYTES, RuleFile, RuleFiles
from server.rules.lint import lost
from server.rules.loader import END, judge, load_rules, load_text
from server.rules.source import MAX_DEPTH
from tests.rules.builders import HERE, MINIMAL
from tests.rules.problem_pages import PAGE, entries, files_of

ENTRIES = {entry.code: entry for entry in entries()}
SHOWN = [entry for entry in ENTRIES.values() if entry.example is not None]
WRITTEN_DOWN = HERE / "problems.expected.txt"
NEEDS_A_DATABASE = {"file-gone", "stranded", "cannot-move"}
"""Told of what is in force, and of people: see the tests of succession and of stranding."""
RELIED_ON = {"join": "join", "close_match": "closeMatch"}


def found_in(text: str) -> tuple[Diagnostic, ...]:
    base, overlays = files_of(text)
    try:
        loaded = load_text(base, "rules.yaml", overlays)
    except RulesError as error:
        return error.diagnostics
    gone = lost(loaded.rulesets["small"], RELIED_ON) if "Close, from" in text else ()
    return (*loaded.diagnostics, *gone)


def codes(found: tuple[Diagnostic, ...]) -> set[str]:
    return {each.code for each in found}


def judged(data: bytes, before: str = "", fault: tuple[str, str] | None = None) -> tuple[Diagnostic, ...]:
    file = RuleFile("rules.yaml", data, fault)
    return judge(RuleFiles(file), {"rules.yaml": before}).diagnostics


def test_every_code_has_an_entry_and_every_entry_a_code():
    assert list(ENTRIES) == list(CODES)
    assert {code: entry.meaning for code, entry in ENTRIES.items()} == dict(CODES)


def test_the_messages_link_to_this_page():
    assert (HERE.parents[1] / DOCS) == PAGE


@pytest.mark.parametrize("entry", SHOWN, ids=lambda entry: entry.code)
def test_an_example_is_told_with_its_code_and_no_other(entry):
    assert codes(found_in(entry.wrong)) == {entry.code}


@pytest.mark.parametrize("entry", SHOWN, ids=lambda entry: entry.code)
def test_a_mended_example_has_no_problem_left(entry):
    assert found_in(entry.mended) == ()


WITHOUT_EXAMPLE = {
    "unreadable-file": lambda: judged(b"", fault=("unreadable-file", "there is no such file")),
    "not-utf8": lambda: judged("title: Häuser".encode("latin-1")),
    "too-large": lambda: judged(b"#" * (MAX_BYTES + 1)),
    "too-deep": lambda: judged(b"a: " + b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1)),
    "empty-file": lambda: judged(b"\n"),
    "unfinished-file": lambda: judged(MINIMAL.encode(), before=f"{MINIMAL}{END}\n"),
}


@pytest.mark.parametrize("code", WITHOUT_EXAMPLE)
def test_what_no_example_can_show_is_told_too(code):
    assert codes(WITHOUT_EXAMPLE[code]()) == {code}


def test_what_is_told_of_each_is_as_it_was_written_down():
    examples = [found_in(entry.wrong) for entry in SHOWN]
    told = [*examples, *(find() for find in WITHOUT_EXAMPLE.values())]
    assert "\n".join(map(render_text, told)) + "\n" == WRITTEN_DOWN.read_text(encoding="utf-8")


def test_a_file_without_its_end_line_is_advised_to_have_one(tmp_path):
    file = tmp_path / "rules.yaml"
    file.write_text(MINIMAL)
    assert codes(load_rules(file).diagnostics) == {"no-end-line"}
    file.write_text(f"{MINIMAL}{END}\n")
    assert load_rules(file).diagnostics == ()


def test_no_entry_goes_without_a_test():
    assert set(ENTRIES) - {entry.code for entry in SHOWN} - set(WITHOUT_EXAMPLE) == {"no-end-line", *NEEDS_A_DATABASE}


def test_a_program_that_lacks_most_of_the_usual_steps_is_not_told_that_they_are_lost():
    rules = load_text(MINIMAL).rulesets["small"]
    assert lost(rules, {"join": "join", "close_match": "closeMatch", "open_match": "openMatch"}) == ()
