"""``matchkeeper db``: the database."""

from typing import Annotated

import typer

from server.cli.backend import opened
from server.cli.demo import SEED, describe, fill
from server.cli.options import DatabaseUrl, Rules, settings_with
from server.cli.output import examples, say, told
from server.cli.upkeep import check, tidy_up
from server.store import migrate

app = typer.Typer(no_args_is_help=True, help="The database: its schema, its upkeep and its demo data.")
app.command(
    "tidy", epilog=examples("MATCHKEEPER_KEEP_READS_DAYS=730 matchkeeper db tidy --dry-run", "matchkeeper db tidy")
)(tidy_up)
app.command("verify", epilog=examples("matchkeeper db verify", "matchkeeper db verify --json"))(check)


@app.command(
    epilog=examples("matchkeeper db upgrade", "matchkeeper db upgrade --database-url postgresql://me@localhost/mk")
)
def upgrade(database_url: DatabaseUrl = None) -> None:
    """Bring the schema up to date, keeping all data. On SQLite the server does so itself at its start."""
    with told():
        settings = settings_with(database_url=database_url)
        migrate.upgrade(settings.database_url)
        say(f"{settings.database_shown} is up to date.")


@app.command(epilog=examples("matchkeeper db seed", "matchkeeper db seed --database-url sqlite:///demo.db --seed 8"))
def seed(
    database_url: DatabaseUrl = None,
    rules: Rules = None,
    number: Annotated[int, typer.Option("--seed", help="Another number makes other people.")] = SEED,
) -> None:
    """Fill an empty database with demo data, made by running the rules."""
    with opened(database_url, rules) as backend:
        summary = fill(backend, number)
        say(describe(summary))
        for refusal in summary.refusals:
            say(f"  refused by the rules: {refusal}")
