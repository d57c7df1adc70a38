"""Conditions: structured, never code. Each answers yes, no, or "cannot be known yet".

The third answer exists for offers: the button Match is offered on one persona before the other is
chosen, so whatever a condition says of the other side is unknown and must not block. ``None`` stands
for unknown throughout, and *and*, *or* and *not* follow Kleene's three-valued logic.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from server.engine.facts import Record
from server.engine.paths import (
    Operand,
    Path,
    Scope,
    UnknownRecordError,
    record_at,
    records_at,
    refs_at,
    unchosen,
    value_at,
    values_at,
)
from server.engine.values import parts_of


class Condition(Protocol):
    """Anything that can be asked whether it holds."""

    def holds(self, scope: Scope) -> bool | None:
        """True, False, or None where it cannot be known yet."""


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    answer: bool | None = True
    for verdict in verdicts:
        if verdict is False:
            return False
        if verdict is None:
            answer = None
    return answer


def _not(verdict: bool | None) -> bool | None:
    return None if verdict is None else not verdict


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds."""

    parts: tuple[Condition, ...]

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        return _all(part.holds(scope) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple[Condition, ...]

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        return _not(_all(_not(part.holds(scope)) for part in self.parts))


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: Condition

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        return _not(self.part.holds(scope))


@dataclass(frozen=True, slots=True)
class Named:
    """A fact: a condition that the file gives a name."""

    name: str
    condition: Condition

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        return self.condition.holds(scope)


@dataclass(frozen=True, slots=True)
class At:
    """A condition asked of the record a path leads to; there being none, it does not hold."""

    path: Path
    condition: Condition

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        try:
            record = record_at(self.path, scope)
        except UnknownRecordError:
            return None
        return record is not None and self.condition.holds(scope.at(record))


@dataclass(frozen=True, slots=True)
class OneOf:
    """A status or attribute is one of several values."""

    path: Path
    values: frozenset[str]

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        try:
            return value_at(self.path, scope) in self.values
        except UnknownRecordError:
            return None


@dataclass(frozen=True, slots=True)
class Includes:
    """A field that holds several values has at least one of these; ``values`` empty: any at all."""

    path: Path
    values: frozenset[str] = frozenset()

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        try:
            found = values_at(self.path, scope)
        except UnknownRecordError:
            return None
        return bool(found & self.values if self.values else found)


@dataclass(frozen=True, slots=True)
class Same:
    """Two paths lead to the same value."""

    path: Path
    other: Path

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        try:
            return value_at(self.path, scope) == value_at(self.other, scope)
        except UnknownRecordError:
            return None


@dataclass(frozen=True, slots=True)
class Identical:
    """A path leads to the very record that one of several others leads to (``value``: that the field names)."""

    path: Path
    others: tuple[Path, ...]

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        return _not(_all(_not(self._meets(other, scope)) for other in self.others))

    def _meets(self, other: Path, scope: Scope) -> bool | None:
        try:
            return not refs_at(self.path, scope).isdisjoint(refs_at(other, scope))
        except UnknownRecordError:
            return None


@dataclass(frozen=True, slots=True)
class Filled:
    """An attribute is set, or (``wanted`` False) is empty."""

    path: Path
    wanted: bool

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        try:
            return (value_at(self.path, scope) is not None) is self.wanted
        except UnknownRecordError:
            return None


@dataclass(frozen=True, slots=True)
class Count:
    """How many records of a list satisfy ``where`` lies between ``at_least`` and ``at_most`` (None: no limit).

    A limit that is missing where it is looked for is kept by nothing.
    """

    of: Path
    where: Condition | None
    at_least: Operand | None = None
    at_most: Operand | None = None

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        try:
            records, unknown = records_at(self.of, scope), unchosen(self.of, scope)
            least, most = _limit(self.at_least, scope), _limit(self.at_most, scope)
        except UnknownRecordError:
            return None
        if (self.at_least and least is None) or (self.at_most and most is None):
            return False
        verdicts = [self.where.holds(scope.at(record)) if self.where else True for record in records]
        verdicts += [None if self.where else True] * unknown
        sure = sum(verdict is True for verdict in verdicts)
        possible = sum(verdict is not False for verdict in verdicts)
        if (least is not None and possible < int(least)) or (most is not None and sure > int(most)):
            return False
        certain = (least is None or sure >= int(least)) and (most is None or possible <= int(most))
        return True if certain else None


def _limit(operand: Operand | None, scope: Scope) -> str | None:
    return None if operand is None else operand.value(scope)


@dataclass(frozen=True, slots=True)
class Latest:
    """A condition asked of the record of a list that satisfies ``where`` and was made last.

    There being none, it does not hold.
    """

    of: Path
    where: Condition | None
    condition: Condition

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        try:
            record = latest(self.of, self.where, scope)
        except UnknownRecordError:
            return None
        return record is not None and self.condition.holds(scope.at(record))


def latest(of: Path, where: Condition | None, scope: Scope) -> Record | None:
    """The record of a list that satisfies a condition and was made last. Raises UnknownRecordError."""
    for record in reversed(records_at(of, scope)):
        if where is None or sure(where, scope.at(record)):
            return record
    return None


def sure(condition: Condition, scope: Scope) -> bool:
    """Whether a condition holds. Raises UnknownRecordError where that cannot be known yet."""
    verdict = condition.holds(scope)
    if verdict is None:
        raise UnknownRecordError
    return verdict


@dataclass(frozen=True, slots=True)
class Answered:
    """The answer to a question, or one of several answers, is among these values; ``values`` empty: there is one.

    Unknown while nothing is answered yet.
    """

    key: str
    values: frozenset[str]

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`Condition`."""
        if scope.answers is None:
            return None
        answer = scope.answers.get(self.key, "")
        return not self.values.isdisjoint(parts_of(answer)) if self.values else bool(answer)


def within(condition: Condition) -> Iterator[Condition]:
    """A condition and all that it is made of."""
    yield condition
    match condition:
        case All(parts) | AnyOf(parts):
            inner: tuple[Condition | None, ...] = parts
        case Not(part) | Named(_, part) | At(_, part):
            inner = (part,)
        case Count(_, where):
            inner = (where,)
        case Latest(_, where, part):
            inner = (where, part)
        case _:
            inner = ()
    for each in inner:
        yield from within(each) if each is not None else ()
