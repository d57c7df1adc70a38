"""The options that several commands share."""

import os
from pathlib import Path
from typing import Annotated, Any

import typer

from server.cli.output import USAGE, refuse
from server.settings import Settings, read_settings

DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        help="sqlite:///FILE.db or postgresql://... Else MATCHKEEPER_DATABASE_URL, else sqlite:///matchkeeper.db.",
        show_default=False,
    ),
]
Rules = Annotated[
    Path | None,
    typer.Option(
        help="The rules file. Else MATCHKEEPER_RULES, else rules/transitions.yaml here, else the shipped one.",
        show_default=False,
    ),
]


def there(file: Path) -> Path:
    """The file, where there is one; else ends the command and says what to do."""
    if not file.is_file():
        refuse(f"There is no file {file}. Name another, or go to the folder of the server: rules/ is in it.", USAGE)
    return file


RulesFile = Annotated[Path, typer.Argument(callback=there, help="The base file; programs/ beside it is read as well.")]
"""The file that a command looks at; :data:`server.settings.RULES_NAME`, if left out."""

OnlyProgram = Annotated[str | None, typer.Option(help="The key of the only program. Else all of them.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]


def settings_with(**given: Any) -> Settings:
    """The settings of the environment, except for the options given. Raises SettingsError."""
    return read_settings(os.environ, Path.cwd()).with_changes(**given)
