from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli.rules import app
from server.drawing.chart import Format, chart_of
from tests.rules.builders import SHIPPED
from tests.shipped import RULES


def run(*words: str):
    return CliRunner().invoke(app, ["graph", *words])


def test_without_options_the_whole_flow_of_the_base_program_is_an_svg() -> None:
    result = run(str(SHIPPED))
    assert (result.exit_code, result.output) == (0, chart_of(RULES["default"], Format.SVG))


@pytest.mark.parametrize("form", list(Format))
def test_one_machine_of_one_program_in_each_format(form: Format) -> None:
    result = run(str(SHIPPED), "--program", "post_secondary", "--machine", "pair_status", "--format", form)
    assert result.exit_code == 0
    assert result.output == chart_of(RULES["post_secondary"], form, "pair_status")


def test_a_folder_gets_the_whole_and_each_machine(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    result = run(str(SHIPPED), "--into", str(folder), "--format", "dot")
    assert result.exit_code == 0
    names = ["flow.dot", "match_status.dot", "pair_status.dot", "persona_status.dot", "user_status.dot"]
    assert sorted(path.name for path in folder.iterdir()) == names
    assert (folder / "pair_status.dot").read_text("utf-8") == chart_of(RULES["default"], Format.DOT, "pair_status")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--machine", "moods"), "There is no machine moods. There are: user_status, persona_status"),
        (("--program", "nowhere"), "There is no program nowhere. There are: default, post_secondary."),
    ],
)
def test_what_does_not_exist_is_wrong_usage(words: tuple[str, str], said: str) -> None:
    result = run(str(SHIPPED), *words)
    assert result.exit_code == 2
    assert said in result.output


def test_broken_rules_are_told_and_not_drawn(tmp_path: Path) -> None:
    file = tmp_path / "transitions.yaml"
    file.write_text("format: 1\n", encoding="utf-8")
    result = run(str(file))
    assert result.exit_code == 1
    assert "<svg" not in result.output
