"""What follows from a transition, for the subject or its relatives: transitions, fields that are set, messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.engine.conditions import Condition
from server.engine.messages import Word
from server.engine.paths import Operand, Path
from server.engine.places import Place


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


@dataclass(frozen=True, slots=True)
class Notify:
    """Sends a message about ``subject`` or each record of ``each``, chosen as for :class:`Fire`.

    ``to``: paths to people, which begin at that record, and keys of actors. ``words``: what fills the
    message's slots on a record of that kind, by the text between the braces.
    """

    message: str
    place: Place
    to: tuple[Path | str, ...]
    words: Mapping[str, Word] = field(default_factory=dict)
    subject: Path | None = None
    each: Path | None = None
    where: Condition | None = None
    condition: Condition | None = None


Effect = Fire | Put | Notify
