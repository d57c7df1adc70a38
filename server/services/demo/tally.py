"""What came of the story, counted while it runs."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Skipped:
    """An act of the story that the rules refused: when, which, and why."""

    moment: datetime
    act: str
    reason: str


@dataclass(slots=True)
class Tally:
    """The counts so far."""

    people: int = 0
    matches: int = 0
    acts: int = 0
    refusals: list[Skipped] = field(default_factory=list)
