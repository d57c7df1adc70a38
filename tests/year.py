"""The program of the guide's page on the program and its sites: all parts of its one overlay put together."""

import re
from pathlib import Path

from server.engine.ruleset import Ruleset
from server.rules.loader import load_text

ROOT = Path(__file__).parent.parent
SHIPPED = (ROOT / "rules" / "transitions.yaml").read_text(encoding="utf-8")
OVERLAY = "".join(
    re.findall(r"```yaml\n(.*?)```", (ROOT / "docs" / "rules" / "places.md").read_text(encoding="utf-8"), re.DOTALL)
)


def year_rules(more: str = "") -> dict[str, Ruleset]:
    """The shipped program and the school year; ``more`` is added to its overlay."""
    loaded = load_text(SHIPPED, "base.yaml", {"school_year": OVERLAY + more})
    assert loaded.diagnostics == ()
    return dict(loaded.rulesets)
