"""The drawn flow over the API."""

from collections.abc import Mapping

import pytest

from server.drawing.chart import Format, chart_of
from server.engine.ruleset import Ruleset
from tests.graphql.builders import Api


def chart(api: Api, arguments: str = "") -> str:
    return str(api.ask(f"{{ program {{ rules {{ chart{arguments} }} }} }}")["program"]["rules"]["chart"])


def test_without_arguments_it_is_the_whole_as_svg(api: Api, rulesets: Mapping[str, Ruleset]) -> None:
    assert chart(api) == chart_of(rulesets["default"], Format.SVG)


@pytest.mark.parametrize("form", list(Format))
def test_one_machine_comes_in_every_format(api: Api, rulesets: Mapping[str, Ruleset], form: Format) -> None:
    drawn = chart(api, f'(format: {form.upper()}, machine: "pair_status")')
    assert drawn == chart_of(rulesets["default"], form, "pair_status")


def test_an_unknown_machine_is_the_callers_fault(api: Api) -> None:
    code, message = api.fault('{ program { rules { chart(machine: "pair_stat") } } }')
    assert (code, "Did you mean pair_status?" in message) == ("BAD_USER_INPUT", True)


def test_a_chart_is_drawn_once_as_long_as_the_rules_are_in_force(api: Api) -> None:
    assert chart(api) is not None
    program = api.rulebook.program(None).id
    assert api.rulebook.chart(program, Format.SVG) is api.rulebook.chart(program, Format.SVG)
