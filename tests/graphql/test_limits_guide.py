"""The page on limits says what is so: every limit with its default and setting, and the cost of every example."""

import re

import pytest
from strawberry import Schema

from server.graphql.limits import MAX_INTROSPECTION_DEPTH, Limits
from server.limit_settings import VARIABLES, LimitSettings
from tests.serving import ROOT

PAGE = (ROOT / "docs" / "api" / "limits.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```graphql\n# cost: (\d+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = [
    [cell.strip(" `") for cell in line.strip("| ").split("|")] for line in PAGE.splitlines() if line.startswith("| ")
]


def test_every_setting_stands_there_with_its_default() -> None:
    told = {row[3].partition("`")[0].removeprefix("MATCHKEEPER_"): row[2] for row in ROWS if len(row) == 5}
    usual = LimitSettings()
    assert {name: told.get(name) for name in VARIABLES.values()} == {
        variable: f"{getattr(usual, name):,}" for name, variable in VARIABLES.items()
    }
    assert f"| `introspectionDepth` | {MAX_INTROSPECTION_DEPTH} |" in PAGE


@pytest.mark.parametrize(("told", "text"), EXAMPLES)
def test_every_example_costs_what_is_said(schema: Schema, told: str, text: str) -> None:
    judged = Limits(schema._schema, LimitSettings()).judge(text)
    assert (judged.errors, list(judged.costs.values())) == ((), [int(told)])
