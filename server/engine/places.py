"""Where a rule stands, so that every refusal can name its line."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a rules file; line and column count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"
