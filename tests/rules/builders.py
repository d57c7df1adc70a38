"""Small rules files to test with: the sections a test is about, completed with those of a minimal file."""

import re
from pathlib import Path

from server.engine.ruleset import Ruleset
from server.rules.diagnostics import Diagnostic, RulesError
from server.rules.loader import LoadedRules, load_text

HERE = Path(__file__).parent
MINIMAL = (HERE / "minimal.yaml").read_text(encoding="utf-8")
SHIPPED = HERE.parents[1] / "rules" / "transitions.yaml"
_SECTION = re.compile(r"^(?=[a-z_]+:)", re.MULTILINE)


def completed(text: str = "") -> str:
    """The text, followed by every section of the minimal file that it does not have itself: its lines stay its own."""
    own = {part.split(":")[0] for part in _SECTION.split(text)}
    rest = [part for part in _SECTION.split(MINIMAL) if part.split(":")[0] not in own]
    return "".join([text, *rest])


def loaded(text: str = "", programs: dict[str, str] | None = None) -> LoadedRules:
    return load_text(completed(text), "case.yaml", programs)


def a_ruleset(text: str = "") -> Ruleset:
    return loaded(text).rulesets["small"]


def problems(text: str = "", programs: dict[str, str] | None = None) -> tuple[Diagnostic, ...]:
    """What is found in a text, whether it can be used or not."""
    try:
        return loaded(text, programs).diagnostics
    except RulesError as error:
        return error.diagnostics


def told(text: str = "", programs: dict[str, str] | None = None) -> list[str]:
    """The findings in short: line, column, code."""
    return [f"{found.line}:{found.column} {found.code}" for found in problems(text, programs)]
