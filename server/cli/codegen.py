"""The command that writes the words of the rules as constants for clients."""

import re
from typing import Annotated

import typer

from server.cli.graph import known
from server.cli.options import RulesFile
from server.cli.output import USAGE, refuse, told
from server.codegen.constants import PACKAGE, constants_of
from server.codegen.languages import Language
from server.rules.loader import load_rules
from server.settings import RULES_NAME

_PACKAGE = re.compile(r"[a-z]\w*(\.[a-z]\w*)*", re.ASCII)


def codegen(
    language: Annotated[Language, typer.Option("--lang", help="The language of the client.")],
    file: RulesFile = RULES_NAME,
    program: Annotated[
        str | None, typer.Option(help="The words of this program; the base program's without it.")
    ] = None,
    package: Annotated[str, typer.Option(help="The package of a Kotlin file.")] = PACKAGE,
) -> None:
    """Print constants for the statuses, transitions, questions, fields and actors of a program's rules.

    Exit code 0: they are printed. 1: the rules cannot be used. 2: wrong usage.
    """
    if not _PACKAGE.fullmatch(package):
        refuse(f"{package} is no name of a package. Give one like org.example.rules.", USAGE)
    with told():
        rulesets = load_rules(file, examined=False).rulesets
    typer.echo(constants_of(rulesets[known("program", program, tuple(rulesets))], language, package), nl=False)
