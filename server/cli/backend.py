"""The open database and the rules, for the length of a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from server.app import Backend, open_backend
from server.cli.options import settings_with
from server.cli.output import told
from server.domain.actors import Caller
from server.engine.ruleset import OWNER

OPERATOR = Caller("Command line", frozenset({OWNER}))
"""Whoever can run commands on the database may do everything."""


@contextmanager
def opened(database_url: str | None, rules: Path | None) -> Iterator[Backend]:
    """What a command works on; failures that a person can mend end the command with a message."""
    with told():
        backend = open_backend(settings_with(database_url=database_url, rules=rules))
        try:
            yield backend
        finally:
            backend.store.close()
