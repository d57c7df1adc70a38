"""The command that draws the rules."""

from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import RulesFile
from server.cli.output import require_known, told
from server.drawing.chart import Format, chart_of
from server.engine.ruleset import Ruleset
from server.rules.loader import load_rules
from server.settings import RULES_NAME

ENDINGS = {Format.SVG: "svg", Format.MERMAID: "mmd", Format.DOT: "dot"}


def graph(
    file: RulesFile = RULES_NAME,
    form: Annotated[Format, typer.Option("--format", help="How it is drawn.")] = Format.SVG,
    machine: Annotated[str | None, typer.Option(help="Only this machine, such as match_status.")] = None,
    program: Annotated[
        str | None, typer.Option(help="The flow of this program; the base program's without it.")
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="A folder for the whole picture and one of each machine, instead of printing.")
    ] = None,
) -> None:
    """Draw the flow of a program: statuses, transitions, and what one sets off in another.

    Exit code 0: it is drawn. 1: the rules cannot be used. 2: wrong usage.
    """
    with told():
        rulesets = load_rules(file).rulesets
    ruleset = rulesets[known("program", program, tuple(rulesets))]
    chosen = None if machine is None else known("machine", machine, tuple(ruleset.machines))
    if into is None:
        typer.echo(chart_of(ruleset, form, chosen), nl=False)
    else:
        _fill(into, ruleset, form, chosen)


def known(what: str, key: str | None, keys: tuple[str, ...]) -> str:
    """The key that was given, or the first; ends the command where there is no such key."""
    require_known(what, key, keys)
    return keys[0] if key is None else key


def _fill(folder: Path, ruleset: Ruleset, form: Format, machine: str | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for key in (None, *ruleset.machines) if machine is None else (machine,):
        path = folder / f"{'flow' if key is None else key}.{ENDINGS[form]}"
        path.write_text(chart_of(ruleset, form, key), encoding="utf-8")
        typer.echo(path)
