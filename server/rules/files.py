"""The rules as they lie on disk: one base file, and the overlays of further programs in a folder beside it."""

import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

PROGRAMS = "programs"
"""The folder beside the base file that holds the overlays."""

SUFFIX = ".yaml"

MAX_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class RuleFile:
    """One file as it was found. ``name``: what messages call it.

    ``fault``: the code and the text of the diagnostic where it could not be read.
    """

    name: str
    data: bytes = b""
    fault: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """All files as they stood at one moment, the overlays by the keys of their programs.

    Two are equal if every file says the same in both.
    """

    base: RuleFile
    overlays: Mapping[str, RuleFile] = field(default_factory=dict)


def gather(path: Path) -> RuleFiles:
    """Reads the base file and ``programs/*.yaml`` beside it; what cannot be read is there with its fault.

    Files are named relative to the current folder where they lie below it.
    """
    return RuleFiles(read(path), {file.stem: read(file) for file in overlays_of(path)})


def overlays_of(path: Path) -> list[Path]:
    """The files of overlays beside a base file, in the order of their programs."""
    folder = path.parent / PROGRAMS
    try:
        return sorted(file for file in folder.iterdir() if file.suffix == SUFFIX and not file.name.startswith("."))
    except OSError:  # no folder is no overlay; one that went away while it was read will be looked at again
        return []


def read(path: Path) -> RuleFile:
    """Reads one file; what cannot be read has its fault."""
    name = _shown(path)
    try:
        data = _bytes(path)
    except OSError as error:
        return RuleFile(name, fault=("unreadable-file", f"the file cannot be read: {error.strerror}"))
    if data is None:
        return RuleFile(name, fault=("unreadable-file", "this is not a regular file"))
    if len(data) > MAX_BYTES:
        return RuleFile(name, fault=("too-large", f"the file has more than {MAX_BYTES} bytes"))
    return RuleFile(name, data)


def _shown(path: Path) -> str:
    absolute = path.absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here)) if absolute.is_relative_to(here) else str(path)


def _bytes(path: Path) -> bytes | None:
    """What is in a file, at most one byte more than it may have; None where it is not a regular one."""
    # Without O_NONBLOCK the opening of a named pipe would wait for a writer for ever.
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0))
    with os.fdopen(handle, "rb") as opened:
        return opened.read(MAX_BYTES + 1) if stat.S_ISREG(os.fstat(handle).st_mode) else None
