"""The examples of the page on outcomes, by program, and the rules they make of the shipped ones."""

import re
from pathlib import Path

import yaml

from server.rules.loader import load_text

_ROOT = Path(__file__).parents[1]
_PAGE = (_ROOT / "docs" / "rules" / "outcomes.md").read_text(encoding="utf-8")

EXAMPLES = {str(yaml.safe_load(t)["program"]): t for t in re.findall(r"```yaml\n(extends: .*?)```", _PAGE, re.DOTALL)}
LOADED = load_text((_ROOT / "rules" / "transitions.yaml").read_text(encoding="utf-8"), "base.yaml", EXAMPLES)
RULES = LOADED.rulesets
