"""Messages: texts with slots, and what an act says to whom. What people are called is not known here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from server.engine.facts import Kind, Record, Ref
from server.engine.paths import Path, Scope, record_at, records_at, value_at
from server.engine.places import Place

INPUT = "input"
"""The first word of a slot that takes an answer: ``{input.close_reason}``."""


class Channel(StrEnum):
    """How a message goes out; the values are the words of the rules file."""

    EMAIL = "email"
    WEBHOOK = "webhook"


@dataclass(frozen=True, slots=True)
class Slot:
    """A place in a text that is filled when a message is written: ``text`` is what stands between the braces."""

    text: str


Template = tuple[str | Slot, ...]
"""A text: plain parts and slots, in their order."""


@dataclass(frozen=True, slots=True)
class Message:
    """One text of the file. ``address``: where it goes by e-mail when it goes to a role instead of a person."""

    key: str
    label: str
    channel: Channel
    title: Template
    body: Template
    place: Place
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Word:
    """What fills a slot: ``shows`` (a machine, an attribute, or what only the store knows, such as ``name``) at a path.

    ``path`` None: ``shows`` is the key of an input whose answer fills the slot.
    """

    shows: str
    path: Path | None


@dataclass(frozen=True, slots=True)
class Told:
    """A word as the situation has it at that moment: whose it is, and its value as far as it is known here."""

    word: Word
    record: Ref | None = None
    value: str | None = None


Recipient = Ref | str
"""A user, or the key of an actor: everybody who has that role."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message that an act sends. ``caused_by``: the index in the plan of the change that brought it about.

    ``told``: what fills the slots, by the text between the braces.
    """

    message: str
    subject: Ref
    recipients: tuple[Recipient, ...]
    told: Mapping[str, Told]
    caused_by: int


def notices(
    message: str,
    words: Mapping[str, Word],
    to: Sequence[Path | str],
    *,
    subjects: Sequence[Ref],
    scope: Scope,
    caused_by: int,
) -> Iterator[Notice]:
    """One notice for each subject that has anybody to be told. Raises UnknownRecordError like the paths it follows."""
    for ref in subjects:
        here = scope.at(scope.situation.record(ref))
        recipients = tuple(dict.fromkeys(found for each in to for found in _recipients(each, here)))
        if recipients:
            told = {text: _told(word, here) for text, word in words.items()}
            yield Notice(message, ref, recipients, told, caused_by)


def _recipients(to: Path | str, scope: Scope) -> Iterator[Recipient]:
    if isinstance(to, str):
        yield to
        return
    for record in records_at(to, scope) if to.many else (record_at(to, scope),):
        if record is not None:
            yield _person(record)


def _person(record: Record) -> Ref:
    return record.ref if record.ref.kind is Kind.USER else record.links["user"]


def _told(word: Word, scope: Scope) -> Told:
    if word.path is None:
        return Told(word, value=(scope.answers or {}).get(word.shows))
    record = record_at(word.path, scope)
    return Told(word, record.ref if record else None, value_at(word.path, scope))
