"""``matchkeeper rules show``: what a status is and does, and the rules of a program as one file."""

from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import there
from server.cli.output import refuse_unknown, require_known, told
from server.drawing.explained import explained
from server.engine.machines import Machine, Status
from server.engine.ruleset import Ruleset
from server.rules.effective import effective, with_origins
from server.rules.files import gather
from server.rules.loader import load_rules
from server.settings import RULES_NAME


def show(
    status: Annotated[
        str | None, typer.Argument(help="A status by its key, label or abbreviation. Without it all are listed.")
    ] = None,
    *,
    program: Annotated[str | None, typer.Option(help="The key of the program; else the base program.")] = None,
    as_file: Annotated[
        bool, typer.Option("--effective", help="Print all rules of the program as one file, each line with its origin.")
    ] = False,
    file: Annotated[
        Path, typer.Option(callback=there, help="The base file; programs/ beside it is read as well.")
    ] = RULES_NAME,
) -> None:
    """Explain a status in plain sentences: what it means, who comes here and how, what may be done from here.

    With --effective: the base file with the program's overlay laid over it, and behind each line where it comes from.
    Exit code 0: shown. 1: the rules cannot be used. 2: wrong usage.
    """
    with told():
        rulesets = load_rules(file, examined=False).rulesets
    require_known("program", program, rulesets)
    if as_file:
        typer.echo(with_origins(effective(gather(file), program)), nl=False)
        return
    ruleset = rulesets[program or next(iter(rulesets))]
    for number, (machine, found) in enumerate(_found(ruleset, status) if status else ()):
        typer.echo("\n" * bool(number) + "\n".join(explained(ruleset, machine, found)))
    if not status:
        typer.echo("\n".join(_overview(ruleset)))


def _overview(ruleset: Ruleset) -> list[str]:
    listed = []
    for machine in ruleset.machines.values():
        listed.append(f"{machine.label} ({machine.key})")
        listed += [
            f"  {status.label} ({status.key}): {status.description or ''}" for status in machine.statuses.values()
        ]
    return listed


def _found(ruleset: Ruleset, name: str) -> list[tuple[Machine, Status]]:
    """Every status of that name: several machines may have one of the same."""
    every = [(machine, status) for machine in ruleset.machines.values() for status in machine.statuses.values()]
    named = [each for each in every if name.casefold() in {word.casefold() for word in _names(*each)}]
    if not named:
        refuse_unknown("status", name, dict.fromkeys(status.key for _, status in every))
    return named


def _names(machine: Machine, status: Status) -> tuple[str, ...]:
    return (status.key, status.label, f"{machine.key}.{status.key}", *([status.short] if status.short else []))
