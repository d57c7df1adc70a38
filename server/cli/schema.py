"""``matchkeeper schema``: the API's schema as text."""

import json
from difflib import unified_diff
from pathlib import Path
from typing import Annotated

import typer

from server.cli.output import examples, refuse, say
from server.graphql.schema import possible_types, sdl

DEFAULT_FILE = Path("schema", "schema.graphql")

app = typer.Typer(no_args_is_help=True, help="The API's schema in GraphQL's own language.")
File = Annotated[Path, typer.Argument(help="The file; - is standard output.")]


@app.command(epilog=examples("matchkeeper schema export", "matchkeeper schema export -"))
def export(file: File = DEFAULT_FILE) -> None:
    """Write the schema to a file."""
    text = sdl()
    if str(file) == "-":
        typer.echo(text, nl=False)
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    say(f"Wrote {file}.")


@app.command(epilog=examples("matchkeeper schema check"))
def check(file: Annotated[Path, typer.Argument(help="The file to compare.")] = DEFAULT_FILE) -> None:
    """Compare a file with the schema the server serves; exit 1 where they differ."""
    kept = file.read_text(encoding="utf-8") if file.is_file() else ""
    served = sdl()
    if kept == served:
        say(f"{file} is up to date.")
        return
    difference = unified_diff(kept.splitlines(), served.splitlines(), str(file), "the server", lineterm="")
    typer.echo("\n".join(difference))
    refuse(f"{file} differs from the schema served. Run 'matchkeeper schema export' and look at what changed.")


@app.command("possible-types", epilog=examples("matchkeeper schema possible-types > src/possibleTypes.json"))
def possible() -> None:
    """Print which types an interface can be, as JSON for the cache of Apollo Client."""
    typer.echo(json.dumps(possible_types(), indent=2))
