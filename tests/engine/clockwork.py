"""The default flow with transitions that happen by themselves."""

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from server.engine.ages import Age
from server.engine.automatic import After, Dated, When
from server.engine.conditions import Condition
from server.engine.durations import Duration, parse_duration
from server.engine.ruleset import Ruleset
from tests.engine.flow import FLOW
from tests.engine.words import PLATFORM_ONLY, STAFF, a_transition, path

VIENNA = ZoneInfo("Europe/Vienna")


def moment(text: str) -> datetime:
    """A moment; without an offset in UTC."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def age(where: str, at_least: str | None = None, less_than: str | None = None, zone: ZoneInfo = VIENNA) -> Age:
    limits = (None if text is None else parse_duration(text) for text in (at_least, less_than))
    return Age(path(where), zone, *limits)


def lasting(text: str) -> Duration:
    duration = parse_duration(text)
    assert duration is not None
    return duration


def after(*ages: str, late: str | None = None) -> After:
    return After(tuple(lasting(age) for age in ages), lasting(late) if late else None)


def dated(field: str, type_: str, *shifts: str, sign: int = 1, at: str = "00:00", late: str | None = None) -> Dated:
    clock = Dated(path(field), type_, tuple(lasting(shift) for shift in shifts), sign, time.fromisoformat(at))
    return replace(clock, late=lasting(late) if late else None)


def when(condition: Condition) -> When:
    return When(condition)


def by_itself(automatic: Any, key: str = "lapse", machine: str = "user_status", **more: Any) -> Ruleset:
    """The flow with one more transition, by default from Screening Incomplete to Inactive Rejected."""
    sources, target = more.pop("sources", "SCREENING_INCOMPLETE"), more.pop("target", "INACTIVE_REJECTED")
    rules = more.pop("rules", FLOW)
    allow = more.pop("allow", PLATFORM_ONLY | STAFF)
    new = a_transition(key, machine, "Lapse", sources, target, automatic=automatic, allow=allow, **more)
    return replace(rules, zone=VIENNA, transitions={**rules.transitions, key: new})
