"""A picture of the rules in the format that is asked for."""

from enum import StrEnum

from server.drawing.dot import dot_of
from server.drawing.flow import flow_of
from server.drawing.mermaid import mermaid_of
from server.drawing.svg import svg_of
from server.engine.ruleset import Ruleset


class Format(StrEnum):
    """The formats there are."""

    SVG = "svg"
    MERMAID = "mermaid"
    DOT = "dot"


def chart_of(ruleset: Ruleset, form: Format, machine: str | None = None) -> str:
    """The flow of all machines, or of one of them, as text that ends with a line break.

    Raises KeyError for a machine that the rules do not have.
    """
    if form is Format.SVG:
        return svg_of(flow_of(ruleset, machine))
    machines = ruleset.machines.values() if machine is None else (ruleset.machines[machine],)
    return (mermaid_of if form is Format.MERMAID else dot_of)(ruleset, machines)
