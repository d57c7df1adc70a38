from dataclasses import replace

import pytest

from server.engine.answers import TEXT_LIMIT, TRIAL_LIMIT, answer_problems, trials
from server.engine.plan import Problem
from server.engine.ruleset import Choice, Input, Question, Transition
from tests.engine.flow import FLOW
from tests.engine.words import a_transition

CLOSE = FLOW.transitions["close_match"]
FORM = {"close_reason": "LENGTH", "mentor_rematch": "YES", "mentee_rematch": "NO"}


def asking(*inputs: Input, required: bool = True) -> Transition:
    questions = tuple(Question(asked, required) for asked in inputs)
    return a_transition("note", "user_status", "Note", "ACTIVE", "ACTIVE", asks=questions)


def texts(transition: Transition, **answers: str) -> list[str]:
    return [problem.text for problem in answer_problems(transition, answers)]


def test_a_complete_form_has_no_problems() -> None:
    assert answer_problems(CLOSE, FORM) == ()


def test_every_problem_is_told_in_the_order_of_the_questions_and_unknown_ones_last() -> None:
    sent = {"colour": "blue", "mentee_rematch": "PERHAPS", "mentor_rematch": " "}
    assert answer_problems(CLOSE, sent) == (
        Problem(
            ("answers", "close_reason"),
            "Please answer: Why is the match being closed? One of LENGTH, MENTEE_INITIATED, MENTOR_INITIATED, OTHER.",
        ),
        Problem(
            ("answers", "mentor_rematch"),
            "Please answer: Will the mentor continue? One of YES, MAYBE, NO, NO_ANSWER.",
        ),
        Problem(
            ("answers", "mentee_rematch"),
            "Will the mentee continue? PERHAPS is not one of the answers. One of YES, MAYBE, NO, NO_ANSWER.",
        ),
        Problem(
            ("answers", "colour"),
            "There is no question colour here. It asks: close_reason, mentor_rematch, mentee_rematch.",
        ),
    )


def test_a_choice_is_taken_as_it_is_written() -> None:
    assert len(answer_problems(CLOSE, {**FORM, "mentor_rematch": "yes"})) == 1


def test_what_asks_nothing_says_so() -> None:
    assert texts(FLOW.transitions["activate"], colour="blue") == ["There is no question colour here. It asks nothing."]


def test_an_optional_question_may_stay_unanswered_but_not_be_answered_wrongly() -> None:
    optional = asking(FLOW.inputs["close_reason"], required=False)
    assert texts(optional) == []
    assert texts(optional, close_reason="") == []
    assert len(texts(optional, close_reason="BORED")) == 1


def test_a_required_question_without_choices_is_asked_for_by_its_label() -> None:
    assert texts(asking(Input("why", "Why?", "text"))) == ["Please answer: Why?"]


@pytest.mark.parametrize(
    ("kind", "fine", "wrong", "complaint"),
    [
        (
            "text",
            ["anything", "x" * TEXT_LIMIT],
            ["x" * (TEXT_LIMIT + 1)],
            "Q The answer may have at most 2000 characters.",
        ),
        ("reference", ["LINCOLN"], ["x" * (TEXT_LIMIT + 1)], "Q The answer may have at most 2000 characters."),
        ("date", ["2026-09-01"], ["2026-13-01"], "Q 2026-13-01 is not a date; write it as 2026-09-01."),
        ("date", ["2024-02-29"], ["20260901"], "Q 20260901 is not a date; write it as 2026-09-01."),
        ("date", ["0001-01-01"], ["2026-W36-2"], "Q 2026-W36-2 is not a date; write it as 2026-09-01."),
        ("date", [], ["soon" * 20], f"Q {'soon' * 10} is not a date; write it as 2026-09-01."),
        ("integer", ["0", "-7", "9" * 18], ["1.5"], "Q 1.5 is not a whole number."),
        ("integer", [], ["9" * 19], f"Q {'9' * 19} is not a whole number."),
        ("integer", [], ["--1"], "Q --1 is not a whole number."),
        ("integer", [], ["-"], "Q - is not a whole number."),
        ("integer", [], ["\u0663"], "Q \u0663 is not a whole number."),
        ("boolean", ["true", "false"], ["yes"], "Q yes is neither true nor false."),
    ],
)
def test_each_type_of_answer_has_its_check(kind: str, fine: list[str], wrong: list[str], complaint: str) -> None:
    transition = asking(Input("q", "Q", kind))
    assert [texts(transition, q=answer) for answer in fine] == [[] for _ in fine]
    assert [texts(transition, q=answer) for answer in wrong] == [[complaint]]


def test_without_deciding_inputs_there_is_one_trial_with_no_answers() -> None:
    assert trials(CLOSE, frozenset()) == [{}]


def test_every_combination_of_the_deciding_choices_is_tried() -> None:
    tried = trials(CLOSE, frozenset({"mentor_rematch", "mentee_rematch"}))
    assert len(tried) == 16
    assert tried[0] == {"mentor_rematch": "YES", "mentee_rematch": "YES"}
    assert tried[-1] == {"mentor_rematch": "NO_ANSWER", "mentee_rematch": "NO_ANSWER"}


def test_no_answer_is_tried_where_none_is_needed() -> None:
    yes_no = asking(Input("sure", "Sure?", "boolean"), required=False)
    assert trials(yes_no, frozenset({"sure"})) == [{"sure": "true"}, {"sure": "false"}, {}]
    assert trials(asking(Input("sure", "Sure?", "boolean")), frozenset({"sure"})) == [
        {"sure": "true"},
        {"sure": "false"},
    ]


def test_a_free_text_is_left_out_of_the_trials() -> None:
    assert trials(asking(Input("why", "Why?", "text")), frozenset({"why"})) == [{}]


def test_past_the_limit_each_answer_is_varied_alone() -> None:
    choices = tuple(Choice(f"C{number}", "") for number in range(10))
    many = [replace(FLOW.inputs["close_reason"], key=f"q{number}", choices=choices) for number in range(3)]
    tried = trials(asking(*many), frozenset({"q0", "q1", "q2"}))
    assert len(tried) == 30 < TRIAL_LIMIT
    assert {"q0": "C9", "q1": "C0", "q2": "C0"} in tried
    assert {"q0": "C0", "q1": "C0", "q2": "C9"} in tried
    assert {"q0": "C1", "q1": "C1", "q2": "C0"} not in tried
