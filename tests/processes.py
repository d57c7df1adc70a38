"""The command as a process of its own, for tests that look at it from outside."""

import atexit
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
PATIENCE_SECONDS = 60
LONGEST_SECONDS = 300
"""For one run of a command: the next would be told what this one still has to say."""


def call(*words: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a folder until it ends, as a process of its own."""
    with TemporaryDirectory() as said:
        out, err = Path(said, "out"), Path(said, "err")
        out.touch()
        err.touch()
        asked = {"words": words, "folder": str(folder), "environment": _environment(**environment)}
        code = _nursery().run({**asked, "out": str(out), "err": str(err)})
        return subprocess.CompletedProcess(words, code, out.read_text("utf-8"), err.read_text("utf-8"))


class _Nursery:
    """The process that makes the others; see :mod:`tests.nursery`."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.nursery"]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=_environment()
        )
        atexit.register(self._process.kill)

    def run(self, asked: dict[str, Any]) -> int:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], LONGEST_SECONDS)
        assert ready, f"it did not end: {asked}"
        return int(self._process.stdout.readline())


@cache
def _nursery() -> _Nursery:
    return _Nursery()


@dataclass(slots=True)
class Serving:
    """A serving process. ``said``: its lines until it listened; ``code``: how it ended, once it has."""

    pid: int
    err: Path
    origin: str = ""
    said: str = ""
    code: int | None = None

    def get(self, path: str, **params: str) -> httpx.Response:
        return httpx.get(f"{self.origin}{path}", params=params, timeout=PATIENCE_SECONDS)

    def data(self, query: str) -> Any:
        response = httpx.post(f"{self.origin}/graphql", json={"query": query}, timeout=PATIENCE_SECONDS)
        return response.json()["data"]

    def stop(self, signal: int) -> tuple[int, str]:
        """Tells it to stop; gives its exit code and what it said since it listened."""
        os.kill(self.pid, signal)
        self.code = _nursery().run({"ended": self.pid})
        return self.code, self.err.read_text("utf-8").removeprefix(self.said)


@contextmanager
def served(folder: Path, *words: str, **environment: str) -> Iterator[Serving]:
    """Serves in a folder, on a free port, until the block ends."""
    with TemporaryDirectory() as said:
        err = Path(said, "err")
        err.touch()
        asked = {"words": ("serve", "--port", "0", *words), "folder": str(folder), "goes_on": True}
        given = {"environment": _environment(**environment), "out": os.devnull, "err": str(err)}
        server = Serving(_nursery().run({**asked, **given}), err)
        try:
            server.said = _until_it_listens(err)
            (announced,) = [line for line in server.said.splitlines() if line.startswith("Matchkeeper: http")]
            server.origin = announced.split()[-1].removesuffix("/graphql")
            yield server
        finally:
            if server.code is None:
                os.killpg(server.pid, SIGKILL)  # its workers too
                _nursery().run({"ended": server.pid})


def _until_it_listens(err: Path) -> str:
    """What it says until it listens; it says why where it does not."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while "Ctrl+C" not in (said := err.read_text("utf-8")):
        assert time.monotonic() < deadline, f"the server did not start:\n{said}"
        time.sleep(0.02)
    return said


def _environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}
