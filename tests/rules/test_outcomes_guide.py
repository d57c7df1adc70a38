"""Every example of the page on outcomes is loaded as an overlay of the shipped rules, and does what it says."""

from dataclasses import replace

import pytest

from server.engine.decide import decide, offers
from server.engine.facts import Facts, Past, Record, Ref
from server.engine.plan import Offer, Plan, Refusal, Request
from server.engine.ruleset import Ruleset
from tests.engine.builders import EARLIER, LONG_AGO, a_persona, a_user, a_world, codes, rows, user
from tests.outcomes import EXAMPLES, LOADED, RULES

STAFF = frozenset({"SITE_STAFF"})
ANN = user(1)


def rules(name: str) -> Ruleset:
    return RULES[name]


def ask(program: str, transition: str, facts: Facts, subject: Ref = ANN, **answers: str) -> Plan | Refusal:
    return decide(rules(program), Request(transition, subject, STAFF, answers=answers), facts)


def told(decision: Plan | Refusal) -> list[str]:
    """The rows of history, or the codes of the blockers."""
    return rows(decision) if isinstance(decision, Plan) else codes(decision.blockers)


def button(program: str, transition: str, facts: Facts) -> Offer:
    return next(each for each in offers(rules(program), ANN, STAFF, facts) if each.transition.id == transition)


def ann(status: str, *more: Record, previous: str | None = None) -> Facts:
    statuses = [status] if previous is None else [previous, status]
    past = tuple(Past(each, None, LONG_AGO) for each in statuses)
    return a_world(replace(a_user(1, status), past={"user_status": past}), *more)


def test_the_examples_have_no_mistakes() -> None:
    assert LOADED.diagnostics == ()
    assert list(EXAMPLES) == ["verdict", "breaks", "once", "courses", "next_in_line"]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            "FITS",
            [
                "user 1 SCREENING_INCOMPLETE>ACTIVE by decide_screening",
                "persona 11 NOT_APPLICABLE>RTBM by enter_pool <0",
            ],
        ),
        ("NO_PLACE", ["user 1 SCREENING_INCOMPLETE>WAITING_LIST by decide_screening"]),
        ("UNFIT", ["user 1 SCREENING_INCOMPLETE>INACTIVE_REJECTED by decide_screening"]),
    ],
)
def test_the_answer_decides_where_it_leads_and_what_follows(answer: str, expected: list[str]) -> None:
    facts = ann("SCREENING_INCOMPLETE", a_persona(11, "NOT_APPLICABLE"))
    assert told(ask("verdict", "decide_screening", facts, verdict=answer)) == expected


def test_before_any_answer_the_button_names_all_it_can_lead_to() -> None:
    found = button("verdict", "decide_screening", ann("SCREENING_INCOMPLETE"))
    assert found.allowed
    assert found.targets == {"ACTIVE", "WAITING_LIST", "INACTIVE_REJECTED"}
    assert found.transition.target is None


def test_answers_that_lead_elsewhere_than_asked_for_are_refused() -> None:
    facts = ann("SCREENING_INCOMPLETE")
    request = Request("decide_screening", ANN, STAFF, answers={"verdict": "UNFIT"}, to="ACTIVE")
    refusal = decide(rules("verdict"), request, facts)
    assert isinstance(refusal, Refusal)
    text = "With these answers Decide on the screening leads to Inactive Rejected, not to Active."
    assert [(problem.path, problem.text) for problem in refusal.problems] == [(("to",), text)]


@pytest.mark.parametrize("before", ["APPLICATION_INCOMPLETE", "SCREENING_INCOMPLETE"])
def test_a_pause_returns_to_where_it_came_from(before: str) -> None:
    assert told(ask("breaks", "pause", ann(before))) == [f"user 1 {before}>PAUSED by pause"]
    paused = ann("PAUSED", previous=before)
    assert told(ask("breaks", "resume", paused)) == [f"user 1 PAUSED>{before} by resume"]
    assert button("breaks", "resume", paused).targets == {before}


def test_what_follows_a_return_sees_the_status_returned_to() -> None:
    paused = ann("PAUSED", a_persona(11, "NOT_APPLICABLE"), previous="ACTIVE")
    expected = ["user 1 PAUSED>ACTIVE by resume", "persona 11 NOT_APPLICABLE>RTBM by enter_pool <0"]
    assert told(ask("breaks", "resume", paused)) == expected


@pytest.mark.parametrize("previous", [None, "INACTIVE_WITHDRAWN", "PAUSED"])
def test_there_is_no_way_back_to_what_nobody_remembers_or_nothing_leads_from(previous: str | None) -> None:
    paused = ann("PAUSED", previous=previous)
    refusal = ask("breaks", "resume", paused)
    assert isinstance(refusal, Refusal)
    assert [(blocker.code, blocker.text) for blocker in refusal.blockers] == [
        (
            "NO_WAY_BACK",
            "Go on leads back to where the User Status was before: Application Incomplete or Screening Incomplete or "
            "Active. No such status is remembered.",
        )
    ]
    assert button("breaks", "resume", paused).targets == set()


