"""What a rules file says about time, compiled."""

from datetime import time
from zoneinfo import ZoneInfo

import pytest

from server.engine.ages import Age
from server.engine.automatic import WEEKDAYS, After, Daily, Dated, When
from server.engine.conditions import OneOf
from server.engine.durations import Duration
from server.engine.paths import Path
from tests.rules.builders import a_ruleset, loaded, problems, told

HEAD = "transitions:\n  join: {machine: pair_status, label: Join, creates: pair, to: OPEN, allow: [STAFF]}\n"
END = "  end: {machine: pair_status, label: End, from: OPEN, to: OVER, allow: [STAFF]}\n"
TAKE = "  take: {machine: match_status, label: Take, from: FREE, to: TAKEN, allow: [SYSTEM]}\n"


FIELDS = """\
fields:
  ends_on: {of: user, label: Ends on, type: date}
  starts: {of: user, label: Starts, type: instant}
"""
ENDS, STARTS = (Path(field, value=field) for field in ("ends_on", "starts"))


def with_approve(automatic: str, more: str = "", top: str = "") -> str:
    own = f"  approve: {{machine: user_status, label: Approve, from: NEW, to: READY, allow: [STAFF], {automatic}}}\n"
    return f"{FIELDS}{top}{HEAD}{END}{TAKE}{own}{more}"


def approve(automatic: str):
    return a_ruleset(with_approve(automatic)).transitions["approve"]


@pytest.mark.parametrize(
    ("written", "compiled"),
    [
        ("{after: P21D}", After((Duration(days=21),))),
        ("{after: P21D, late: P2D}", After((Duration(days=21),), Duration(days=2))),
        ("{every: day, at: '08:00'}", Daily(time(8))),
        ("{every: weekday, at: '23:30'}", Daily(time(23, 30), WEEKDAYS)),
        ("{every: [thursday, monday], at: '08:00'}", Daily(time(8), frozenset({0, 3}))),
        ("{every: sunday, at: '08:00', late: PT1H}", Daily(time(8), frozenset({6}), Duration(seconds=3600))),
        ("{of: ends_on}", Dated(ENDS, "date")),
        ("{of: ends_on, at: '06:00'}", Dated(ENDS, "date", at=time(6))),
        ("{after: P1D, of: ends_on}", Dated(ENDS, "date", (Duration(days=1),))),
        ("{before: P1W, of: ends_on, late: P1D}", Dated(ENDS, "date", (Duration(days=7),), -1, late=Duration(days=1))),
        ("{before: PT36H, of: starts}", Dated(STARTS, "instant", (Duration(seconds=129_600),), -1)),
    ],
)
def test_each_way_of_happening_by_itself_is_compiled(written: str, compiled: object) -> None:
    assert approve(f"automatic: {written}").automatic == compiled


def test_when_takes_a_condition() -> None:
    found = approve("automatic: {when: {user_status: NEW}}").automatic
    assert isinstance(found, When)
    assert isinstance(found.condition, OneOf)
    assert found.condition.values == {"NEW"}


def test_the_platform_may_do_what_happens_by_itself_and_an_event_may_stand_beside_it() -> None:
    event = "events: {went.well: {allow: [STAFF]}}\n"
    rules = a_ruleset(event + with_approve("automatic: {on_event: went.well, after: P1D}"))
    transition = rules.transitions["approve"]
    assert transition.allow == {"STAFF", "SYSTEM"}
    assert (transition.event, transition.automatic) == ("went.well", After((Duration(days=1),)))
    assert transition.pressable


def test_what_happens_by_itself_may_be_fired_too() -> None:
    text = with_approve("automatic: {after: P1D}")
    other = "  other: {machine: user_status, label: O, from: READY, to: NEW, allow: [STAFF], then: [{fire: approve}]}\n"
    assert told(text + other) == []


def test_ages_are_counted_in_the_time_zone_of_the_program() -> None:
    age = "require: {OLD: {that: {age: {user_status: {at_least: P1M, less_than: P1Y}}}, otherwise: No.}}"
    rules = a_ruleset(with_approve(age, top="time_zone: Europe/Vienna\n"))
    (requirement,) = rules.transitions["approve"].requires
    assert isinstance(requirement.that, Age)
    assert requirement.that.zone == rules.zone == ZoneInfo("Europe/Vienna")
    assert (requirement.that.at_least, requirement.that.less_than) == (Duration(1), Duration(12))
    assert requirement.that.spoken() == "has been in its user_status for at least 1 month and less than 12 months"


def test_a_program_may_lie_in_a_time_zone_of_its_own() -> None:
    overlay = "extends: small\nprogram: far\ntitle: Far\ntime_zone: Pacific/Auckland\n"
    rulesets = loaded(programs={"far": overlay}).rulesets
    assert {key: rules.zone.key for key, rules in rulesets.items()} == {"small": "UTC", "far": "Pacific/Auckland"}
    assert rulesets["small"].revision != rulesets["far"].revision


EXCLUSIVE = "  back: {machine: user_status, label: B, from: READY, to: NEW, allow: [STAFF], automatic: {when: %s}}\n"
FREE = "{some: {of: personas, where: {match_status: FREE}}}"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (FREE, f"{{not: {FREE}}}"),
        (f"{{all: [{FREE}, {{user_status: NEW}}]}}", f"{{not: {FREE}}}"),
        ("{age: {user_status: {at_least: P1D}}}", FREE),
    ],
)
def test_a_way_there_and_a_way_back_that_exclude_one_another_are_no_circle(one: str, other: str) -> None:
    assert told(with_approve(f"automatic: {{when: {one}}}", EXCLUSIVE % other)) == []


@pytest.mark.parametrize("other", [FREE, "{none: {of: matches}}", "{user_status: READY}"])
def test_a_way_there_and_a_way_back_that_may_hold_at_once_are_a_circle(other: str) -> None:
    (found,) = problems(with_approve(f"automatic: {{when: {FREE}}}", EXCLUSIVE % other))
    assert (found.code, found.message) == (
        "when-cycle",
        "this could go round without end: approve -> back -> approve",
    )


def test_many_transitions_that_make_each_other_possible_are_checked_in_reasonable_time() -> None:
    step = "label: S, category: STEP"
    statuses = ", ".join(f"S{number}: {{{step}}}" for number in range(12))
    machines = (
        f"machines:\n  user_status: {{label: U, start: FRESH, statuses: {{FRESH: {{{step}}}, READY: {{{step}}}}}}}\n"
        f"  persona_status: {{label: P, start: FRESH, statuses: {{FRESH: {{{step}}}}}}}\n"
        f"  match_status: {{label: M, start: S0, statuses: {{{statuses}}}}}\n"
        f"  pair_status: {{label: O, start: OPEN, statuses: {{OPEN: {{{step}, counts: open}}, OVER: {{{step}}}}}}}\n"
    )
    own = "  approve: {machine: user_status, label: A, from: FRESH, to: READY, allow: [STAFF]}\n"
    moves = "".join(
        f"  m{a}_{b}: {{machine: match_status, label: M, from: S{a}, to: S{b}, allow: [SYSTEM],"
        " automatic: {when: {user_status: FRESH}}}\n"
        for a in range(12)
        for b in range(12)
        if a != b
    )
    assert {found.code for found in problems(machines + HEAD + END + own + moves)} == {"when-cycle"}
