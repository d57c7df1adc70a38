"""The open database and the rules, for the length of a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.backend import Backend, open_backend
from server.cli.options import settings_with
from server.cli.output import say, told
from server.domain.actors import Caller
from server.engine.ruleset import OWNER
from server.rules.diagnostics import render_text

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


def warn_of_held(backend: Backend) -> None:
    """Says so where the rules in force are not those of the files."""
    if backend.held:
        say("THE RULES FILES ARE NOT IN FORCE, but the last rules that could be used.", style="bold red")
        say(render_text(backend.held[:1]))
        more = f" ({len(backend.held) - 1} more)" if len(backend.held) > 1 else ""
        say(f"See 'matchkeeper rules check'{more}.", style="bold red")
