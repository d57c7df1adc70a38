"""The open database and the rules, for the length of a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.backend import Backend, open_backend, open_database
from server.cli.options import settings_with
from server.cli.output import USAGE, refuse, say, told
from server.domain.actors import Caller
from server.engine.ruleset import OWNER
from server.rules.diagnostics import render_text
from server.store.database import Store, is_there

OPERATOR = Caller("Command line", frozenset({OWNER}))
"""Whoever can run commands on the database may do everything."""


@contextmanager
def opened(database_url: str | None, rules: Path | None) -> Iterator[Backend]:
    """What a command works on; failures that a person can mend end the command with a message."""
    with told():
        backend = open_backend(settings_with(database_url=database_url, rules=rules))
        try:
            warn_of_held(backend)
            yield backend
        finally:
            backend.store.close()


@contextmanager
def looked_into(database_url: str | None) -> Iterator[Store]:
    """A database that a command only reads, whatever rules are in force: one that is missing is not made."""
    with told():
        settings = settings_with(database_url=database_url)
        if not is_there(settings.database_url):
            refuse("There is no such database. Name the one of the server with --database-url.", USAGE)
        store = open_database(settings)
        try:
            yield store
        finally:
            store.close()


def warn_of_held(backend: Backend) -> None:
    """Says so where the rules in force are not those of the files."""
    if backend.held:
        say("THE RULES FILES ARE NOT IN FORCE, but the last rules that could be used.", style="bold red")
        say(render_text(backend.held[:1]))
        more = f" ({len(backend.held) - 1} more)" if len(backend.held) > 1 else ""
        say(f"See 'matchkeeper rules check'{more}.", style="bold red")
