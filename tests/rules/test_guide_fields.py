"""The guide to further machines and fields: its examples, taken together, are an overlay that does what it says."""

import re

import pytest

from server.engine.decide import decide
from server.engine.facts import Facts, Kind, Record, Ref
from server.engine.plan import Plan, Refusal, Request
from server.rules.loader import load_text
from tests.engine.builders import NOW
from tests.rules.builders import HERE, SHIPPED

GUIDE = (HERE.parents[1] / "docs" / "rules" / "fields.md").read_text(encoding="utf-8")
OVERLAY = "".join(re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
LOADED = load_text(SHIPPED.read_text(encoding="utf-8"), "transitions.yaml", {"club": OVERLAY})
CLUB = LOADED.rulesets["club"]
USER, BUDDY = Ref(Kind.USER, 1), Ref(Kind.USER, 7)
ADMIN = frozenset({"PROGRAM_ADMIN"})


def somebody(check: str, **values: str | None) -> Facts:
    user = Record(USER, 1, {"user_status": "ACTIVE", "background_check": check}, {"badge": None, **values})
    persona = Record(
        Ref(Kind.PERSONA, 2),
        1,
        {"persona_status": "ACTIVE", "match_status": "RTBM"},
        {"role": "MENTOR", "capacity": None},
        {"user": USER},
    )
    return Facts([user, persona], NOW)


def test_the_examples_are_an_overlay_without_mistakes() -> None:
    assert LOADED.diagnostics == ()
    assert CLUB.machines["background_check"].owner is Kind.USER
    assert list(CLUB.fields) == ["capacity", "languages", "checked_on", "badge", "buddy"]
    assert CLUB.roles["MENTOR"].open_pairs == "capacity"


def test_a_check_is_passed_only_with_a_badge() -> None:
    refusal = decide(CLUB, Request("pass_check", USER, ADMIN), somebody("ORDERED"))
    assert isinstance(refusal, Refusal)
    assert [(b.code, b.text) for b in refusal.blockers] == [("BADGE", "Give the person a badge first.")]


def test_passing_it_sets_the_fields_that_the_guide_says() -> None:
    plan = decide(CLUB, Request("pass_check", USER, ADMIN), somebody("ORDERED", badge="A-1"))
    assert isinstance(plan, Plan)
    assert [(s.subject.kind, s.field, s.values) for s in plan.settings] == [
        (Kind.USER, "checked_on", ("2026-09-01",)),
        (Kind.PERSONA, "capacity", ("2",)),
    ]


@pytest.mark.parametrize("type_", ["text", "integer", "boolean", "date", "instant", "choice", "site", "user"])
def test_the_guide_names_every_type(type_: str) -> None:
    assert f"`{type_}`" in GUIDE


def test_the_buddy_is_told_to_hand_over_the_keys() -> None:
    plan = decide(CLUB, Request("hand_over", USER, ADMIN), with_buddy(somebody("PASSED", buddy="User-7")))
    assert isinstance(plan, Plan)
    assert [(notice.message, notice.recipients) for notice in plan.notices] == [("give_keys", (BUDDY,))]


def with_buddy(facts: Facts) -> Facts:
    return Facts([*facts.records.values(), Record(BUDDY, 1, {"user_status": "ACTIVE"})], NOW)
