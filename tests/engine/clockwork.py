"""The default flow with transitions that happen by themselves."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from server.engine.ages import Age
from server.engine.automatic import After, When
from server.engine.conditions import Condition
from server.engine.durations import parse_duration
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


def after(text: str) -> After:
    duration = parse_duration(text)
    assert duration is not None
    return After(duration)


def when(condition: Condition) -> When:
    return When(condition)


def by_itself(automatic: Any, key: str = "lapse", machine: str = "user_status", **more: Any) -> Ruleset:
    """The flow with one more transition, by default from Screening Incomplete to Inactive Rejected."""
    sources, target = more.pop("sources", "SCREENING_INCOMPLETE"), more.pop("target", "INACTIVE_REJECTED")
    rules = more.pop("rules", FLOW)
    allow = more.pop("allow", PLATFORM_ONLY | STAFF)
    new = a_transition(key, machine, "Lapse", sources, target, automatic=automatic, allow=allow, **more)
    return replace(rules, zone=VIENNA, transitions={**rules.transitions, key: new})
