"""The shape of the code, kept by looking at it: layers, sizes, names, and statuses that stay data."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TypeVar

import yaml

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "server").rglob("*.py"))
RULES = (ROOT / "rules" / "transitions.yaml", *sorted((ROOT / "rules" / "programs").glob("*.yaml")))

FILE_LINES = 300
FUNCTION_LINES = 50
Node = TypeVar("Node", bound=ast.AST)

VAGUE_NAMES = {"base", "common", "helper", "helpers", "lib", "manager", "managers", "misc", "util", "utils"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@cache
def trees() -> dict[Path, ast.Module]:
    """The code, parsed once."""
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}


def nodes(kind: type[Node]) -> Iterator[tuple[str, Node]]:
    """Every node of a kind in the code, with its place."""
    for path, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, kind):
                yield f"{name_of(path)}:{getattr(node, 'lineno', 1)}", node


def status_keys() -> set[str]:
    """Every key below ``statuses:`` of every rules file, read as text so that NO stays a word."""
    return {key for path in RULES for key in _below_statuses(yaml.compose(path.read_text(encoding="utf-8")))}


def _below_statuses(node: yaml.Node | None) -> Iterator[str]:
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if key.value == "statuses" and isinstance(value, yaml.MappingNode):
            yield from (status.value for status, _ in value.value)
        if path := re.search(r"\.statuses\.(\w+)$", key.value):  # as overlays name them
            yield path[1]
        yield from _below_statuses(value)


def test_imports_keep_to_the_contracts() -> None:
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert finished.returncode == 0, finished.stdout


def test_the_rules_files_have_statuses_to_look_for() -> None:
    assert {"ACTIVE", "RTBM", "MATCHED", "RESCREENING", "NOT_MATCHING", "OPEN", "CLOSED"} <= status_keys()


def test_no_status_key_stands_in_the_code() -> None:
    keys = status_keys()
    found = [
        f"{place}: {node.value}"
        for place, node in nodes(ast.Constant)
        if isinstance(node.value, str) and node.value in keys
    ]
    assert found == []


def test_no_file_is_too_long() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > FILE_LINES} == {}


def test_no_function_is_too_long() -> None:
    lengths = {
        f"{place} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for kind in (ast.FunctionDef, ast.AsyncFunctionDef)
        for place, node in nodes(kind)
    }
    assert {name: length for name, length in lengths.items() if length > FUNCTION_LINES} == {}


def test_every_module_opens_with_a_sentence() -> None:
    openings = {name_of(path): ast.get_docstring(trees()[path]) or "" for path in SOURCES}
    assert [name for name, opening in openings.items() if not re.match(r"[^\n]+[.:]", opening)] == []


def test_no_import_hides_inside_a_function() -> None:
    hidden = [
        f"{place} {node.name}"
        for kind in (ast.FunctionDef, ast.AsyncFunctionDef)
        for place, node in nodes(kind)
        if any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node))
    ]
    assert hidden == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [name_of(path) for path in SOURCES if {path.stem, path.parent.name} & VAGUE_NAMES] == []
