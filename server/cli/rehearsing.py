"""``matchkeeper rules test``: plays the examples of the rules file and lists how each went."""

import json
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import typer
from rich.table import Table

from server.cli.options import AsJson, OnlyProgram, RulesFile
from server.cli.output import FINDINGS, require_known, show, told
from server.engine.examples import Example
from server.engine.rehearsal import Failure, rehearse
from server.engine.ruleset import Ruleset
from server.rules.loader import load_rules
from server.settings import RULES_NAME


@dataclass(frozen=True, slots=True)
class _Played:
    """How one example went under one program's rules, and how long it took."""

    program: str
    example: Example
    failures: tuple[Failure, ...]
    milliseconds: float


def rehearsals(
    file: RulesFile = RULES_NAME,
    program: OnlyProgram = None,
    as_json: AsJson = False,
) -> None:
    """Play every example of the rules, for each program, and list how each went.

    Exit code 0: all go as they say. 1: some do not, or the rules cannot be used at all. 2: wrong usage.
    """
    with told():
        rulesets = load_rules(file, examined=False).rulesets
    require_known("program", program, rulesets)
    chosen = rulesets if program is None else {program: rulesets[program]}
    played = [_play(ruleset, example) for ruleset in chosen.values() for example in ruleset.examples]
    if as_json:
        typer.echo(json.dumps([_as_data(each) for each in played], indent=2, ensure_ascii=False))
    else:
        _list(played)
    if any(each.failures for each in played):
        raise typer.Exit(FINDINGS)


def _play(ruleset: Ruleset, example: Example) -> _Played:
    began = perf_counter()
    failures = rehearse(ruleset, example)
    return _Played(ruleset.program, example, failures, (perf_counter() - began) * 1_000)


def _list(played: list[_Played]) -> None:
    table = Table("program", "example", "verdict", "ms")
    for each in played:
        verdict = "fails" if each.failures else "passes"
        table.add_row(each.program, each.example.key, verdict, f"{each.milliseconds:.1f}")
    if played:
        show(table)
    for each in played:
        for failure in each.failures:
            typer.echo(f'{failure.place}: in the example "{each.example.key}" ({each.program}): {failure.text}')
    failed = sum(bool(each.failures) for each in played)
    typer.echo(f"{len(played)} example(s), {failed} failed")


def _as_data(played: _Played) -> dict[str, Any]:
    return {
        "program": played.program,
        "example": played.example.key,
        "passes": not played.failures,
        "milliseconds": round(played.milliseconds, 3),
        "failures": [
            {"file": f.place.file, "line": f.place.line, "column": f.place.column, "message": f.text}
            for f in played.failures
        ],
    }
