"""The shipped rules, read once for all tests of a process."""

from pathlib import Path

from server.rules.loader import load_rules

RULES_FILE = Path(__file__).parents[1] / "rules" / "transitions.yaml"
LOADED = load_rules(RULES_FILE)
RULES = LOADED.rulesets
