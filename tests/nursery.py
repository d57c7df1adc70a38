"""Starts processes of the command that have nothing left to import: a process that is ready makes copies of itself.

Each line that comes in asks for one run; each line that goes out says how it ended. A run is a process of its own,
with its own folder, environment and files for what it says; only the second that its imports take is saved.
"""

import json
import os
import sys
import traceback
from typing import Any

from server.cli.main import app


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(asked)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def _become(asked: dict[str, Any]) -> None:
    """Is the command from here on, and never returns."""
    code: object = 1
    try:
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
