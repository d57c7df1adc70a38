"""Log lines: one event each, as JSON or for a terminal, and never anything that people entered."""

import traceback
from pathlib import Path
from typing import TextIO, cast

import structlog
from structlog.typing import FilteringBoundLogger, Processor

ROOT = Path(__file__).resolve().parents[2]
FRAMES_SHOWN = 12


def open_log(stream: TextIO, *, colours: bool) -> FilteringBoundLogger:
    """A logger that writes to ``stream``: lines with colours for a terminal, JSON otherwise.

    Callers hand over events, codes, ids and counts; no names, addresses, texts or variables.

    >>> import sys
    >>> open_log(sys.stdout, colours=False).bind(timestamp="12:00").info("started", workers=1)
    {"workers": 1, "event": "started", "level": "info", "timestamp": "..."}
    """
    last: Processor = structlog.dev.ConsoleRenderer() if colours else structlog.processors.JSONRenderer()
    logger = structlog.wrap_logger(
        structlog.WriteLogger(stream),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger("info"),
    )
    return cast("FilteringBoundLogger", logger)


def frames(error: BaseException) -> list[str]:
    """Where an error came from, innermost last, as ``file:line function``.

    Not its text: drivers quote the values of the statement that failed, and those are people's.
    """
    found = traceback.extract_tb(error.__traceback__)[-FRAMES_SHOWN:]
    return [f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in found]


def _short(filename: str) -> str:
    path = Path(filename)
    return str(path.relative_to(ROOT) if path.is_relative_to(ROOT) else Path(*path.parts[-2:]))
