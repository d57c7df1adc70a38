"""``matchkeeper rules explore``: what the rules of a program can lead to, and what is hardly meant."""

import json
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, track

from server.cli.options import AsJson, RulesFile
from server.cli.output import FINDINGS, require_known, told
from server.engine.ruleset import Ruleset
from server.exploration.coverage import Coverage
from server.exploration.explorer import explore
from server.exploration.finding import Finding
from server.exploration.proposals import proposal
from server.exploration.report import Report, reported
from server.exploration.space import Limits, Space
from server.rules.diagnostics import Diagnostic, Findings, render_text
from server.rules.files import gather
from server.rules.loader import load_rules
from server.rules.mutants import mutant, mutations
from server.settings import RULES_NAME

_DEFAULTS = Limits()
_SECONDS = _DEFAULTS.seconds or 0.0
_INDENT = "    "


def exploration(
    file: RulesFile = RULES_NAME,
    *,
    program: Annotated[
        str | None, typer.Option(help="The key of the program to explore; the base program without it.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many situations at most.")] = _DEFAULTS.situations,
    seconds: Annotated[float, typer.Option(min=0, help="How long at most; 0: as long as it takes.")] = _SECONDS,
    personas: Annotated[
        int, typer.Option(min=1, help="How many personas, of both people together, a situation has at most.")
    ] = _DEFAULTS.personas,
    propose: Annotated[
        bool,
        typer.Option("--propose", help="Also look for changes that nobody would notice, with an example for each."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Try everything that people can do under the rules, in every situation, and tell what is hardly meant.

    Each finding has a stable code, its line, and the shortest way there, click by click. Exit code 0: nothing is
    found. 1: something is, or the rules cannot be used. 2: wrong usage.
    """
    with told():
        rulesets = load_rules(file).rulesets
    require_known("program", program, rulesets)
    ruleset = rulesets[program] if program else next(iter(rulesets.values()))
    space = _explored(ruleset, Limits(limit, seconds or None, personas))
    report = reported(space)
    missed = _missed(space, file) if propose else ()
    located = _located(file, (*report.findings, *(finding for finding, _ in missed)))
    proposals = dict(missed)
    if as_json:
        typer.echo(json.dumps(_as_data(ruleset, report, located, proposals), indent=2, ensure_ascii=False))
    else:
        _tell(ruleset, report, located, proposals)
    if located:
        raise typer.Exit(FINDINGS)


def _missed(space: Space, file: Path) -> tuple[tuple[Finding, str], ...]:
    """Every single change of the file that would go unnoticed, with an example that would notice it."""
    coverage, found = Coverage(space), []
    for mutation in track(
        mutations(gather(file), space.ruleset.program),
        "Changing one thing at a time",
        console=Console(stderr=True),
        transient=True,
    ):
        changed = mutant(mutation)
        shown = None if changed is None else coverage.missed(changed.ruleset, mutation.transition)
        if shown is not None:
            text = f"no example and no invariant would notice: {mutation.text}"
            finding = Finding("unnoticed-change", text, mutation.place, "add the example below, if this is meant so")
            found.append((finding, proposal(space.ruleset, f"never {mutation.text}", shown)))
    return tuple(found)


def _explored(ruleset: Ruleset, limits: Limits) -> Space:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed} situations"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(f"Exploring {ruleset.program}", total=None)

        def hear(settled: int, known: int) -> None:
            progress.update(task, completed=settled, total=min(known, limits.situations))

        return explore(ruleset, limits, monotonic, hear)


def _located(file: Path, findings: tuple[Finding, ...]) -> dict[Finding, Diagnostic]:
    """Each finding as a diagnostic, with the line that it is about."""
    files, found = gather(file), {}
    for finding in findings:
        noted = Findings()
        for each in (files.base, *files.overlays.values()):
            noted.know(each.name, each.data.decode("utf-8-sig", "replace"))
        noted.warn(finding.code, finding.place, finding.text, finding.hint)
        (found[finding],) = noted.all()
    return found


def _tell(ruleset: Ruleset, report: Report, located: dict[Finding, Diagnostic], proposals: dict[Finding, str]) -> None:
    for finding, diagnostic in located.items():
        typer.echo(render_text([diagnostic]))
        for number, step in enumerate(finding.steps, 1):
            typer.echo(f"{_INDENT}{number}. {step}")
        if finding in proposals:
            typer.echo(proposals[finding])
    for kept in report.invariants:
        how = "the transitions keep it by themselves" if kept.alone else "acts are refused because of it (see above)"
        typer.echo(f"invariant {kept.key}: held everywhere; {how}")
    for power in report.powers:
        every = "; ".join(f"{machine}: {', '.join(labels)}" for machine, labels in power.statuses.items())
        typer.echo(f"{power.label} alone can bring people into: {every or 'nothing'}")
    for each in report.overlooked:
        typer.echo(f"not looked at: {each}")
    typer.echo(f"{ruleset.program}: {report.situations} situations, {report.acts} acts. {report.extent}")
    typer.echo(f"{len(located)} finding(s)")


def _as_data(
    ruleset: Ruleset, report: Report, located: dict[Finding, Diagnostic], proposals: dict[Finding, str]
) -> dict[str, Any]:
    return {
        "program": ruleset.program,
        "findings": [
            {**asdict(diagnostic), "steps": list(finding.steps), "example": proposals.get(finding)}
            for finding, diagnostic in located.items()
        ],
        "invariants": [asdict(each) for each in report.invariants],
        "powers": [asdict(each) for each in report.powers],
        "overlooked": list(report.overlooked),
        "situations": report.situations,
        "acts": report.acts,
        "extent": report.extent,
    }
