"""What follows from a transition: other transitions and fields that are set, on the subject or on its relatives."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.engine.conditions import Condition
from server.engine.paths import Path
from server.engine.places import Place
from server.engine.values import Operand


@dataclass(frozen=True, slots=True)
class Fire:
    """Fires another transition.

    On ``subject`` (one path) or on each record of ``each`` for which ``where`` holds; neither: on the
    subject of the transition itself. ``condition`` is the file's ``if``. ``role`` and ``answers`` are
    the file's ``with``: the role of a created persona and answers handed on, as constants or as paths.
    """

    transition: str
    place: Place
    subject: Path | None = None
    each: Path | None = None
    where: Condition | None = None
    condition: Condition | None = None
    role: str | Path | None = None
    answers: Mapping[str, str | Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Put:
    """Sets a field, on the same records as a :class:`Fire` would move; without an operand it is emptied.

    ``only_if_empty``: a value that is there stays.
    """

    field: str
    operand: Operand | None
    place: Place
    subject: Path | None = None
    each: Path | None = None
    where: Condition | None = None
    condition: Condition | None = None
    only_if_empty: bool = False


Effect = Fire | Put
