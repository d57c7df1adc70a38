"""Which rules were in force when, and how they came to be."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Cause(StrEnum):
    """Why rules were taken into force: a process started with them, or found that their files had changed."""

    START = "start"
    FILES = "files"


@dataclass(frozen=True, slots=True)
class Activator:
    """What took rules into force. ``process``: which one, as its operators know it."""

    cause: Cause
    process: str


@dataclass(frozen=True, slots=True)
class Activation:
    """The moment from which a program was under a revision, and what brought it about."""

    id: int
    program: str
    revision: str
    at: datetime
    by: Activator


@dataclass(frozen=True, slots=True)
class LastRules:
    """What a program was under last. ``texts``: its effective text, the base first; ``peopled``: it has people."""

    program: str
    texts: tuple[str, ...]
    peopled: bool
