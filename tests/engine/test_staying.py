"""Acts that leave the status as it is: a row of history from a status to itself, and all that follows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.engine.decide import decide, offers
from server.engine.outcomes import SAME, Case
from server.engine.plan import Plan
from server.engine.questions import Input, Question
from server.engine.ruleset import Ruleset
from tests.engine.builders import (
    NOW,
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    ask,
    codes,
    pair,
    planned,
    refused,
    rows,
    user,
)
from tests.engine.clockwork import age, by_itself, when
from tests.engine.flow import FLOW
from tests.engine.words import STAFF, a_transition, answered, fire, is_, need

LONG_AGO = NOW - timedelta(days=40)


def noting(sources: str = "SCREENING_INCOMPLETE ACTIVE", machine: str = "user_status", **more: Any) -> Ruleset:
    new = a_transition("note", machine, "Note", sources, SAME, **more)
    return replace(FLOW, transitions={**FLOW.transitions, "note": new})


@pytest.mark.parametrize("status", ["SCREENING_INCOMPLETE", "ACTIVE"])
def test_it_is_a_row_from_the_status_to_itself(status: str) -> None:
    plan = planned(ask("note", user(1)), a_world(a_user(1, status)), noting())
    assert rows(plan) == [f"user 1 {status}>{status} by note"]
    assert [change.restarts for change in plan.changes] == [False]


def test_it_starts_from_its_statuses_only() -> None:
    refusal = refused(ask("note", user(1)), a_world(a_user(1, "INACTIVE_REJECTED")), noting())
    assert codes(refusal.blockers) == ["WRONG_STATUS"]


def test_its_effects_run_and_its_requirements_count() -> None:
    rules = noting(effects=(fire("leave_pool", each="personas"),), sources="ACTIVE")
    assert rows(planned(ask("note", user(1)), a_world(a_user(1), a_persona(11, "RTBM")), rules)) == [
        "user 1 ACTIVE>ACTIVE by note",
        "persona 11 RTBM>NOT_APPLICABLE by leave_pool <0",
    ]
    never = noting(requires=(need("NEVER", is_("user_status", "INACTIVE_REJECTED"), "Not now.", 1),))
    assert codes(refused(ask("note", user(1)), a_world(a_user(1)), never).blockers) == ["NEVER"]


@pytest.mark.parametrize("restarts", [False, True])
def test_time_in_the_status_begins_anew_only_where_it_says_so(restarts: bool) -> None:
    """What is asked of ages afterwards, in the same act, tells."""
    rules = by_itself(
        when(age("user_status", None, "P1D")), rules=noting(restarts=restarts), sources="SCREENING_INCOMPLETE"
    )
    plan = planned(ask("note", user(1)), a_world(a_user(1, "SCREENING_INCOMPLETE", since=LONG_AGO)), rules)
    followed = ["user 1 SCREENING_INCOMPLETE>INACTIVE_REJECTED by lapse <0"] if restarts else []
    assert rows(plan) == ["user 1 SCREENING_INCOMPLETE>SCREENING_INCOMPLETE by note", *followed]
    assert plan.changes[0].restarts is restarts


def test_an_open_pair_keeps_its_places() -> None:
    rules = noting("OPEN", "pair_status", restarts=True)
    facts = a_matched_world()
    plan = planned(ask("note", pair(21)), facts, rules)
    assert plan.changes[0].places == facts.records[pair(21)].places


def test_it_is_a_button_of_the_record() -> None:
    found = offers(noting(), user(1), STAFF, a_world(a_user(1)))
    assert [offer.allowed for offer in found if offer.transition.id == "note"] == [True]


def test_it_can_lead_anywhere_it_starts_from_and_is_for_everybody() -> None:
    note = noting().transitions["note"]
    assert note.targets == note.sources
    assert (note.target, note.entered) == (None, frozenset())
    assert noting().roles_for(note) is None


def test_the_same_question_has_the_same_answer() -> None:
    facts = a_world(a_user(1))
    once, again = (decide(noting(), ask("note", user(1)), facts) for _ in range(2))
    assert isinstance(once, Plan)
    assert once == again


def test_it_may_be_one_outcome_of_several() -> None:
    cases = (Case("INACTIVE_REJECTED", answered("gone", "true")), Case(SAME, back=frozenset({"ACTIVE"})))
    note = replace(noting(sources="ACTIVE", restarts=True).transitions["note"], cases=cases, asks=(GONE,))
    rules = replace(FLOW, transitions={**FLOW.transitions, "note": note})
    stayed, left = (
        planned(ask("note", user(1), answers={"gone": gone}), a_world(a_user(1)), rules) for gone in ("false", "true")
    )
    assert [(change.after, change.restarts) for change in stayed.changes] == [("ACTIVE", True)]
    assert [(change.after, change.restarts) for change in left.changes][:1] == [("INACTIVE_REJECTED", False)]
    assert note.entered == {"INACTIVE_REJECTED"}


GONE = Question(Input("gone", "Have they gone?", "boolean"), True)
