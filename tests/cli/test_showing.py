"""A status explained in sentences, and the rules of a program as one file, from the command line."""

import pytest
from typer.testing import CliRunner

from server.cli.rules import app
from tests.rules.builders import SHIPPED


def run(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["show", *words, "--file", str(SHIPPED)])
    return done.exit_code, done.output


@pytest.mark.parametrize("name", ["NOT_MATCHING", "not matching", "nm", "match_status.NOT_MATCHING"])
def test_a_status_is_found_by_any_of_its_names_and_explained(name: str) -> None:
    assert run(name) == (
        0,
        """\
Not Matching (Match Status)
  Stays in the program without a match.
  Kind: Final status
  Key: NOT_MATCHING
  Only for: Mentee

Who comes here:
  - from Ready To Be Matched or Rescreening, by Not Matching: Program administrator or Site staff may press it.

What may be done from here:
  - Back to Rescreening, to Rescreening: Program administrator or Site staff may press it. It may be refused: \
"This person already has a persona of this role that waits or is matched. Use that one."
""",
    )


def test_what_nobody_presses_is_told_by_what_it_follows_from() -> None:
    said = run("MATCHED")[1]
    assert "  - from Ready To Be Matched or Closed, by Become Matched: it follows from Match or Open Match.\n" in said
    assert "  - Become Closed, to Closed: it follows from Close Match.\n" in said


def test_several_machines_may_have_a_status_of_the_same_name() -> None:
    said = run("ACTIVE")[1]
    assert ("Active (User Status)" in said, "Active (Persona Status)" in said) == (True, True)


def test_without_a_status_all_are_listed() -> None:
    code, said = run("--program", "post_secondary")
    assert code == 0
    assert "Match Status (match_status)\n  N/A (NOT_APPLICABLE): Never matched" in said


def test_the_effective_file_names_the_overlay_where_it_speaks() -> None:
    code, said = run("--effective", "--program", "post_secondary")
    assert code == 0
    (line,) = [line for line in said.splitlines() if "A reason that is not listed" in line]
    assert line.endswith("programs/post_secondary.yaml:17")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ("NOT_MATCHIN",),
            "There is no status NOT_MATCHIN. Did you mean NOT_MATCHING? There are: APPLICATION_INCOMPLETE, ",
        ),
        (("ACTIVE", "--program", "post"), "There is no program post"),
    ],
)
def test_what_does_not_exist_is_wrong_usage(words: tuple[str, ...], said: str) -> None:
    code, output = run(*words)
    assert (code, said in output) == (2, True)