def test_the_check_knows_where_a_return_can_lead() -> None:
    back = rules("breaks").transitions["resume"]
    assert back.targets == {"APPLICATION_INCOMPLETE", "SCREENING_INCOMPLETE", "ACTIVE"}
    assert "user_status" in rules("breaks").recalls


def test_a_group_stands_for_its_statuses() -> None:
    left = {"INACTIVE_REJECTED", "INACTIVE_WITHDRAWN", "INACTIVE_DELETED"}
    assert rules("breaks").transitions["reinstate"].sources == left
    every = set(rules("breaks").machines["user_status"].statuses)
    assert rules("breaks").transitions["pause"].sources == every - left - {"PAUSED"}


@pytest.mark.parametrize(
    ("facts", "kept"),
    [
        (ann("PAUSED"), True),  # a second click
        (ann("ACTIVE", a_persona(11, "MATCHED")), True),  # what its require says
        (ann("PAUSED", a_persona(11, "MATCHED")), True),  # both
        (ann("INACTIVE_WITHDRAWN"), False),  # a really wrong status
    ],
)
def test_what_is_quiet_changes_nothing_and_is_no_error(facts: Facts, kept: bool) -> None:
    decision = ask("breaks", "pause", facts)
    if kept:
        transition = rules("breaks").transitions["pause"]
        assert decision == Plan(transition, (), kept=ANN)
    else:
        assert told(decision) == ["WRONG_STATUS"]
    assert not button("breaks", "pause", facts).allowed


def test_wrong_answers_and_missing_rights_stay_errors() -> None:
    wrong = ask("breaks", "pause", ann("PAUSED"), mood="GOOD")
    assert isinstance(wrong, Refusal)
    assert [problem.path for problem in wrong.problems] == [("answers", "mood")]
    other = decide(rules("breaks"), Request("pause", ANN, frozenset({"PARTICIPANT"})), ann("PAUSED"))
    assert isinstance(other, Refusal)
    assert set(told(other)) == {"NOT_PERMITTED", "ALREADY_THERE"}


def again(*personas: Record, by: str = "SITE_STAFF") -> Plan | Refusal:
    request = Request("make_rescreening", ANN, frozenset({by}), role="MENTOR")
    return decide(rules("once"), request, ann("ACTIVE", *personas))


def test_a_record_that_is_there_already_is_the_answer() -> None:
    waiting = a_persona(11, "RTBM")
    decision = again(waiting)
    assert isinstance(decision, Plan)
    assert (decision.changes, decision.kept) == ((), waiting.ref)
    latest = again(waiting, a_persona(12, "RESCREENING"))
    assert isinstance(latest, Plan)
    assert latest.kept == a_persona(12).ref


def test_only_records_of_the_same_role_are_alike_and_others_are_made() -> None:
    made = again(a_persona(11, "CLOSED"), a_persona(12, "RTBM", role="MENTEE"))
    assert isinstance(made, Plan)
    assert made.kept is None
    assert rows(made)[0] == "persona -1 (new)>RESCREENING by make_rescreening"


def test_what_is_there_already_is_told_to_nobody_who_may_not_ask() -> None:
    assert told(again(a_persona(11, "RTBM"), by="PARTICIPANT"))[0] == "NOT_PERMITTED"


@pytest.mark.parametrize(("role", "status"), [("MENTOR", "NEEDED"), ("MENTEE", "NOT_NEEDED")])
def test_a_condition_decides_where_a_new_record_begins(role: str, status: str) -> None:
    nobody = Request("register_user", Ref(ANN.kind, 0), STAFF, role=role)
    plan = decide(rules("courses"), nobody, Facts([], a_world().now))
    assert isinstance(plan, Plan)
    assert [c.after for c in plan.changes if c.machine == "training"] == [status]


def test_both_beginnings_are_known_to_the_check() -> None:
    machine = rules("courses").machines["training"]
    assert (machine.start, machine.begins) == ("NEEDED", {"NEEDED", "NOT_NEEDED"})
    assert [key for key, status in machine.statuses.items() if status.is_initial] == ["NEEDED", "NOT_NEEDED"]


def line(*personas: Record) -> Plan:
    facts = ann("INACTIVE_WITHDRAWN", *(replace(p, statuses={**p.statuses, "turn": "WAITS"}) for p in personas))
    plan = ask("next_in_line", "welcome_back", facts, why="Asked to")
    assert isinstance(plan, Plan)
    return plan


def test_exactly_one_is_picked_by_its_order_and_none_where_there_is_none() -> None:
    plan = line(
        a_persona(11, "CLOSED", since=EARLIER), a_persona(12, "CLOSED", since=LONG_AGO), a_persona(13, "CLOSED")
    )
    assert [row for row in rows(plan) if "call_up" in row] == ["persona 12 WAITS>CALLED by call_up <0"]
    assert [row for row in rows(line()) if "call_up" in row] == []


def test_what_is_created_gets_its_fields() -> None:
    plan = line()
    held = {setting.field: setting.values for setting in plan.settings}
    assert held == {"reason": ("Asked to",), "rank": ("7",)}
    assert {setting.subject for setting in plan.settings} == {plan.creations[0].ref}
