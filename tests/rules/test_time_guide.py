"""Every example of the page on time is loaded as an overlay of the shipped rules, and does what the page says."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from server.engine.decide import decide
from server.engine.due import due_at, request
from server.engine.facts import Facts
from server.engine.plan import Plan
from server.engine.ruleset import Ruleset
from server.rules.loader import load_text
from tests.engine.builders import a_matched_world, a_persona, a_user, a_world, ask, pair, planned, refused, rows, user
from tests.engine.clockwork import moment
from tests.rules.builders import SHIPPED

PAGE = (Path(__file__).parents[2] / "docs" / "rules" / "time.md").read_text(encoding="utf-8")
EXAMPLES = {
    str(yaml.safe_load(text)["program"]): text for text in re.findall(r"```yaml\n(extends: .*?)```", PAGE, re.DOTALL)
}
FAR = datetime(2030, 1, 1, tzinfo=UTC)


def rules(name: str) -> Ruleset:
    return load_text(SHIPPED.read_text(encoding="utf-8"), "base.yaml", {name: EXAMPLES[name]}).rulesets[name]


def test_the_page_has_an_example_of_each_way() -> None:
    assert list(EXAMPLES) == ["lapse", "reminders", "pauses", "pause", "call_in", "ages"]


def due(ruleset: Ruleset, transition: str, facts: Facts, subject: object) -> str | None:
    found = due_at(ruleset, ruleset.transitions[transition], subject, facts, done=None, until=FAR)
    return found.astimezone(ruleset.zone).isoformat() if found else None


def test_lapse_happens_after_three_weeks_by_the_wall() -> None:
    ruleset = rules("lapse")
    facts = a_world(a_user(1, "APPLICATION_INCOMPLETE", since=moment("2026-03-10T08:00:00+01:00")))
    assert due(ruleset, "lapse", facts, user(1)) == "2026-03-31T08:00:00+02:00"
    plan = decide(ruleset, request(ruleset.transitions["lapse"], user(1)), facts)
    assert isinstance(plan, Plan)
    assert rows(plan) == ["user 1 APPLICATION_INCOMPLETE>INACTIVE_WITHDRAWN by lapse"]


def test_reminders_come_at_three_ages_and_a_check_in_begins_a_month_anew() -> None:
    ruleset = rules("reminders")
    facts = a_world(a_user(1, "APPLICATION_INCOMPLETE", since=moment("2026-08-20T08:00:00")))
    assert due(ruleset, "remind", facts, user(1)) == "2026-09-03T08:00:00+00:00"  # for the first it is too late
    plan = decide(ruleset, request(ruleset.transitions["remind"], user(1)), facts)
    assert isinstance(plan, Plan)
    assert rows(plan) == ["user 1 APPLICATION_INCOMPLETE>APPLICATION_INCOMPLETE by remind"]
    assert [notice.message for notice in plan.notices] == ["come_back"]
    matched = a_matched_world()
    (change,) = planned(ask("check_in", pair(21)), matched, ruleset).changes
    assert (change.before, change.after, change.restarts) == ("OPEN", "OPEN", True)


def test_a_pause_ends_on_its_day_and_is_announced_before() -> None:
    ruleset = rules("pauses")
    person = replace(a_user(1), values={"returns_on": "2026-10-30"})
    persona = a_persona(11)
    away = replace(persona, statuses={**persona.statuses, "pause": "AWAY"})
    facts = a_world(person, away)
    assert due(ruleset, "announce", facts, away.ref) == "2026-10-23T06:00:00+02:00"
    assert due(ruleset, "come_back", facts, away.ref) == "2026-10-30T00:00:00+01:00"


def test_pause_follows_in_the_same_act() -> None:
    facts = a_world(a_user(1), a_persona(11, "CLOSED"))
    assert rows(planned(ask("withdraw", user(1)), facts, rules("pause"))) == [
        "user 1 ACTIVE>INACTIVE_WITHDRAWN by withdraw",
        "persona 11 ACTIVE>INACTIVE by pause <0",
    ]


def test_weekdays_leave_out_the_weekend() -> None:
    persona = a_persona(11, "NOT_APPLICABLE", since=moment("2026-03-27T09:00:00+01:00"))
    facts = a_world(a_user(1), persona, now=moment("2026-03-27T09:00:00+01:00"))
    assert due(rules("call_in"), "call_in", facts, persona.ref) == "2026-03-30T08:00:00+02:00"


def test_a_button_says_from_when_on_it_is_possible() -> None:
    facts = a_world(a_user(1, "SCREENING_INCOMPLETE", since=moment("2026-08-20T10:00:00")))
    (blocker,) = refused(ask("reject", user(1)), facts, rules("ages")).blockers
    assert blocker.text == "Give people a month. Possible from 2026-09-19 10:00 on (UTC)."


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_can_be_used(name: str) -> None:
    assert rules(name).program == name
