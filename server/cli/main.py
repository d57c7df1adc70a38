"""The command ``matchkeeper`` and its sub-commands."""

from importlib.metadata import version
from typing import Annotated

import typer

from server.cli import db, messages, person, rules, schema, token
from server.cli.audit import audit
from server.cli.due import due
from server.cli.output import examples
from server.cli.serve import serve

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="Keeps the status life cycle of mentoring programs: a GraphQL API whose rules are data.",
    epilog=examples(
        "matchkeeper serve --demo",
        "matchkeeper rules check",
        "matchkeeper db upgrade --database-url postgresql://me@localhost/matchkeeper",
    ),
)
app.command(
    epilog=examples(
        "matchkeeper serve --demo",
        "matchkeeper serve --port 9000 --rules my/transitions.yaml",
        "matchkeeper serve --database-url postgresql://me@localhost/matchkeeper --workers 2",
    )
)(serve)
app.command(
    epilog=examples(
        "matchkeeper audit --person robin@example.org --since 30d",
        "matchkeeper audit --who Token-3 --kind read",
        "matchkeeper audit --kind refusal --json",
    )
)(audit)
app.command(
    epilog=examples(
        "matchkeeper due --until 2026-12-31",
        "matchkeeper due --run",
        "matchkeeper due --program post_secondary --json",
    )
)(due)
app.add_typer(db.app, name="db")
app.add_typer(messages.app, name="messages")
app.add_typer(person.app, name="person")
app.add_typer(rules.app, name="rules")
app.add_typer(schema.app, name="schema")
app.add_typer(token.app, name="token")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"matchkeeper {version('matchkeeper')}")
        raise typer.Exit


@app.callback()
def matchkeeper(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and stop.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    """Keeps the status life cycle of mentoring programs: a GraphQL API whose rules are data."""
