"""Writes the rules of a program out as one file, each line with the place that it comes from."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.engine.places import Place
from server.rules.diagnostics import Findings
from server.rules.files import RuleFiles
from server.rules.nodes import Items, Node, Scalar, Table
from server.rules.overlays import merge
from server.rules.source import read_file

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.,/()!?'<>=+ -]*")
_SPOKEN_FOR = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_WIDEST = 100
"""Up to which column the places are put one below the other."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the effective file, and where it stands."""

    text: str
    place: Place


def effective(files: RuleFiles, program: str | None = None) -> tuple[Line, ...]:
    """The rules of a program, of the base program without a key, in the order in which they are read.

    The files are sound: whoever asks has loaded them. What an overlay has changed or added has its place there.
    """
    findings = Findings()
    root = read_file(files.base, findings).root
    own = files.overlays.get(program or "")
    overlay = read_file(own, findings).root if own else None
    if isinstance(root, Table) and isinstance(overlay, Table):
        root = merge(root, overlay, findings).root
    return tuple(_table(root, 0)) if isinstance(root, Table) else ()


def with_origins(lines: tuple[Line, ...]) -> str:
    """The file as text: each line, and behind it file and line of its origin, as a comment."""
    width = min(_WIDEST, max((len(line.text) for line in lines), default=0))
    return "".join(f"{line.text:<{width}}  # {line.place.file}:{line.place.line}\n" for line in lines)


def _table(table: Table, depth: int) -> Iterator[Line]:
    for key, entry in table.entries.items():
        yield from _below(f"{'  ' * depth}{_word(key)}:", entry.place, entry.node, depth + 1)


def _below(head: str, place: Place, node: Node, depth: int) -> Iterator[Line]:
    """What stands under a key or a dash: on the same line, or indented below it."""
    if isinstance(node, Scalar):
        yield Line(f"{head} {_word(node.value)}", place)
    elif isinstance(node, Table):
        yield Line(head if node.entries else f"{head} {{}}", place)
        yield from _table(node, depth)
    else:
        yield Line(head if node.items else f"{head} []", place)
        yield from _items(node, depth)


def _items(items: Items, depth: int) -> Iterator[Line]:
    for item in items.items:
        yield from _below(f"{'  ' * depth}-", item.place, item, depth + 1)


def _word(value: object) -> str:
    """A word so that every YAML reader reads the same."""
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = _PLAIN.fullmatch(value) and value == value.strip() and value.lower() not in _SPOKEN_FOR
    return value if is_plain and " #" not in value else json.dumps(value, ensure_ascii=False)
