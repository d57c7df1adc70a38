"""The guide to values: its examples, taken together, are an overlay that does what it says."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from server.engine.decide import decide
from server.engine.facts import Facts, Past, Ref, Situation
from server.engine.paths import Path, Scope, value_at
from server.engine.plan import Plan, Refusal, Request
from server.rules.loader import load_text
from tests.engine.builders import (
    LONG_AGO,
    NOW,
    a_match,
    a_persona,
    a_user,
    a_world,
    edited,
    pair,
    persona,
    two_people,
    user,
)
from tests.rules.builders import HERE, SHIPPED

GUIDE = (HERE.parents[1] / "docs" / "rules" / "values.md").read_text(encoding="utf-8")
OVERLAY = "".join(re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
LOADED = load_text(SHIPPED.read_text(encoding="utf-8"), "transitions.yaml", {"league": OVERLAY})
LEAGUE = LOADED.rulesets["league"]
STAFF = frozenset({"SITE_STAFF"})


def value(key: str, facts: Facts, ref: Ref | None = None) -> str | None:
    record, situation = facts.records[ref or persona(11)], Situation(facts)
    return value_at(Path(key, value=key), Scope(situation, record, record, terms=LEAGUE.terms))


def a_mentor(capacity: str | None, *hours: str | None) -> Facts:
    """A mentor with this capacity, an open match, and closed ones of so many hours."""
    closed = [a_match(21 + number, "CLOSED") for number in range(1, 1 + len(hours))]
    facts = two_people("RTBM", "RTBM", a_match(21), *closed)
    for match, hours_of_it in zip(closed, hours, strict=True):
        facts = edited(facts, match.ref, values={"hours": hours_of_it})
    mentor = facts.records[persona(11)]
    return edited(facts, persona(11), values={**mentor.values, "capacity": capacity})


def test_the_examples_are_an_overlay_without_mistakes() -> None:
    assert LOADED.diagnostics == ()


@pytest.mark.parametrize(
    ("capacity", "hours", "expected"),
    [
        ("3", ("12", "4", None), ("2", "16", "1", "33", "READY")),
        ("1", ("50",), ("0", "50", "2", "100", "FULL")),
        (None, (), (None, "0", "0", None, "READY")),
    ],
)
def test_the_numbers_and_the_standing_are_worked_out_as_the_guide_says(
    capacity: str | None, hours: tuple[str | None, ...], expected: tuple[str | None, ...]
) -> None:
    facts = a_mentor(capacity, *hours)
    found = tuple(value(key, facts) for key in ("free_places", "hours_given", "rank", "kept", "standing"))
    assert found == expected


def test_days_are_counted_by_the_calendar_of_the_program() -> None:
    late = two_people().now.replace(hour=22, minute=30)  # half past midnight in Vienna: the second of September
    facts = a_world(edited(two_people(), user(1), values={"trained": "2026-08-01"}).records[user(1)], now=late)
    assert value("trained_for", facts, user(1)) == "32"


def test_who_has_left_is_blocked_whatever_else_holds() -> None:
    facts = a_world(*[r for r in a_mentor("3").records.values() if r.ref != user(1)], a_user(1, "INACTIVE_WITHDRAWN"))
    assert value("standing", facts) == "BLOCKED"


def test_a_mentor_without_a_free_place_is_not_matched_and_the_refusal_tells_what_it_saw() -> None:
    facts = edited(two_people(), persona(11), values={**two_people().records[persona(11)].values, "capacity": "0"})
    refusal = decide(LEAGUE, Request("match", persona(11), STAFF, partner=persona(12)), facts)
    assert isinstance(refusal, Refusal)
    assert [(b.code, b.text, b.seen) for b in refusal.blockers if b.code == "PLACE"] == [
        ("PLACE", "The mentor has no free place.", (("mentor.standing", "FULL"),))
    ]
    free = edited(facts, persona(11), values={**facts.records[persona(11)].values, "capacity": "1"})
    assert isinstance(decide(LEAGUE, Request("match", persona(11), STAFF, partner=persona(12)), free), Plan)


def a_second_try(days: int = 60, hours: str | None = "12", **mentor: str | None) -> Facts:
    """A mentor and a mentee, and a match of the mentee with somebody else that was closed so many days ago."""
    ended = NOW - timedelta(days=days)
    past = {"pair_status": (Past("OPEN", "match", LONG_AGO), Past("CLOSED", "close_match", ended))}
    closed = replace(a_match(21, "CLOSED", mentor=13, since=ended), past=past, values={"hours": hours})
    others = (a_user(3), a_persona(13, "CLOSED", of=3))
    facts = two_people("RTBM", "RTBM", closed, *others)
    return edited(facts, persona(11), values={**facts.records[persona(11)].values, "capacity": "3", **mentor})


def refused(facts: Facts, partner: int = 12) -> dict[str, str]:
    asked = Request("match", persona(11), STAFF, partner=persona(partner))
    decision = decide(LEAGUE, asked, facts)
    return {b.code: b.text for b in decision.blockers} if isinstance(decision, Refusal) else {}


def test_two_of_one_site_who_were_not_matched_before_are_matched() -> None:
    assert refused(a_second_try()) == {}
    assert refused(a_second_try(partner_site="MADISON")) == {"SAME_SITE": "Both must be at the same site."}
    assert refused(a_second_try(partner_site=None)) == {"SAME_SITE": "Both must be at the same site."}


def test_the_same_two_are_never_matched_again() -> None:
    again = a_second_try()
    with_the_mentor = replace(again.records[pair(21)], links={"MENTOR": persona(11), "MENTEE": persona(12)})
    facts = Facts([with_the_mentor if r.ref == pair(21) else r for r in again.records.values()], again.now)
    assert refused(facts) == {"NEVER_AGAIN": "These two have been matched before."}


def test_a_month_must_have_passed_and_the_button_says_when_it_has() -> None:
    assert refused(a_second_try(15)) == {
        "REST": "Give the mentee a month after the last match. Possible from 2026-09-16 14:00 on (Europe/Vienna)."
    }
    assert refused(a_second_try(30)) == {}


def test_what_counts_is_the_last_match_of_the_mentor_that_was_closed() -> None:
    facts = a_mentor("3", "12", "1")
    assert refused(facts)["LAST_WENT_WELL"] == "The mentor's last match hardly began. Talk to the mentor first."
    assert "LAST_WENT_WELL" not in refused(a_mentor("3", "1", "12"))


def test_a_count_is_held_against_a_number_of_the_mentor() -> None:
    text = "Enter the hours of the matches that are closed first."
    facts = a_mentor("2", None, None)
    refusal = decide(LEAGUE, Request("match", persona(11), STAFF, partner=persona(12)), facts)
    assert isinstance(refusal, Refusal)
    assert [(b.text, b.seen) for b in refusal.blockers if b.code == "HOURS"] == [
        (text, (("mentor.matches", "2"), ("mentor.free_places", "1")))
    ]
    assert "HOURS" not in refused(a_mentor("3", None, None))
    assert "HOURS" in refused(a_mentor(None))
