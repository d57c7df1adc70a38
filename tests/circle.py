"""The examples of the page on relations, by program."""

import re
from pathlib import Path

import yaml

_PAGE = (Path(__file__).parents[1] / "docs" / "rules" / "relations.md").read_text(encoding="utf-8")

EXAMPLES = {
    str(yaml.safe_load(text)["program"]): text for text in re.findall(r"```yaml\n(extends: .*?)```", _PAGE, re.DOTALL)
}
"""Overlays of the shipped rules; ``circle`` is the program of people who ask each other."""
