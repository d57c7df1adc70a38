"""The guide to answers: its examples, taken together, are an overlay that does what it says."""

import re

import pytest

from server.engine.decide import decide, offers
from server.engine.facts import Facts
from server.engine.plan import Plan, Refusal, Request
from server.rules.loader import load_text
from tests.engine.builders import GOODBYE, a_match, edited, pair, persona, two_people
from tests.rules.builders import HERE, SHIPPED

GUIDE = (HERE.parents[1] / "docs" / "rules" / "answers.md").read_text(encoding="utf-8")
OVERLAY = "".join(re.findall(r"^```yaml\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))
LOADED = load_text(SHIPPED.read_text(encoding="utf-8"), "transitions.yaml", {"careful": OVERLAY})
CAREFUL = LOADED.rulesets["careful"]
STAFF = frozenset({"SITE_STAFF"})
OTHER = {**GOODBYE, "close_reason": "OTHER"}


def matched(*more: object) -> Facts:
    return two_people("MATCHED", "MATCHED", a_match(), *more)


def close(answers: dict[str, str], facts: Facts | None = None) -> Plan | Refusal:
    return decide(CAREFUL, Request("close_match", pair(21), STAFF, answers=answers), facts or matched())


def texts(answers: dict[str, str], facts: Facts | None = None) -> list[str]:
    refusal = close(answers, facts)
    assert isinstance(refusal, Refusal)
    return [problem.text for problem in refusal.problems]


def test_the_examples_are_an_overlay_without_mistakes() -> None:
    assert LOADED.diagnostics == ()


def test_the_default_answers_what_nobody_has_answered() -> None:
    plan = close(GOODBYE)
    assert isinstance(plan, Plan)
    assert plan.answers == {**GOODBYE, "tell_partner": "true"}


@pytest.mark.parametrize(
    ("key", "answer", "text"),
    [
        ("meetings", "0", "Whoever never met is not closed but deleted."),
        ("meetings", "61", "More than 60 meetings are hardly right. Please count again."),
        ("last_met", "2026-09-02", "The last meeting cannot lie ahead."),
        ("next_talk", "2026-10-02", "The last talk is due within a month."),
        (
            "other_reason",
            "A long story",
            "Which other reason? is not asked here: it goes with the answer Another reason to "
            '"Why is the match being closed?". Leave it out.',
        ),
        (
            "case_number",
            "AB-1234",
            "Number of the case is not asked here: the situation does not call for it. Leave it out.",
        ),
    ],
)
def test_what_is_wrong_with_an_answer_is_told_in_the_words_of_the_guide(key: str, answer: str, text: str) -> None:
    assert texts({**GOODBYE, key: answer}) == [text]


def test_the_further_question_is_required_with_the_answer_it_goes_with() -> None:
    assert texts(OTHER) == ["Please answer: Which other reason?"]
    assert texts({**OTHER, "other_reason": "Boredom"}) == ["Please write between 10 and 200 characters."]
    assert isinstance(close({**OTHER, "other_reason": "They moved away."}), Plan)


def test_the_number_of_the_case_is_required_of_who_had_a_match_before() -> None:
    again = matched(a_match(20, "CLOSED"))
    assert texts(GOODBYE, again) == ["Please answer: Number of the case"]
    assert texts({**GOODBYE, "case_number": "AB-123"}, again) == ["The number looks like AB-1234."]
    assert isinstance(close({**GOODBYE, "case_number": "AB-1234"}, again), Plan)


def test_several_answers_are_kept_in_the_order_of_the_file_and_one_of_them_is_enough_for_a_question() -> None:
    plan = close({**GOODBYE, "talked_to": "PARENTS,MENTOR", "what_parents_said": "Nothing."})
    assert isinstance(plan, Plan)
    assert plan.answers["talked_to"] == "MENTOR, PARENTS"
    assert texts({**GOODBYE, "talked_to": "MENTOR", "what_parents_said": "Nothing."}) == [
        'What did they say? is not asked here: it goes with the answer The parents to "With whom did you talk?". '
        "Leave it out."
    ]


def asked(facts: Facts) -> dict[str, bool]:
    (button,) = [each for each in offers(CAREFUL, pair(21), STAFF, facts) if each.transition.id == "close_match"]
    assert button.allowed
    return {question.input.key: question.required for question in button.asks}


def test_a_button_tells_the_questions_as_they_are_for_the_record() -> None:
    first = {
        "close_reason": True,
        "close_sub_reason": False,
        "other_reason": False,
        "close_comment": False,
        "staff_opinion": False,
        "mentor_rematch": True,
        "mentee_rematch": True,
        "meetings": False,
        "last_met": False,
        "next_talk": False,
        "talked_to": False,
        "what_parents_said": False,
        "tell_partner": False,
    }
    assert asked(matched()) == first
    assert asked(matched(a_match(20, "CLOSED"))) == {**first, "case_number": True}


def test_an_answer_is_held_against_an_earlier_one_and_against_the_record() -> None:
    met = {**GOODBYE, "last_met": "2026-08-20"}
    assert texts({**met, "next_talk": "2026-08-19"}) == ["The last talk cannot have been before they last met."]
    assert isinstance(close({**met, "next_talk": "2026-08-20"}), Plan)
    assert isinstance(close({**GOODBYE, "next_talk": "2026-08-19"}), Plan)
    placed = matched()
    nowhere = edited(placed, persona(11), values={**placed.records[persona(11)].values, "partner_site": None})
    assert texts({**met, "next_talk": "2026-09-10"}, nowhere) == ["Nobody could lead the talk. Place the mentor first."]


def test_whether_a_question_is_asked_depends_on_a_number_answered_before() -> None:
    assert texts({**GOODBYE, "meetings": "1", "next_talk": "2026-09-10"}) == [
        "When is the last talk? is not asked here: the situation does not call for it. Leave it out."
    ]
    assert isinstance(close({**GOODBYE, "meetings": "2", "next_talk": "2026-09-10"}), Plan)
    assert isinstance(close({**GOODBYE, "next_talk": "2026-09-10"}), Plan)
    assert texts({**GOODBYE, "meetings": "many", "next_talk": "2026-09-10"}) == [
        "How often did they meet? many is not a whole number."
    ]
