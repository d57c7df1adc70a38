"""What some tests need from the machine: missing it skips them here, and fails them where CI=true."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).parent.parent
WEB = ROOT / "server" / "http" / "graphiql"
CLIENTS = ROOT / "tests" / "clients"
EDITORS = ROOT / "tests" / "editors"
NODE_MAJOR = 20


def node_with_packages() -> str:
    """The path of Node, with the packages of GraphiQL installed."""
    node = _node()
    if not (WEB / "node_modules" / "graphql-http").is_dir():
        _miss("needs GraphiQL's packages: run make setup with Node at hand")
    return node


def node_with_clients() -> str:
    """The path of Node, with the clients that the API is tested with installed."""
    node = _node()
    if not (CLIENTS / "node_modules" / ".package-lock.json").is_file():
        _miss("needs the clients of tests/clients: run make setup with Node at hand")
    return node


def yaml_language_server() -> tuple[str, str]:
    """The command that starts the language server with which editors complete and check YAML."""
    node = _node()
    if not (EDITORS / "node_modules" / ".package-lock.json").is_file():
        _miss("needs the language server of tests/editors: run make setup with Node at hand")
    return node, str(EDITORS / "node_modules" / "yaml-language-server" / "bin" / "yaml-language-server")


def chromium() -> str:
    """The path of Chromium, with GraphiQL built."""
    found = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
    if found is None:
        _miss("needs Chromium (Debian: apt-get install chromium)")
    if not (ROOT / "server" / "http" / "static" / "graphiql.js").is_file():
        _miss("needs GraphiQL: run make setup with Node at hand")
    return found


def _node() -> str:
    node = shutil.which("node")
    if node is None or _major(node) < NODE_MAJOR:
        _miss(f"needs Node {NODE_MAJOR} or newer (Debian: apt-get install nodejs npm), then make setup")
    return node


def _major(node: str) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.removeprefix("v").split(".")[0])


def _miss(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"this test {reason}; with CI=true nothing is skipped")
    pytest.skip(reason)
