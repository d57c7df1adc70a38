"""``matchkeeper rules diff``: what people can and cannot do any more under an edited rules file."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import AsJson, OnlyProgram, there
from server.cli.output import FINDINGS, require_known, say, told
from server.engine.ruleset import Ruleset
from server.exploration.change import Change
from server.exploration.differences import compare
from server.rules.loader import load_rules


def diff(
    old: Annotated[Path, typer.Argument(callback=there, help="The base file as it was.")],
    new: Annotated[Path, typer.Argument(callback=there, help="The base file as it is to be.")],
    program: OnlyProgram = None,
    as_json: AsJson = False,
) -> None:
    """Say in plain sentences what people can and cannot do any more under NEW; behaviour, not text.

    programs/ beside each of the two files is read as well. Exit code 0: nothing that people do is otherwise.
    1: something is, or a file cannot be used. 2: wrong usage.
    """
    with told():
        before, after = (load_rules(file, examined=False).rulesets for file in (old, new))
    every = dict.fromkeys([*before, *after])
    require_known("program", program, every)
    wanted = [key for key in every if program in {None, key}]
    found = {key: _changes(key, before, after) for key in wanted}
    if as_json:
        typer.echo(
            json.dumps({key: [asdict(each) for each in found[key]] for key in found}, indent=2, ensure_ascii=False)
        )
    else:
        for key, changes in found.items():
            _list(key, changes)
    if any(found.values()):
        raise typer.Exit(FINDINGS)


def _changes(key: str, before: Mapping[str, Ruleset], after: Mapping[str, Ruleset]) -> tuple[Change, ...]:
    if key not in before:
        return (Change("program-added", f"The program {key} is new."),)
    if key not in after:
        return (Change("program-gone", f"The program {key} is gone."),)
    say(f"Comparing the program {key} ...")
    return compare(before[key], after[key])


def _list(program: str, changes: tuple[Change, ...]) -> None:
    if not changes:
        typer.echo(f"{program}: no change in behaviour")
        return
    typer.echo(f"{program}: {len(changes)} change(s)")
    for each in changes:
        typer.echo(f"  {each.code}: {each.text}")
        if each.example:
            typer.echo(f"    for example: {each.example}")
