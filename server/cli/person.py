"""``matchkeeper person``: what a person may ask for about themselves."""

import json
from pathlib import Path
from typing import Annotated

import typer

from server.cli.backend import OPERATOR, opened
from server.cli.options import DatabaseUrl, Rules
from server.cli.output import examples, say
from server.cli.people import person_named
from server.services.erasure import Erasure
from server.services.export import Export
from server.store.scrubbing import scrub

app = typer.Typer(no_args_is_help=True, help="A person's own rights: everything about them, or nothing any more.")

Person = Annotated[str, typer.Argument(metavar="USER", help="The person: id, such as User-7, or e-mail address.")]
ProgramKey = Annotated[
    str | None, typer.Option(help="The key of the program, where an address belongs to people in several.")
]

_ASKED = (
    "This takes name, e-mail address, external id, notes and free texts of User-{} out of the database for good,"
    " and ends their tokens. Go on?"
)


@app.command(
    epilog=examples(
        "matchkeeper person export robin@example.org", "matchkeeper person export User-7 --output robin.json"
    )
)
def export(
    person: Person,
    *,
    output: Annotated[Path | None, typer.Option(help="Where to write it; else standard output.")] = None,
    program: ProgramKey = None,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
) -> None:
    """Write everything that is kept about a person as JSON.

    Of other participants it tells only the first name. Notes of staff are in it: read it before you hand it over.
    """
    with opened(database_url, rules) as backend:
        number = person_named(backend, person, program)
        service = Export(backend.rulebook, backend.clock)
        document = backend.store.mutate_now(lambda session: service.everything(session, OPERATOR, number))
        written = json.dumps(document, indent=2, ensure_ascii=False)
        if output is None:
            typer.echo(written)
        else:
            output.write_text(f"{written}\n", encoding="utf-8")
            say(f"Wrote {output}.")


@app.command(
    epilog=examples("matchkeeper person erase robin@example.org", "matchkeeper person erase User-7 --yes"),
)
def erase(
    person: Person,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    program: ProgramKey = None,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
) -> None:
    """Take everything that tells who a person is out of the database; history keeps ids and codes.

    The server may run meanwhile: it waits while the database is rewritten, a second for some ten thousand people.
    Backups made before still hold the person.
    """
    with opened(database_url, rules) as backend:
        number = person_named(backend, person, program)
        if not yes:
            typer.confirm(_ASKED.format(number), abort=True, err=True)
        service = Erasure(backend.rulebook, backend.clock)
        erased = backend.store.mutate_now(lambda session: service.erase(session, OPERATOR, number))
        # Also when it was erased before: that time the rewriting may have been interrupted.
        scrub(backend.settings.database_url)
    if erased.before:
        say(f"User-{number} was erased before; nothing was left to erase.")
    else:
        say(f"User-{number} is erased, with the notes and free texts of {erased.texts} act(s).")
        say("Backups made before still hold them.")
