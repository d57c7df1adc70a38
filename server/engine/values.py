"""Values: what a record holds beside its statuses, as text in one canonical form each, and how they compare.

``integer``: decimal digits; ``boolean``: true or false; ``date``: 2026-09-01; ``instant``: UTC with a Z at
the end; ``choice``: the key; ``site``: its key; ``user``: its id. Dates and instants so written sort as text.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from server.engine.paths import Path, Scope, UnknownRecordError, value_at

INTEGER, BOOLEAN, DATE, INSTANT, TEXT, CHOICE, SITE, USER = (
    "integer",
    "boolean",
    "date",
    "instant",
    "text",
    "choice",
    "site",
    "user",
)
TYPES = (TEXT, INTEGER, BOOLEAN, DATE, INSTANT, CHOICE, SITE, USER)
ORDERED = frozenset({INTEGER, DATE, INSTANT})
"""The types of which one value comes before another."""

_DIGITS = 18
"""What 64 bits hold."""
_BIAS = 10**_DIGITS
"""Added to whole numbers, so that their digits sort as they do."""


def parts_of(text: str) -> tuple[str, ...]:
    """The keys of which the text of several choices is made: ``A, B``."""
    return tuple(part for each in text.split(",") if (part := each.strip()))


def joined(parts: Iterable[str]) -> str:
    """Several choices as one text."""
    return ", ".join(parts)


def is_value(type_: str, text: str) -> bool:
    """Whether a text, just as it is, is a value of this type."""
    return _FORMS[type_](text) is not None


def canonical(type_: str, text: str) -> str | None:
    """The canonical form of a value given as text; None where it is none of this type."""
    return _FORMS[type_](text.strip())


def _integer(text: str) -> str | None:
    digits = text.removeprefix("-")
    fine = digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS
    return str(int(text)) if fine else None


def _date(text: str) -> str | None:
    try:
        return text if date.fromisoformat(text).isoformat() == text else None
    except ValueError:
        return None


def _instant(text: str) -> str | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return None if moment.tzinfo is None else moment_text(moment)


def moment_text(moment: datetime) -> str:
    """A moment in its canonical form."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


_FORMS: Mapping[str, Callable[[str], str | None]] = {
    INTEGER: _integer,
    BOOLEAN: lambda text: text if text in {"true", "false"} else None,
    DATE: _date,
    INSTANT: _instant,
    TEXT: lambda text: text or None,
    CHOICE: lambda text: text or None,
    SITE: lambda text: text or None,
    USER: lambda text: text or None,
}


def order_key(type_: str, value: str) -> str:
    """A value in a form that sorts: whole numbers by size, everything else whatever its case."""
    return f"{int(value) + _BIAS:020d}" if type_ == INTEGER else value.casefold()


def difference(type_: str, one: str, other: str) -> int:
    """1, 0 or -1: whether one value comes after, with or before the other."""
    if type_ == INTEGER:
        return (int(one) > int(other)) - (int(one) < int(other))
    return (one > other) - (one < other)


class Operand(Protocol):
    """Something that has a value where a condition is asked or an effect runs."""

    def value(self, scope: Scope) -> str | None:
        """The value in canonical form; None where there is none. Raises UnknownRecordError."""


@dataclass(frozen=True, slots=True)
class Constant:
    """A value written in the file."""

    text: str

    def value(self, scope: Scope) -> str | None:  # noqa: ARG002 - see Operand
        """See :class:`Operand`."""
        return self.text


@dataclass(frozen=True, slots=True)
class ValueOf:
    """What a path leads to."""

    path: Path

    def value(self, scope: Scope) -> str | None:
        """See :class:`Operand`."""
        return value_at(self.path, scope)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a question; nothing while nothing is answered yet."""

    key: str

    def value(self, scope: Scope) -> str | None:
        """See :class:`Operand`."""
        if scope.answers is None:
            raise UnknownRecordError
        return scope.answers.get(self.key)


@dataclass(frozen=True, slots=True)
class Now:
    """The time of the act, as a date (in UTC) or as an instant."""

    type: str

    def value(self, scope: Scope) -> str | None:
        """See :class:`Operand`."""
        now = scope.situation.now.astimezone(UTC)
        return now.date().isoformat() if self.type == DATE else moment_text(now)


@dataclass(frozen=True, slots=True)
class Sum:
    """A whole number plus (or, with a negative ``add``, minus) a constant; nothing plus something is that something."""

    base: Operand
    add: int

    def value(self, scope: Scope) -> str | None:
        """See :class:`Operand`."""
        return str(int(self.base.value(scope) or 0) + self.add)


OPERATORS: Mapping[str, frozenset[int]] = {
    "equals": frozenset({0}),
    "at_least": frozenset({0, 1}),
    "at_most": frozenset({-1, 0}),
    "more_than": frozenset({1}),
    "less_than": frozenset({-1}),
    "not_before": frozenset({0, 1}),
    "not_after": frozenset({-1, 0}),
    "after": frozenset({1}),
    "before": frozenset({-1}),
}
"""The words that compare, with the signs of the difference for which they hold; the last four are for time."""


@dataclass(frozen=True, slots=True)
class Compare:
    """A value of the record compares so with another; where either is missing it does not hold."""

    path: Path
    operator: str
    operand: Operand
    type: str

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`server.engine.conditions.Condition`."""
        try:
            left, right = value_at(self.path, scope), self.operand.value(scope)
        except UnknownRecordError:
            return None
        if left is None or right is None:
            return False
        return difference(self.type, left, right) in OPERATORS[self.operator]
