"""Why a condition does not hold: the record in the way, and the values that decided."""

from server.engine.ages import Age
from server.engine.conditions import (
    All,
    AnyOf,
    At,
    Been,
    Condition,
    Count,
    Filled,
    Identical,
    Includes,
    Named,
    Not,
    OneOf,
    Same,
)
from server.engine.facts import Ref
from server.engine.paths import Path, Scope, record_at, records_at, refs_at, value_at, values_at
from server.engine.values import Compare

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
        case Age():
            found = _blame_age(condition, scope)
        case Identical(path, _):
            found = min(refs_at(path, scope), default=scope.self.ref), ()
        case Same(path, other):
            found = _blame_values((path, other), scope)
        case OneOf(path, _) | Filled(path, _) | Been(path, _) | Includes(path, _) | Compare(path=path):
            found = _blame_values((path,), scope)
        case _:
            found = scope.self.ref, ()
    return found


def _blame_values(paths: tuple[Path, ...], scope: Scope) -> Blame:
    record = record_at(paths[0], scope) or scope.self
    return record.ref, tuple((path.text, _shown(path, scope)) for path in paths)


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
    too_many = count.at_most is not None and len(matching) > count.at_most
    in_the_way = matching if too_many or verdict else ()
    culprit = in_the_way[0].ref if in_the_way else scope.self.ref
    return culprit, ((count.of.text, str(len(matching))),)
