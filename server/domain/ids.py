"""Global ids: the names by which the outside knows a record, such as ``Persona-7``."""

import re
from dataclasses import dataclass

from server.engine.facts import Kind, Ref

USER = "User"
PERSONA = "Persona"
MATCH = "Match"
RECORD = "Record"
SITE = "Site"
PROGRAM = "Program"
STATUS_CHANGE = "StatusChange"
MESSAGE = "Message"
TOKEN = "Token"  # noqa: S105 - the name of a type
NAMES = (USER, PERSONA, MATCH, RECORD, SITE, PROGRAM, STATUS_CHANGE, MESSAGE)
"""The kinds of thing that ``node`` finds by their id, as the API names them."""

_OF_KIND = {
    Kind.PROGRAM: PROGRAM,
    Kind.SITE: SITE,
    Kind.USER: USER,
    Kind.PERSONA: PERSONA,
    Kind.PAIR: MATCH,
    Kind.RECORD: RECORD,
}
_KINDS = {name: kind for kind, name in _OF_KIND.items()}
_FORM = re.compile(rf"({'|'.join((*NAMES, TOKEN))})-([1-9][0-9]{{0,17}})", re.ASCII)
_SHOWN = 60


class MalformedIdError(ValueError):
    """A text is not the id of anything it may name here; the message gives the form."""


@dataclass(frozen=True, slots=True)
class GlobalId:
    """What an id says: the kind of thing and its number, counted from 1."""

    name: str
    number: int

    @classmethod
    def of(cls, ref: Ref) -> "GlobalId":
        """The id of a record with statuses."""
        return cls(_OF_KIND[ref.kind], ref.id)

    def ref(self) -> Ref | None:
        """The record with statuses that is named; None for anything else (a row of history, a message)."""
        kind = _KINDS.get(self.name)
        return Ref(kind, self.number) if kind else None

    def __str__(self) -> str:
        return f"{self.name}-{self.number}"


def parse_id(text: str, *expected: str) -> GlobalId:
    """Reads an id; ``expected`` are the kinds of thing it may name, none meaning any.

    Raises MalformedIdError, with the form that would be right.
    """
    names = expected or NAMES
    found = _FORM.fullmatch(text)
    if found is None:
        raise MalformedIdError(f"{_quoted(text)} is not an id. {_form(names)}")
    if found[1] not in names:
        raise MalformedIdError(f"{text} is the id of another kind of thing. {_form(names)}")
    return GlobalId(found[1], int(found[2]))


def _form(names: tuple[str, ...]) -> str:
    return f"Give one of the form {' or '.join(f'{name}-1' for name in names)}."


def _quoted(text: str) -> str:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
    return f'"{shown}"'


def id_of(ref: Ref) -> str:
    """The global id of a record with statuses."""
    return str(GlobalId.of(ref))


def parse_ref(text: str, *expected: Kind) -> Ref:
    """Reads the id of a record that carries statuses; none expected means any. Raises MalformedIdError."""
    names = tuple(_OF_KIND[kind] for kind in expected or _OF_KIND)
    found = parse_id(text, *names)
    return Ref(_KINDS[found.name], found.number)
