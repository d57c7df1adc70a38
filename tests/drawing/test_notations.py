"""Mermaid and DOT: what they say of the shipped rules, and that both stay well-formed."""

import re
from pathlib import Path

import pytest

from server.drawing.chart import Format, chart_of
from tests import shipped
from tests.drawing.test_flow import CASES
from tests.rules.builders import a_ruleset

HERE = Path(__file__).parent
RULES = shipped.RULES["default"]
GOLDEN = {Format.MERMAID: HERE / "shipped.mmd", Format.DOT: HERE / "shipped.dot"}

NODE = r"\w+(?:\(\( \)\)|\[\"[^\"<>]+\"\])?(?::::\w+)?"
MERMAID = re.compile(
    rf"flowchart TD|  subgraph \w+\[\"[^\"<>]+\"\]|    direction TB|  end|  classDef \w+ [\w:#,]+"
    rf"|    {NODE}(?: -\.?->(?:\|\"[^\"<>]+\"\|)? {NODE})?"
)
QUOTED = r'"(?:[^"\\]|\\["\\])*"'
ATTRIBUTE = rf"\w+=(?:{QUOTED}|[\w.]+)"
DOT = re.compile(
    rf"digraph {QUOTED} {{|  subgraph {QUOTED} {{| *}}| +(?:{ATTRIBUTE}; ?)+"
    rf"| +(?:node|edge|{QUOTED}(?: -> {QUOTED})?)(?: \[{ATTRIBUTE}(?:, {ATTRIBUTE})*\])?;"
)
HOSTILE = CASES.replace("Decide", '"a\\"b] --> c[<script> #quot; \\\\ |"')


@pytest.mark.parametrize("form", [Format.MERMAID, Format.DOT])
def test_the_shipped_rules_are_written_as_they_were(form: Format) -> None:
    assert chart_of(RULES, form) == GOLDEN[form].read_text(encoding="utf-8"), (
        f"run `matchkeeper rules graph --format {form} > {GOLDEN[form].relative_to(HERE.parents[1])}`"
    )


@pytest.mark.parametrize(("form", "grammar"), [(Format.MERMAID, MERMAID), (Format.DOT, DOT)])
@pytest.mark.parametrize("text", [None, CASES, HOSTILE], ids=["shipped", "cases", "hostile"])
def test_every_line_is_one_of_the_notation(form: Format, grammar: re.Pattern[str], text: str | None) -> None:
    written = chart_of(a_ruleset(text) if text else RULES, form)
    assert [line for line in written.splitlines() if not grammar.fullmatch(line)] == []


def test_blocks_are_closed() -> None:
    mermaid, dot = chart_of(RULES, Format.MERMAID), chart_of(RULES, Format.DOT)
    assert mermaid.count("subgraph") == mermaid.count("  end\n") == len(RULES.machines)
    assert dot.count("{") == dot.count("}")


def test_every_way_of_every_transition_is_an_arrow() -> None:
    dot = chart_of(RULES, Format.DOT, "user_status")
    assert dot.count('label="Account made in error"') == 5
    assert '"user_status/SCREENING_INCOMPLETE" -> "user_status/ACTIVE" [label="Make Active"];' in dot


def test_outcomes_by_case_are_arrows_with_the_same_label_and_their_case() -> None:
    mermaid = chart_of(a_ruleset(CASES), Format.MERMAID, "user_status")
    assert 'user_status__NEW -->|"Decide: case 1"| user_status__READY' in mermaid
    assert 'user_status__NEW -->|"Decide: otherwise"| user_status__NEW' in mermaid
    assert 'user_status__READY -->|"Undo: back to where it was"| user_status__NEW' in mermaid
