"""The examples of the page on further kinds of record, by program."""

import re
from pathlib import Path

import yaml

_PAGE = (Path(__file__).parents[1] / "docs" / "rules" / "kinds.md").read_text(encoding="utf-8")

EXAMPLES = {
    str(yaml.safe_load(text)["program"]): text for text in re.findall(r"```yaml\n(extends: .*?)```", _PAGE, re.DOTALL)
}
"""Overlays of the shipped rules: ``talks`` has meetings and reports, ``talk_requests`` people who ask each other."""
