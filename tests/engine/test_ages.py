"""How long a record has been in its status, in conditions."""

from datetime import timedelta

import pytest

from server.engine.ages import holds_from
from server.engine.conditions import Condition, Not
from server.engine.facts import Facts, Situation
from server.engine.paths import Scope
from tests.engine.builders import NOW, a_match, a_persona, a_user, a_world, ask, planned, refused, two_people, user
from tests.engine.clockwork import age, by_itself, moment
from tests.engine.words import either, every, is_, need, none, on, some

DAY = timedelta(days=1)


def scope_of(facts: Facts, number: int = 1) -> Scope:
    situation = Situation(facts)
    record = situation.record(user(number))
    return Scope(situation, record, record, answers={})


def since(days: float) -> Facts:
    return a_world(a_user(1, since=NOW - days * DAY), a_persona(11, since=NOW - 2 * days * DAY))


@pytest.mark.parametrize(
    ("days", "condition", "holds"),
    [
        (30, age("user_status", "P30D"), True),
        (29.999, age("user_status", "P30D"), False),
        (30, age("user_status", None, "P30D"), False),
        (29.999, age("user_status", None, "P30D"), True),
        (10, age("user_status", "P5D", "P11D"), True),
        (10, some("personas", age("match_status", "P20D")), True),
        (10, none("personas", age("match_status", "P21D")), True),
        (10, some("personas", on("user", age("user_status", "P10D"))), True),
    ],
)
def test_an_age_is_measured_from_when_the_record_entered_its_status(
    days: float, condition: Condition, holds: bool
) -> None:
    assert condition.holds(scope_of(since(days))) is holds


def test_an_age_of_the_other_side_of_a_match_not_yet_chosen_is_unknown() -> None:
    facts = a_world(a_user(), a_persona(11, "MATCHED"), a_match(21, mentee=99))
    situation = Situation(facts)
    record = situation.record(a_persona(11).ref)
    assert age("partner.match_status", "P1D").holds(Scope(situation, record, record)) is None


def test_an_age_where_there_is_no_record_does_not_hold() -> None:
    situation = Situation(two_people())
    record = situation.record(a_persona(11).ref)
    for condition in (age("match.pair_status", "P1D"), age("match.pair_status", None, "P1D")):
        assert condition.holds(Scope(situation, record, record)) is False


def test_a_record_that_moves_in_a_cascade_is_young_again() -> None:
    facts = since(30)
    situation = Situation(facts)
    situation.move(user(1), "user_status", "INACTIVE_WITHDRAWN", {}, "once")
    record = situation.record(user(1))
    assert age("user_status", "PT1S").holds(Scope(situation, record, record)) is False


@pytest.mark.parametrize(
    ("condition", "days"),
    [
        (age("user_status", "P30D"), 20),
        (age("user_status", None, "P30D"), None),
        (Not(age("user_status", None, "P30D")), 20),
        (every(age("user_status", "P30D"), is_("user_status", "ACTIVE")), 20),
        (every(age("user_status", "P30D"), is_("user_status", "OTHER")), None),
        (every(age("user_status", "P30D"), age("user_status", "P15D")), 20),
        (either(age("user_status", "P30D"), age("user_status", "P15D")), 5),
        (some("personas", age("match_status", "P30D")), 10),
        (none("personas", age("match_status", None, "P30D")), 10),
        (age("user_status", "P5D"), None),
    ],
)
def test_it_is_known_from_when_on_a_condition_will_hold(condition: Condition, days: int | None) -> None:
    expected = None if days is None else NOW + days * DAY
    assert holds_from(condition, scope_of(since(10))) == expected


def test_a_blocked_button_says_from_when_on_it_is_possible_by_the_clocks_of_the_program() -> None:
    rules = by_itself(None, requires=(need("WAITED", age("user_status", "P30D"), "The trial month is not over.", 7),))
    facts = a_world(a_user(1, "SCREENING_INCOMPLETE", since=moment("2026-08-20T10:15:30")))
    (blocker,) = refused(ask("lapse", user(1)), facts, rules).blockers
    assert blocker.text == "The trial month is not over. Possible from 2026-09-19 12:16 on (Europe/Vienna)."
    assert blocker.seen == (("user_status since", "2026-08-20T10:15:30+00:00"),)
    assert blocker.subject == user(1)


def test_ages_are_judged_at_the_moment_the_act_took_effect() -> None:
    rules = by_itself(None, requires=(need("WAITED", age("user_status", "P30D"), "Wait.", 7),))
    facts = a_world(a_user(1, "SCREENING_INCOMPLETE", since=NOW - 31 * DAY))
    assert planned(ask("lapse", user(1)), facts, rules).changes[0].after == "INACTIVE_REJECTED"
    early = ask("lapse", user(1), effective_at=NOW - 2 * DAY)
    assert [blocker.code for blocker in refused(early, facts, rules).blockers] == ["WAITED"]
