"""Conditions on time: how long a record has been in its status, and when such a condition will come to hold."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from server.engine.conditions import All, AnyOf, At, Condition, Count, Filled, Latest, Named, Not, OneOf
from server.engine.derived import Arithmetic, Cases, Counted, Days, Share, Steps, Summed
from server.engine.durations import Duration
from server.engine.memory import Been, Did, memory_turns
from server.engine.paths import Operand, Path, Scope, UnknownRecordError, record_at, records_at, value_at
from server.engine.values import Compare, Now, ValueOf

MOMENT = timedelta(microseconds=1)
"""The shortest time there is."""


@dataclass(frozen=True, slots=True)
class Age:
    """The record has been in its present status of a machine for at least, or for less than, a time.

    ``path`` ends in the machine; ``zone`` is where days and months are counted.
    """

    path: Path
    zone: ZoneInfo
    at_least: Duration | None = None
    less_than: Duration | None = None

    def holds(self, scope: Scope) -> bool | None:
        """See :class:`server.engine.conditions.Condition`. There being no record, it does not hold."""
        try:
            since = self.since(scope)
        except UnknownRecordError:
            return None
        if since is None:
            return False
        now = scope.situation.now
        old_enough = self.at_least is None or self.at_least.after(since, self.zone) <= now
        return old_enough and (self.less_than is None or now < self.less_than.after(since, self.zone))

    def since(self, scope: Scope) -> datetime | None:
        """Since when the record is in its status: from now on, if the act has only just made it."""
        record = record_at(self.path, scope)
        machine = self.path.value
        if record is None or machine is None or machine not in record.statuses:
            return None
        return record.since.get(machine, scope.situation.now)

    def turns(self, scope: Scope) -> Iterator[datetime]:
        """The moments at which its answer changes by itself."""
        try:
            since = self.since(scope)
        except UnknownRecordError:
            return
        for limit in (self.at_least, self.less_than):
            if since is not None and limit is not None:
                yield limit.after(since, self.zone)

    def spoken(self) -> str:
        """In words, to follow the name of the record."""
        limits = ((self.at_least, "at least"), (self.less_than, "less than"))
        said = [f"{word} {limit.spoken()}" for limit, word in limits if limit is not None]
        return f"has been in its {self.path.value} for {' and '.join(said)}"


def turns(condition: Condition, scope: Scope) -> Iterator[datetime]:
    """The moments, past and to come, at which time alone changes what a condition says; in no order."""
    match condition:
        case All(parts) | AnyOf(parts):
            for part in parts:
                yield from turns(part, scope)
        case Not(inner) | Named(_, inner):
            yield from turns(inner, scope)
        case At(path, inner):
            there = _scope_at(path, scope)
            yield from turns(inner, there) if there is not None else ()
        case Count(of=of, where=where):
            yield from _turns_of(of, where, scope)
        case Latest(of, where, inner):
            for each in (where, inner):
                yield from _turns_of(of, each, scope)
        case _:
            yield from _own_turns(condition, scope)


def _own_turns(condition: Condition, scope: Scope) -> Iterator[datetime]:
    match condition:
        case Age():
            yield from condition.turns(scope)
        case Been() | Did():
            yield from memory_turns(condition, scope)
        case Compare(path=path, operand=operand):
            yield from _turns_between(path, operand, scope)
        case OneOf(path, _) | Filled(path, _):
            yield from _turns_in(ValueOf(path), scope)


def _turns_between(path: Path, operand: Operand, scope: Scope) -> Iterator[datetime]:
    """Of a comparison: when the present comes to the value, and when either of the two changes by itself."""
    for each in (ValueOf(path), operand):
        yield from _turns_in(each, scope)
    try:
        if isinstance(operand, Now):
            value = value_at(path, scope)
            yield from operand.turns(value) if value is not None else ()
        formula = scope.terms.derived.get(path.value or "")
        if isinstance(formula, Days):
            record, days = record_at(path, scope), operand.value(scope)
            yield from formula.turns(int(days), scope.at(record)) if record is not None and days is not None else ()
    except UnknownRecordError:
        return


def _turns_in(operand: Operand, scope: Scope) -> Iterator[datetime]:
    """When what a value is worked out from changes by itself, as far as conditions are in it."""
    match operand:
        case ValueOf(path) if path.value in scope.terms.derived:
            there, formula = _scope_at(path, scope), scope.terms.derived[path.value or ""]
            yield from _turns_in(formula, there) if there is not None else ()
        case Cases(cases):
            for _, when in cases:
                yield from turns(when, scope) if when is not None else ()
        case Counted(of, where) | Summed(of=of, where=where):
            yield from _turns_of(of, where, scope)
        case Share(of, that, where):
            for each in (that, where):
                yield from _turns_of(of, each, scope)
        case Arithmetic(parts=parts):
            for part in parts:
                yield from _turns_in(part, scope)
        case Steps(of=inner):
            yield from _turns_in(inner, scope)


def _scope_at(path: Path, scope: Scope) -> Scope | None:
    """The same question asked of the record that a path leads to; None where none is known."""
    try:
        record = record_at(path, scope)
    except UnknownRecordError:
        return None
    return None if record is None else scope.at(record)


def _turns_of(of: Path, where: Condition | None, scope: Scope) -> Iterator[datetime]:
    try:
        records = records_at(of, scope)
    except UnknownRecordError:
        return
    for record in records:
        if where is not None:
            yield from turns(where, scope.at(record))


def holds_from(condition: Condition, scope: Scope) -> datetime | None:
    """The first later moment at which a condition holds if nothing but time passes; None if there is none."""
    now = scope.situation.now
    later = sorted({moment for moment in turns(condition, scope) if moment > now})
    return next((moment for moment in later if condition.holds(at_moment(scope, moment)) is True), None)


def at_moment(scope: Scope, moment: datetime) -> Scope:
    """The same question, asked at another moment."""
    return replace(scope, situation=scope.situation.at(moment))
