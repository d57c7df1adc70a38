"""Why a condition does not hold: the record in the way, and the values that decided."""

from server.engine.ages import Age
from server.engine.conditions import (
    All,
    AnyOf,
    At,
    Condition,
    Count,
    Filled,
    Identical,
    Includes,
    Latest,
    Named,
    Not,
    OneOf,
    Same,
    latest,
)
from server.engine.facts import Ref
from server.engine.memory import Been, Did
from server.engine.paths import Operand, Path, Scope, record_at, records_at, refs_at, value_at, values_at
from server.engine.values import Compare, ValueOf

Blame = tuple[Ref, tuple[tuple[str, str], ...]]
"""The record in the way and the values seen there, by path as the file writes it."""

EMPTY = "nothing"
"""How an absent value is shown."""


def blame(condition: Condition, scope: Scope, verdict: bool = False) -> Blame:
    """Every part that decided, with the values seen; the first of them names the record in the way.

    ``verdict``: what the condition is known to have come to; True inside a *not*.
    """
    match condition:
        case All(parts) | AnyOf(parts):
            deciding = [part for part in parts if part.holds(scope) is verdict]
            found = _together([blame(part, scope, verdict) for part in deciding], scope)
        case Not(part):
            found = blame(part, scope, not verdict)
        case Named(_, inner):
            found = blame(inner, scope, verdict)
        case At(path, inner):
            found = _blame_at(path, inner, scope, verdict)
        case Count():
            found = _blame_count(condition, scope, verdict)
        case Latest():
            found = _blame_latest(condition, scope, verdict)
        case _:
            found = _seen(condition, scope)
    return found


def _seen(condition: Condition, scope: Scope) -> Blame:
    """What a condition saw that looks at values itself."""
    culprit, values = scope.self.ref, _remembered(condition, scope)
    match condition:
        case Age():
            culprit, values = _blame_age(condition, scope)
        case Identical(path, _):
            culprit = min(refs_at(path, scope), default=scope.self.ref)
        case Same(path, other):
            culprit, values = _blame_values((path, other), scope)
        case Compare(path=path, operand=operand):
            culprit, values = _blame_values((path,), scope)
            values = (*values, *_compared(operand, scope))
        case OneOf(path, _) | Filled(path, _) | Includes(path, _):
            culprit, values = _blame_values((path,), scope)
        case Been(path=path):
            culprit, present = _blame_values((path,), scope)
            values = (*present, *values)
    return culprit, values


def _blame_values(paths: tuple[Path, ...], scope: Scope) -> Blame:
    record = record_at(paths[0], scope) or scope.self
    return record.ref, tuple((path.text, _shown(path, scope)) for path in paths)


def _remembered(condition: Condition, scope: Scope) -> tuple[tuple[str, str], ...]:
    """How often something was, and until when at last; nothing for what does not ask for the past."""
    match condition:
        case Been(path=path):
            what = path.text
        case Did(transitions):
            what = " or ".join(sorted(transitions))
        case _:
            return ()
    ends = condition.ends(scope)
    if not ends:
        return ()
    last = "now" if ends[-1] is None else ends[-1].isoformat()
    return (f"{what}, times", str(len(ends))), (f"{what}, last", last)


def _shown(path: Path, scope: Scope) -> str:
    return value_at(path, scope) or ", ".join(sorted(values_at(path, scope))) or EMPTY


def _blame_age(age: Age, scope: Scope) -> Blame:
    record, since = record_at(age.path, scope) or scope.self, age.since(scope)
    return record.ref, ((f"{age.path.text} since", since.isoformat() if since else EMPTY),)


def _together(blames: list[Blame], scope: Scope) -> Blame:
    culprit = blames[0][0] if blames else scope.self.ref
    return culprit, tuple(dict.fromkeys(seen for _, values in blames for seen in values))


def _blame_at(path: Path, inner: Condition, scope: Scope, verdict: bool) -> Blame:
    record = record_at(path, scope)
    if record is None:
        return scope.self.ref, ((path.text, EMPTY),)
    culprit, seen = blame(inner, scope.at(record), verdict)
    return culprit, tuple((f"{path.text}.{text}", value) for text, value in seen)


def _blame_count(count: Count, scope: Scope, verdict: bool) -> Blame:
    """There are too many: the first of them stands in the way. Too few: whoever lacks them does."""
    matching = [r for r in records_at(count.of, scope) if count.where is None or count.where.holds(scope.at(r))]
    most = None if count.at_most is None else count.at_most.value(scope)
    too_many = most is not None and len(matching) > int(most)
    in_the_way = matching if too_many or verdict else ()
    culprit = in_the_way[0].ref if in_the_way else scope.self.ref
    limits = (each for each in (count.at_least, count.at_most) if each is not None)
    compared = dict.fromkeys(seen for limit in limits for seen in _compared(limit, scope))
    return culprit, ((count.of.text, str(len(matching))), *compared)


def _compared(operand: Operand, scope: Scope) -> tuple[tuple[str, str], ...]:
    """What a value was compared with, if it is not written in the rules themselves."""
    return ((operand.path.text, operand.value(scope) or EMPTY),) if isinstance(operand, ValueOf) else ()


def _blame_latest(last: Latest, scope: Scope, verdict: bool) -> Blame:
    record = latest(last.of, last.where, scope)
    if record is None:
        return scope.self.ref, ((last.of.text, EMPTY),)
    culprit, seen = blame(last.condition, scope.at(record), verdict)
    return culprit, tuple((f"{last.of.text}.{text}", value) for text, value in seen)
