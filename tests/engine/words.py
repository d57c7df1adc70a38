"""Short words for rules written as Python objects."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from server.engine.conditions import All, Answered, AnyOf, Condition, Count, Named, OneOf, Same
from server.engine.conditions import At as Asked
from server.engine.effects import About, Fire
from server.engine.outcomes import SAME, Case, always
from server.engine.paths import Operand, Path
from server.engine.places import Place
from server.engine.ruleset import Requirement, Transition
from server.engine.values import Constant, ValueOf

STAFF = frozenset({"PROGRAM_ADMIN", "SITE_STAFF"})
ADMIN = frozenset({"PROGRAM_ADMIN"})
PLATFORM_ONLY = frozenset({"SYSTEM"})

_HOPS = {"mentor": "MENTOR", "mentee": "MENTEE", "user": "user", "partner": "partner", "match": "match"}
_LISTS = ("personas", "matches", "sides")


def path(text: str) -> Path:
    """Reads ``mentor.user.user_status`` as the compiler would, without looking at kinds of record."""
    parts = text.split(".")
    start = parts.pop(0) if parts[0] in ("this", "created") else "self"
    links = []
    while parts and parts[0] in _HOPS:
        links.append(_HOPS[parts.pop(0)])
    rest = parts[0] if parts else None
    many = rest if rest in _LISTS else None
    return Path(text, start, tuple(links), None if many else rest, many)


def at(line: int) -> Place:
    return Place("transitions.yaml", line)


def is_(where: str, *values: str) -> OneOf:
    return OneOf(path(where), frozenset(values))


def every(*parts: Condition) -> All:
    return All(parts)


def either(*parts: Condition) -> AnyOf:
    return AnyOf(parts)


def number(value: int) -> Constant:
    return Constant(str(value))


def none(of: str, where: Condition | None = None) -> Count:
    return Count(path(of), where, at_most=number(0))


def some(of: str, where: Condition | None = None) -> Count:
    return Count(path(of), where, at_least=number(1))


def same(one: str, other: str) -> Same:
    return Same(path(one), path(other))


def on(where: str, condition: Condition) -> Asked:
    return Asked(path(where), condition)


def answered(key: str, *values: str) -> Answered:
    return Answered(key, frozenset(values))


def need(code: str, that: Condition, otherwise: str, line: int) -> Requirement:
    return Requirement(code, that, otherwise, at(line))


def fire(
    transition: str,
    *,
    subject: str | None = None,
    each: str | None = None,
    where: Condition | None = None,
    condition: Condition | None = None,
    role: str | Path | None = None,
    answers: Mapping[str, str | Path] | None = None,
    line: int = 1,
) -> Fire:
    one, many = (None if text is None else path(text) for text in (subject, each))
    given = {key: _operand(value) for key, value in (answers or {}).items()}
    about = About(one, many, where, condition)
    return Fire(transition, at(line), about, None if role is None else _operand(role), given)


def _operand(value: str | Path) -> Operand:
    return ValueOf(value) if isinstance(value, Path) else Constant(value)


def a_transition(key: str, machine: str, label: str, sources: str, target: str, **more: Any) -> Transition:
    """``sources``: the statuses it starts from, separated by blanks."""
    starts = frozenset(sources.split())
    cases = (Case(SAME, back=starts),) if target == SAME else always(target)
    plain = Transition(key, machine, label, cases, starts, STAFF, at(1))
    return replace(plain, **more)


AVAILABLE = Named("available", every(is_("user.user_status", "ACTIVE"), is_("persona_status", "ACTIVE")))
IN_THE_POOL = Named(
    "in_the_pool",
    every(is_("persona_status", "ACTIVE"), is_("match_status", "NOT_APPLICABLE", "RTBM", "MATCHED", "RESCREENING")),
)
WAITING = Named(
    "waiting", every(is_("persona_status", "ACTIVE"), is_("match_status", "NOT_APPLICABLE", "RTBM", "RESCREENING"))
)
FRESH = every(is_("persona_status", "ACTIVE"), is_("match_status", "NOT_APPLICABLE"))
BOTH_AVAILABLE = every(on("mentor", AVAILABLE), on("mentee", AVAILABLE))


def pooled(role: str) -> All:
    return every(IN_THE_POOL, same("role", role))


def in_role(condition: Condition, role: str) -> All:
    return every(condition, is_("role", role))


READY = every(is_("mentor.match_status", "RTBM"), is_("mentee.match_status", "RTBM"))
TAKEN = "This person already has a persona in the pool."
