"""A program in memory: what a plan leaves behind, and what time brings."""

from dataclasses import replace
from datetime import time

import pytest

from server.engine.automatic import WEEKDAYS, Daily
from server.engine.facts import Facts, Kind, Record, Ref
from server.engine.plan import Plan, Refusal, Setting
from server.engine.ruleset import Field, Ruleset
from server.engine.world import TooMuchError, World, applied
from tests.engine.builders import (
    GOODBYE,
    NOW,
    a_match,
    a_matched_world,
    a_persona,
    a_user,
    ask,
    pair,
    persona,
    planned,
    two_people,
    user,
)
from tests.engine.clockwork import after, age, by_itself, lasting, moment, when
from tests.engine.flow import FLOW

MAYBE = {**GOODBYE, "mentor_rematch": "MAYBE"}


def a_world(rules: Ruleset, *records: Record) -> World:
    return World(rules, records, NOW)


def statuses(world: World, ref: Ref) -> str:
    return " ".join(world.facts.records[ref].statuses.values())


def test_what_a_plan_creates_gets_the_next_id_of_its_kind() -> None:
    facts = a_matched_world()
    outcome = applied(FLOW, planned(ask("close_match", pair(21), answers=MAYBE), facts), facts)
    assert list(outcome.created.values()) == [persona(13)]
    created = outcome.facts.records[persona(13)]
    assert (created.statuses["match_status"], created.links, created.values) == (
        "RESCREENING",
        {"user": user(1)},
        {"role": "MENTOR"},
    )


def test_a_closed_pair_gives_its_places_back_and_remembers_that_it_was_open() -> None:
    facts = a_matched_world()
    closed = applied(FLOW, planned(ask("close_match", pair(21), answers=GOODBYE), facts), facts).facts.records[pair(21)]
    assert (closed.places, closed.since) == ({}, {"pair_status": NOW})
    assert [past.status for past in closed.past["pair_status"]] == ["OPEN", "CLOSED"]


def test_what_is_not_touched_stays_the_very_same() -> None:
    facts = two_people()
    outcome = applied(FLOW, planned(ask("withdraw", user(1)), facts), facts)
    assert outcome.facts.records[user(2)] is facts.records[user(2)]
    assert facts.records[user(1)].statuses == {"user_status": "ACTIVE"}


def test_fields_end_as_the_plan_says() -> None:
    kinds = {"hours": False, "days": True}
    fields = {
        key: Field(key, key, Kind.USER, "text", "staff", frozenset(), several=several) for key, several in kinds.items()
    }
    settings = (Setting(user(1), "hours", ("3",)), Setting(user(1), "days", ("MON", "TUE")))
    facts = two_people()
    plan = replace(planned(ask("withdraw", user(1)), facts), settings=settings)
    record = applied(replace(FLOW, fields=fields), plan, facts).facts.records[user(1)]
    assert (record.values, record.lists) == ({"hours": "3"}, {"days": frozenset({"MON", "TUE"})})


def test_a_refusal_leaves_the_world_as_it_is() -> None:
    world = a_world(FLOW, *a_matched_world().records.values())
    before = world.facts
    decision, created = world.press(ask("withdraw", user(1)))
    assert (type(decision), created, world.facts is before) == (Refusal, {}, True)


def test_what_falls_due_happens_at_its_moment_in_the_order_of_time() -> None:
    rules = by_itself(after("P3D"), "lapse", sources="SCREENING_INCOMPLETE", target="INACTIVE_REJECTED")
    rules = by_itself(
        after("P1D"), "finish", sources="APPLICATION_INCOMPLETE", target="SCREENING_INCOMPLETE", rules=rules
    )
    world = a_world(rules, a_user(1, "APPLICATION_INCOMPLETE", since=NOW))
    world.wait(moment("2026-09-05T11:59:59"))
    assert statuses(world, user(1)) == "SCREENING_INCOMPLETE"
    assert world.facts.records[user(1)].since["user_status"] == moment("2026-09-02T12:00:00")
    world.wait(moment("2026-09-05T12:00:00"))
    assert statuses(world, user(1)) == "INACTIVE_REJECTED"
    assert world.facts.now == moment("2026-09-05T12:00:00")


def test_a_date_of_the_calendar_counts_once() -> None:
    rules = by_itself(Daily(time(8), WEEKDAYS, lasting("PT1H")), "call")
    world = a_world(rules, a_user(1, "SCREENING_INCOMPLETE", since=NOW))
    world.wait(moment("2026-09-02T05:59:59"))
    assert statuses(world, user(1)) == "SCREENING_INCOMPLETE"
    world.wait(moment("2026-09-02T06:00:00"))
    assert statuses(world, user(1)) == "INACTIVE_REJECTED"


def test_what_is_refused_is_tried_again_when_something_else_has_happened() -> None:
    """The person cannot be set aside while matched; the match ends by itself two days later."""
    rules = by_itself(when(age("user_status", "P1D")), "lapse", sources="ACTIVE", target="INACTIVE_WITHDRAWN")
    blocked = replace(rules.transitions["lapse"], requires=FLOW.transitions["withdraw"].requires)
    rules = replace(rules, transitions={**rules.transitions, "lapse": blocked})
    rules = by_itself(
        after("P3D"),
        "part",
        "pair_status",
        sources="OPEN",
        target="CLOSED",
        effects=FLOW.transitions["close_match"].effects[:1],
        rules=rules,
    )
    people = [
        replace(record, since=dict.fromkeys(record.statuses, NOW))
        for record in two_people("MATCHED", "MATCHED").records.values()
    ]
    world = a_world(rules, *people, a_match(since=NOW))
    world.wait(moment("2026-09-03T12:00:00"))
    assert [statuses(world, ref) for ref in (user(1), pair(21))] == ["ACTIVE", "OPEN"]
    world.wait(moment("2026-09-04T12:00:00"))
    assert [statuses(world, ref) for ref in (user(1), pair(21))] == ["INACTIVE_WITHDRAWN", "CLOSED"]


def test_more_than_anybody_meant_is_too_much() -> None:
    rules = by_itself(after("PT1S"), "there", sources="SCREENING_INCOMPLETE", target="APPLICATION_INCOMPLETE")
    rules = by_itself(
        after("PT1S"), "back", sources="APPLICATION_INCOMPLETE", target="SCREENING_INCOMPLETE", rules=rules
    )
    world = a_world(rules, a_user(1, "SCREENING_INCOMPLETE", since=NOW))
    with pytest.raises(TooMuchError):
        world.wait(moment("2026-09-02T12:00:00"))


def test_personas_of_others_do_not_hinder_time() -> None:
    world = a_world(by_itself(after("P1D")), a_user(1, "ACTIVE"), a_persona(11))
    world.wait(moment("2027-09-01T12:00:00"))
    assert isinstance(world.facts, Facts)
    assert statuses(world, user(1)) == "ACTIVE"


def test_a_plan_is_carried_out_as_decided() -> None:
    world = a_world(FLOW, *two_people().records.values())
    decision, created = world.press(ask("match", persona(11), partner=persona(12)))
    assert isinstance(decision, Plan)
    assert list(created.values()) == [pair(1)]
    assert world.facts.records[pair(1)].places == {"MENTOR": 1, "MENTEE": 1}
