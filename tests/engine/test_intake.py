"""Coming in: what is decided when a transition creates a user."""

from dataclasses import replace

import pytest

from server.engine.decide import offers
from server.engine.facts import Facts, Kind
from server.engine.intake import Intake
from server.engine.outcomes import always
from server.engine.plan import Problem, Setting
from server.engine.questions import Input, Question
from server.engine.ruleset import Field
from tests.engine.builders import NOW, a_user, a_world, ask, persona, planned, refused, user
from tests.engine.flow import FLOW, with_transition
from tests.engine.words import a_transition, fire, is_, need

PHONE = Field("phone", "Phone", Kind.USER, "text", "sensitive", frozenset())
WISHES = Field("wishes", "Wishes", Kind.PERSONA, "text", "sensitive", frozenset(), several=True)
APPLY = replace(
    a_transition("apply", "user_status", "Apply", "", "SCREENING_INCOMPLETE"),
    creates=Kind.USER,
    intake=Intake(),
    requires=(
        need("MENTORS", is_("created.role", "MENTOR"), "Only mentors apply.", 3),
        need("PHONE", is_("phone", "555"), "Only with this number.", 4),
    ),
    asks=(Question(Input("why", "Why?", "text"), required=True),),
)
RULES = replace(with_transition(APPLY), fields={"phone": PHONE, "wishes": WISHES})
NOBODY = user(0)
FIELDS = {"phone": ("555",), "wishes": ("chess", "music")}
EMPTY = Facts([], NOW)
WHY = {"why": "Because"}


def test_a_person_begins_where_the_transition_says_with_fields_on_both_records() -> None:
    asked = replace(ask("apply", NOBODY, role="MENTOR", answers=WHY), fields=FIELDS)
    plan = planned(asked, EMPTY, RULES)
    assert [(change.subject, change.machine, change.after, change.caused_by) for change in plan.changes] == [
        (user(-1), "user_status", "SCREENING_INCOMPLETE", None),
        (persona(-2), "persona_status", "ACTIVE", 0),
        (persona(-2), "match_status", "NOT_APPLICABLE", 0),
    ]
    assert plan.settings == (
        Setting(user(-1), "phone", ("555",)),
        Setting(persona(-2), "wishes", ("chess", "music")),
    )


@pytest.mark.parametrize(
    ("role", "fields", "codes"),
    [("MENTEE", FIELDS, ["MENTORS"]), ("MENTOR", {}, ["PHONE"]), ("MENTEE", {}, ["MENTORS", "PHONE"])],
)
def test_conditions_look_at_the_new_persona_and_at_what_the_fields_hold(
    role: str, fields: dict[str, tuple[str, ...]], codes: list[str]
) -> None:
    asked = replace(ask("apply", NOBODY, role=role, answers=WHY), fields=fields)
    assert [blocker.code for blocker in refused(asked, EMPTY, RULES).blockers] == codes


def test_a_question_that_is_not_answered_refuses_it() -> None:
    asked = replace(ask("apply", NOBODY, role="MENTOR"), fields=FIELDS)
    assert refused(asked, EMPTY, RULES).problems == (Problem(("answers", "why"), "Please answer: Why?"),)


def test_what_is_for_one_role_brings_in_nobody_of_the_other() -> None:
    only = replace(APPLY, roles=frozenset({"MENTEE"}), requires=())
    asked = ask("apply", NOBODY, role="MENTOR", answers=WHY)
    assert [b.code for b in refused(asked, EMPTY, with_transition(only)).blockers] == ["WRONG_ROLE"]


def test_what_follows_sees_the_person_and_the_fields() -> None:
    wished = fire("enter_pool", condition=is_("user.phone", "555"))
    rules = replace(
        RULES, transitions={**RULES.transitions, "apply": replace(APPLY, cases=always("ACTIVE"), effects=(wished,))}
    )
    asked = replace(ask("apply", NOBODY, role="MENTOR", answers=WHY), fields=FIELDS)
    assert [change.after for change in planned(asked, EMPTY, rules).changes] == [
        "ACTIVE",
        "ACTIVE",
        "NOT_APPLICABLE",
        "RTBM",
    ]


def test_a_further_persona_takes_only_the_fields_of_a_persona() -> None:
    rules = replace(RULES, transitions=FLOW.transitions)
    facts = a_world(a_user(1))
    asked = replace(ask("add_persona", user(1), by="PROGRAM_ADMIN", role="MENTOR"), fields=FIELDS)
    assert planned(asked, facts, rules).settings == (Setting(persona(-1), "wishes", ("chess", "music")),)


def test_a_way_in_is_no_button() -> None:
    shown = offers(RULES, user(1), frozenset({"SUPER_ADMIN"}), a_world(a_user(1)))
    assert not {"apply", "register_user", "add_persona"} & {offer.transition.id for offer in shown}
