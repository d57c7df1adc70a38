"""The command that lays rules files out evenly."""

import difflib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from server.cli.options import there
from server.cli.output import FINDINGS, say
from server.rules.diagnostics import Findings, RulesError, read_more, render_text
from server.rules.files import overlays_of, read
from server.rules.formatting import UnevenError, formatted
from server.rules.source import read_file
from server.settings import RULES_NAME


def fmt(
    files: Annotated[
        list[Path] | None,
        typer.Argument(dir_okay=False, help="The files; without any, rules/transitions.yaml and programs/ beside it."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 where a file would change.")] = False,
    diff: Annotated[bool, typer.Option("--diff", help="Write nothing; print what would change.")] = False,
) -> None:
    """Lay rules files out evenly: indentation, spaces, and quotes around words such as NO or 010.

    Comments, and what you have aligned, stay. What a file says never changes: it is read before and after.

    Exit code 0: all is well. 1: a file could not be laid out, or --check found one that would change. 2: wrong usage.
    """
    chosen = files or [there(RULES_NAME), *overlays_of(RULES_NAME)]
    laid_out = {path: _texts(path) for path in chosen}
    changed = {path: texts for path, texts in laid_out.items() if texts and texts[0] != texts[1]}
    for path, (before, after) in changed.items():
        if diff:
            typer.echo("\n".join(_difference(path, before, after)))
        elif not check:
            _save(path.resolve(), after)
        typer.echo(f"{path} {'would be' if check or diff else 'is'} laid out anew.")
    typer.echo(f"{len(chosen)} file(s), {len(changed)} changed.")
    if None in laid_out.values() or (check and changed):
        raise typer.Exit(FINDINGS)


def _texts(path: Path) -> tuple[str, str] | None:
    """What a file holds, and the same laid out; None, with the reason told, where it cannot be."""
    findings = Findings()
    source = read_file(read(path), findings)
    try:
        if source.root is None:
            raise RulesError(findings.all())
        return source.text, formatted(source.text, source.file)
    except RulesError as error:
        say(f"{render_text(error.diagnostics)}\n{read_more(error.diagnostics)}")
    except UnevenError:
        say(f"{path} is left as it is: it cannot be laid out without changing what it says.")
    return None


def _difference(path: Path, before: str, after: str) -> Iterator[str]:
    return difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), str(path), lineterm="")


def _save(path: Path, text: str) -> None:
    """Writes a file as a whole: whoever reads it meanwhile finds all of the old text, or all of the new."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as written:
            written.write(text)
            written.flush()
            os.fsync(written.fileno())
        Path(name).chmod(path.stat().st_mode)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)
