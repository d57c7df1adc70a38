"""``matchkeeper rules log``: which rules were in force when, and how they came to be."""

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from server.cli.backend import looked_into
from server.cli.options import AsJson, DatabaseUrl
from server.cli.output import say, show
from server.domain.revisions import Activation
from server.store.revisions import activations

LISTED = 50
"""How many entries are shown unless another number is given."""


def log(
    *,
    program: Annotated[str | None, typer.Option(help="Only of one program, by its key.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many entries at most, the latest.")] = LISTED,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Show which revisions of the rules were in force when, the latest first, and what took each into force.

    The revision is the one that history names (rulesRevision). The text of each is kept in the database.
    """
    with looked_into(database_url) as store:
        found = store.query_now(lambda session: activations(session.connection, program, limit))
    rows = [_told(each) for each in found]
    if as_json:
        typer.echo(json.dumps(rows))
        return
    if not rows:
        of_program = f" of a program {program}" if program else ""
        say(f"No rules{of_program} have been in force yet. They are entered when a server starts, or takes up others.")
        return
    table = Table("since (UTC)", "program", "revision", "cause", "process")
    for row in rows:
        table.add_row(row["at"][:19], row["program"], row["revision"], row["cause"], row["process"])
    show(table)


def _told(row: Activation) -> dict[str, Any]:
    """An entry as JSON tells it."""
    return {
        "program": row.program,
        "revision": row.revision,
        "at": row.at.isoformat(),
        "cause": row.by.cause.value,
        "process": row.by.process,
    }
