"""``matchkeeper rules reference``: the page that lists every word of a rules file."""

import re
from pathlib import Path
from typing import Annotated

import typer

from server.rules.reference import examples, reference

FILES = ("rules/transitions.yaml", "rules/programs/*.yaml", "examples/*/transitions.yaml", "examples/*/programs/*.yaml")
PAGES = "docs/rules/**/*.md"
_BLOCK = re.compile(r"^```(yaml|diff)\n(.*?)^```", re.DOTALL | re.MULTILINE)
_GOES_ON = ("  ", "add:", "change:", "remove:")


def page(
    folder: Annotated[
        Path,
        typer.Option(exists=True, file_okay=False, help="Where rules/, examples/ and docs/rules/ give the examples."),
    ] = Path(),
) -> None:
    """Print the reference of the rules file: every key, what it takes and means, and an example."""
    typer.echo(written(folder), nl=False)


def written(folder: Path) -> str:
    """The page, with examples from the files and pages of a folder."""
    files = [file for pattern in FILES for file in sorted(folder.glob(pattern))]
    texts = [file.read_text(encoding="utf-8") for file in files]
    pages = [each.read_text(encoding="utf-8") for each in sorted(folder.glob(PAGES))]
    return reference(examples([*texts, *(overlay for text in pages for overlay in overlays(text))]))


def overlays(text: str) -> list[str]:
    """The overlays that a page shows, what is wrong in them mended; one shown in several blocks is put together."""
    found: list[str] = []
    for notation, shown in _BLOCK.findall(text):
        block = _mended(shown) if notation == "diff" else shown
        if block.startswith("extends:"):
            found.append(block)
        elif found and block.startswith(_GOES_ON):
            found[-1] += block
    return found


def _mended(lines: str) -> str:
    """The overlay of a difference with what is right: without the name of its file, and what was wrong."""
    return re.sub(r"\A#.*\n", "", re.sub(r"^(?:-.*\n|[+ ])", "", lines, flags=re.MULTILINE))
