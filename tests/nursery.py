"""Starts processes of the command that have nothing left to import: a process that is ready makes copies of itself.

Each line that comes in asks for one run, or (``ended``) for the exit code of a run that was to go on; each line that
goes out is that code, or (``goes_on``) the number of the process. A run is a process of its own, with its own folder,
environment and files for what it says; only the second that its imports take is saved.
"""

import json
import os
import sys
import traceback
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import Any

from server.cli.main import app

RULES = Path(__file__).parents[1] / "rules" / "transitions.yaml"


def main() -> None:
    _practise()
    for line in sys.stdin:
        asked = json.loads(line)
        child = asked.get("ended") or _born(asked)
        sys.stdout.write(f"{child if asked.get('goes_on') else _code(child)}\n")
        sys.stdout.flush()


def _practise() -> None:
    """Lets the command import and prepare what it does only once it runs."""
    with redirect_stdout(StringIO()), suppress(SystemExit):
        app(["rules", "check", str(RULES)])


def _born(asked: dict[str, Any]) -> int:
    child = os.fork()
    if child == 0:
        _become(asked)
    return child


def _code(child: int) -> int:
    _, status = os.waitpid(child, 0)
    return os.waitstatus_to_exitcode(status)


def _become(asked: dict[str, Any]) -> None:
    """Is the command from here on, and never returns."""
    code: object = 1
    try:
        os.setpgid(0, 0)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        for descriptor, name in enumerate((os.devnull, asked["out"], asked["err"])):
            os.dup2(os.open(name, os.O_RDONLY if descriptor == 0 else os.O_WRONLY), descriptor)
        sys.argv = ["matchkeeper", *asked["words"]]
        app(prog_name="matchkeeper")
    except SystemExit as ended:
        code = ended.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    main()
