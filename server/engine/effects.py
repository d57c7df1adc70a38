"""What follows from a transition, for the subject or its relatives: transitions, fields that are set, messages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from server.engine.conditions import Condition
from server.engine.facts import Record
from server.engine.messages import Word
from server.engine.paths import Operand, Path, Scope, UnknownRecordError, value_at
from server.engine.places import Place
from server.engine.values import order_key


@dataclass(frozen=True, slots=True)
class Pick:
    """One of several records: the first in an order, or the last.

    ``by``: the field or number whose value makes the order, of the type ``type``; without a type the machine in whose
    present status a record has been longer than the others; None: the order in which they were made. What has no such
    value, or one that is not known, comes last in any case.
    """

    by: str | None = None
    type: str | None = None
    last: bool = False

    def of(self, records: Sequence[Record], scope: Scope) -> tuple[Record, ...]:
        """The one, or none where there is none. ``scope``: where the order is asked for."""
        keyed = [(key, record) for record in records if (key := self._key(record, scope)) is not None]
        ordered = [record for _, record in sorted(keyed, key=lambda each: each[0])] or list(records)
        return tuple(ordered[-1:] if self.last else ordered[:1])

    def _key(self, record: Record, scope: Scope) -> str | None:
        if self.by is None:
            return ""
        if self.type is None:
            since = record.since.get(self.by)
            return None if since is None else since.isoformat()
        try:
            value = value_at(Path(self.by, value=self.by), scope.at(record))
        except UnknownRecordError:
            return None
        return None if value is None else order_key(self.type, value)


@dataclass(frozen=True, slots=True)
class About:
    """Which records an effect is about, and whether it takes place at all.

    ``subject``: the one that a path leads to. ``each``: those of a list for which ``where`` holds, or with ``pick``
    one of them. Neither: the record of the transition itself. ``condition`` is the file's ``if``.
    """

    subject: Path | None = None
    each: Path | None = None
    where: Condition | None = None
    condition: Condition | None = None
    pick: Pick | None = None


HERE = About()
"""The record of the transition itself, in any case."""


@dataclass(frozen=True, slots=True)
class Fire:
    """Fires another transition.

    ``role``, ``answers`` and ``fields`` are the file's ``with``: the role of a created persona, the answers handed
    on, and what the fields of the created record are to hold. ``partner``: the second record that a created one is
    linked to; where the path leads to none, nothing is created.
    """

    transition: str
    place: Place
    about: About = HERE
    role: Operand | None = None
    answers: Mapping[str, Operand] = field(default_factory=dict)
    fields: Mapping[str, Operand] = field(default_factory=dict)
    partner: Path | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Sets a field; without an operand it is emptied. ``only_if_empty``: a value that is there stays."""

    field: str
    operand: Operand | None
    place: Place
    about: About = HERE
    only_if_empty: bool = False


@dataclass(frozen=True, slots=True)
class Notify:
    """Sends a message.

    ``to``: paths to people, which begin at the record it is about, and keys of actors. ``words``: what fills the
    message's slots on a record of that kind, by the text between the braces.
    """

    message: str
    place: Place
    to: tuple[Path | str, ...]
    words: Mapping[str, Word] = field(default_factory=dict)
    about: About = HERE


Effect = Fire | Put | Notify
