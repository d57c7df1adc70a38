"""The commands around the rules file: check, draw and play it, print its schema and words, tell what was in force."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from server.cli.codegen import codegen
from server.cli.differing import diff
from server.cli.exploring import exploration
from server.cli.formatting import fmt
from server.cli.graph import graph
from server.cli.impact import impact
from server.cli.options import RulesFile
from server.cli.output import FINDINGS, examples, told
from server.cli.reference import page
from server.cli.rehearsing import rehearsals
from server.cli.revisions import log
from server.cli.showing import show
from server.graphql.mutations.named import MUTATION_OF
from server.rules.diagnostics import (
    Diagnostic,
    RulesError,
    Severity,
    read_more,
    render_github,
    render_json,
    render_text,
)
from server.rules.files import gather
from server.rules.lint import lost
from server.rules.loader import load_rules
from server.rules.schema_own import roots_of, schema_for
from server.rules.schema_published import published
from server.settings import RULES_NAME

app = typer.Typer(
    no_args_is_help=True,
    help="Check, draw, play, explore and compare rules files, print their schema, and tell what was in force when.",
)
app.command(epilog=examples("matchkeeper rules log", "matchkeeper rules log --program default --json"))(log)


class Format(StrEnum):
    """How findings are printed."""

    TEXT = "text"
    JSON = "json"
    GITHUB = "github"


_RENDERERS = {Format.TEXT: render_text, Format.JSON: render_json, Format.GITHUB: render_github}


@app.callback()
def rules() -> None:
    """Check, draw, play, explore and compare rules files, print their schema, and tell what was in force when."""


@app.command(epilog="Example: matchkeeper rules check rules/transitions.yaml --format github")
def check(
    file: RulesFile = RULES_NAME,
    form: Annotated[Format, typer.Option("--format", help="How the findings are printed.")] = Format.TEXT,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail the check too.")] = False,
) -> None:
    """Check a rules file and the overlays of all programs beside it; every problem at once.

    Exit code 0: the rules can be used (warnings may be printed). 1: they cannot. 2: wrong usage.
    """
    try:
        loaded = load_rules(file)
    except RulesError as error:
        _print(error.diagnostics, form)
        raise typer.Exit(FINDINGS) from error
    gone = (found for ruleset in loaded.rulesets.values() for found in lost(ruleset, MUTATION_OF))
    warnings = (*loaded.diagnostics, *gone)
    _print(warnings, form)
    if form is Format.TEXT:
        typer.echo(f"{file}: fine. Programs: {', '.join(loaded.rulesets)}.")
    if strict and warnings:
        raise typer.Exit(FINDINGS)


@app.command(epilog="Example: matchkeeper rules schema --for rules/transitions.yaml > rules/own.schema.json")
def schema(
    own: Annotated[
        Path | None,
        typer.Option(
            "--for", exists=True, dir_okay=False, help="A base file, whose own names an editor shall complete."
        ),
    ] = None,
) -> None:
    """Print the JSON Schema of rules files, for editors that complete and check while one types.

    With --for it knows the statuses, transitions, actors and other names of that file and of the overlays beside it.
    """
    with told():
        made = published() if own is None else schema_for(roots_of(gather(own)))
    typer.echo(json.dumps(made, indent=2 if own is None else None, ensure_ascii=False))


app.command(epilog="Example: matchkeeper rules graph --machine match_status > match_status.svg")(graph)
app.command(epilog="Example: matchkeeper rules codegen --lang ts --program default > src/rules.ts")(codegen)
app.command("explore", epilog="Example: matchkeeper rules explore --program post_secondary --personas 3 --seconds 60")(
    exploration
)
app.command(epilog="Example: matchkeeper rules diff rules/transitions.yaml edited.yaml --program default")(diff)
app.command(
    epilog=examples(
        "matchkeeper rules impact edited.yaml",
        "matchkeeper rules impact edited.yaml --program default --json --database-url sqlite:///matchkeeper.db",
    )
)(impact)
app.command(
    epilog=examples(
        "matchkeeper rules show RTBM",
        "matchkeeper rules show --effective --program post_secondary",
    )
)(show)
app.command(epilog="Example: matchkeeper rules fmt --check --diff rules/transitions.yaml")(fmt)
app.command("reference", epilog="Example: matchkeeper rules reference > docs/rules/reference.md")(page)
app.command("test", epilog="Example: matchkeeper rules test --program default")(rehearsals)


def _print(diagnostics: tuple[Diagnostic, ...], form: Format) -> None:
    printed = _RENDERERS[form](diagnostics)
    if printed:
        typer.echo(printed)
    errors = sum(found.severity is Severity.ERROR for found in diagnostics)
    if form is Format.TEXT and diagnostics:
        typer.echo(f"{errors} error(s), {len(diagnostics) - errors} warning(s)")
        typer.echo(read_more(diagnostics))
