"""How commands speak: results on standard output, everything else on standard error, and exit codes."""

import sys
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from server.backend import NotReadyError
from server.domain.errors import MatchkeeperError
from server.environment import SettingsError
from server.rules.diagnostics import RulesError
from server.services.spelling import suggestion

FINDINGS = 1
USAGE = 2

_WIDTH = 200
"""How many characters a line has where it goes to no terminal."""

EPILOG_STYLE = "\n\n"
"""Typer keeps the line breaks of an epilog only between paragraphs."""


def say(text: str, *, style: str = "") -> None:
    """A line for the person at the terminal, on standard error."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(text, style=style))


def refuse(text: str, code: int = FINDINGS) -> NoReturn:
    """Says why a command cannot go on, and ends it."""
    say(text, style="bold red")
    raise typer.Exit(code)


def refuse_unknown(what: str, word: str, known: Iterable[str]) -> NoReturn:
    """Ends a command over a word that names nothing: says what was probably meant, and what there is."""
    refuse(f"There is no {what} {word}. {suggestion(word, known)}", USAGE)


def require_known(what: str, word: str | None, known: Collection[str]) -> None:
    """Ends a command over a word that was given and names nothing."""
    if word is not None and word not in known:
        refuse_unknown(what, word, known)


def show(table: Table) -> None:
    """A table on standard output."""
    Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else _WIDTH).print(table)


@contextmanager
def told() -> Iterator[None]:
    """Turns the failures that a person can mend into a message and an exit code."""
    try:
        yield
    except SettingsError as error:
        refuse(str(error), USAGE)
    except RulesError as error:
        say(str(error))
        refuse("The rules cannot be used. Correct the places above and start again.")
    except (NotReadyError, MatchkeeperError) as error:
        refuse(str(error))


def examples(*lines: str) -> str:
    """The examples at the end of a command's help."""
    return EPILOG_STYLE.join(("[bold]Examples[/bold]", *(f"[cyan]{line}[/cyan]" for line in lines)))
