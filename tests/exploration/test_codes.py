"""Every code is documented, with the meaning that the code has for it."""

from pathlib import Path

from server.exploration.change import CODES as CHANGES
from server.exploration.finding import CODES as FINDINGS

PAGES = Path(__file__).parents[2] / "docs" / "rules"


def test_every_code_of_a_finding_stands_in_the_guide() -> None:
    page = (PAGES / "exploring.md").read_text(encoding="utf-8")
    assert [code for code, meaning in FINDINGS.items() if f"| `{code}` | {meaning} |" not in page] == []


def test_every_code_of_a_change_stands_in_the_guide() -> None:
    page = (PAGES / "differences.md").read_text(encoding="utf-8")
    assert [code for code, meaning in CHANGES.items() if f"| `{code}` | {meaning} |" not in page] == []
