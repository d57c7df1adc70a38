from collections.abc import Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from server.engine.answers import TEXT_LIMIT, TRIAL_LIMIT, Form, asked_of, fill_in, misfit, trials
from server.engine.conditions import Condition, Not
from server.engine.facts import Facts, Situation
from server.engine.paths import Path, Scope
from server.engine.patterns import parse_pattern
from server.engine.plan import Problem
from server.engine.questions import Check, Choice, Input, Question
from server.engine.ruleset import Transition
from server.engine.values import Answer, AnswerIs, Compare, Constant, Now, ValueOf
from tests.engine.builders import NOW, a_match, a_persona, a_user
from tests.engine.flow import FLOW
from tests.engine.words import a_transition, answered, every, is_

CLOSE = FLOW.transitions["close_match"]
ZONES = ZoneInfo("Europe/Vienna"), ZoneInfo("UTC")
TODAY = Now("date", ZONES[1])
FORM = {"close_reason": "LENGTH", "mentor_rematch": "YES", "mentee_rematch": "NO"}


def asking(*inputs: Input, required: bool = True) -> Transition:
    questions = tuple(Question(asked, required) for asked in inputs)
    return a_transition("note", "user_status", "Note", "ACTIVE", "ACTIVE", asks=questions)


def filled(transition: Transition, answers: Mapping[str, str]) -> Form:
    record = a_user()
    return fill_in(transition, Scope(Situation(Facts([record], NOW)), record, record, answers=answers))


def texts(transition: Transition, **answers: str) -> list[str]:
    return [problem.text for problem in filled(transition, answers).faults]


def test_a_complete_form_has_no_problems() -> None:
    assert filled(CLOSE, FORM) == Form(FORM)


def test_every_problem_is_told_in_the_order_of_the_questions_and_unknown_ones_last() -> None:
    sent = {"colour": "blue", "mentee_rematch": "PERHAPS", "mentor_rematch": " "}
    assert filled(CLOSE, sent).faults == (
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
    assert len(filled(CLOSE, {**FORM, "mentor_rematch": "yes"}).faults) == 1


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


@pytest.mark.parametrize("kind", ["text", "integer", "date"])
def test_of_answers_without_number_one_is_tried_and_none(kind: str) -> None:
    asked = Input("why", "Why?", kind)
    (some, none) = trials(asking(asked), frozenset({"why"}))
    assert misfit(asked, some["why"]) is None
    assert none == {}


def test_a_record_that_is_only_named_is_left_out_of_the_trials() -> None:
    assert trials(asking(Input("whom", "Whom?", "reference")), frozenset({"whom"})) == [{}]


def test_past_the_limit_each_answer_is_varied_alone() -> None:
    choices = tuple(Choice(f"C{number}", "") for number in range(10))
    many = [replace(FLOW.inputs["close_reason"], key=f"q{number}", choices=choices) for number in range(3)]
    tried = trials(asking(*many), frozenset({"q0", "q1", "q2"}))
    assert len(tried) == 30 < TRIAL_LIMIT
    assert {"q0": "C9", "q1": "C0", "q2": "C0"} in tried
    assert {"q0": "C0", "q1": "C0", "q2": "C9"} in tried
    assert {"q0": "C1", "q1": "C1", "q2": "C0"} not in tried


@pytest.mark.parametrize(
    ("kind", "check", "fine", "wrong"),
    [
        ("integer", Check("C", "No.", least=Constant("1"), most=Constant("40")), ["1", "9", "40"], ["0", "-3", "41"]),
        (
            "date",
            Check("C", "No.", least=Constant("2026-01-01"), most=TODAY),
            ["2026-01-01", "2026-09-01"],
            ["2026-09-02"],
        ),
        ("date", Check("C", "No.", least=TODAY), ["2026-09-01", "2027-01-01"], ["2026-08-31"]),
        ("text", Check("C", "No.", shortest=3, longest=5), ["abc", "abcde", " abc "], ["ab", "abcdef", " ab  "]),
        (
            "text",
            Check("C", "No.", pattern=parse_pattern("[A-Z]{2}-?[0-9]+")),
            ["AB1", "AB-12"],
            ["AB", "xAB1", "AB1x"],
        ),
    ],
)
def test_what_an_answer_must_be_like_is_told_in_the_words_of_its_check(
    kind: str, check: Check, fine: list[str], wrong: list[str]
) -> None:
    transition = asking(Input("q", "Q", kind, checks=(check,)))
    assert [texts(transition, q=answer) for answer in fine] == [[] for _ in fine]
    assert [texts(transition, q=answer) for answer in wrong] == [["No."] for _ in wrong]


def test_every_check_that_is_not_passed_is_told_but_none_when_the_type_is_wrong() -> None:
    checks = (
        Check("LOW", "Too low.", least=Constant("5")),
        Check("HIGH", "Too high.", most=Constant("9")),
        Check("ODD", "Odd.", most=Constant("3")),
    )
    transition = asking(Input("q", "Q", "integer", checks=checks))
    assert texts(transition, q="4") == ["Too low.", "Odd."]
    assert texts(transition, q="four") == ["Q four is not a whole number."]


def test_today_is_the_day_by_the_calendar_of_the_program() -> None:
    late = NOW.replace(hour=22, minute=30)
    record = a_user()
    scope = Scope(Situation(Facts([record], late)), record, record, answers={"q": "2026-09-02"})
    there, here = (
        asking(Input("q", "Q", "date", checks=(Check("C", "No.", most=Now("date", zone)),))) for zone in ZONES
    )
    assert fill_in(there, scope).faults == ()
    assert [problem.text for problem in fill_in(here, scope).faults] == ["No."]


def further(condition: Condition, *, required: bool = True, default: str | None = None) -> Transition:
    """A reason, and a text that is asked besides under a condition."""
    reason = Question(FLOW.inputs["close_reason"], True)
    more = Question(Input("more", "Which one?", "text"), required, condition, default)
    return a_transition("note", "user_status", "Note", "ACTIVE", "ACTIVE", asks=(reason, more))


OTHER = answered("close_reason", "OTHER", "LENGTH")


def test_a_question_is_required_only_where_its_condition_holds() -> None:
    assert texts(further(OTHER), close_reason="OTHER") == ["Please answer: Which one?"]
    assert texts(further(OTHER), close_reason="OTHER", more="That one") == []
    assert texts(further(OTHER), close_reason="MENTEE_INITIATED") == []


def test_an_answer_to_a_question_that_is_not_asked_is_refused_with_the_answer_it_goes_with() -> None:
    form = filled(further(OTHER), {"close_reason": "MENTEE_INITIATED", "more": "That one"})
    wanted = "Formal closure based on length of match or Another reason"
    why = f'it goes with the answer {wanted} to "Why is the match being closed?"'
    assert form.unwanted == (Problem(("answers", "more"), f"Which one? is not asked here: {why}. Leave it out."),)
    assert form.answers == {"close_reason": "MENTEE_INITIATED"}


def test_an_answer_that_the_situation_does_not_call_for_is_refused() -> None:
    told = "Which one? is not asked here: the situation does not call for it. Leave it out."
    both = every(OTHER, is_("user_status", "INACTIVE_PAUSED"))
    assert texts(further(both), close_reason="OTHER", more="That one") == [told]
    assert texts(further(is_("user_status", "ACTIVE")), close_reason="OTHER", more="That one") == []


def test_a_blank_answer_to_a_question_that_is_not_asked_is_no_answer() -> None:
    assert texts(further(OTHER), close_reason="MENTEE_INITIATED", more=" ") == []


def test_where_nobody_can_know_whether_it_is_asked_it_may_be_answered() -> None:
    unknown = is_("partner.match_status", "RTBM")
    offered = a_transition("note", "match_status", "Note", "RTBM", "RTBM", asks=further(unknown).asks)
    pair = a_match()
    scope = Scope(Situation(Facts([a_user(), a_persona(), pair], NOW)), a_persona(), a_persona())
    assert fill_in(offered, replace(scope, answers={"close_reason": "OTHER"})).faults == ()
    assert fill_in(offered, replace(scope, answers={"close_reason": "OTHER", "more": "x"})).faults == ()


def test_what_is_not_answered_is_answered_by_the_default_where_it_is_asked() -> None:
    quiet = further(OTHER, required=False, default="none")
    assert filled(quiet, {"close_reason": "OTHER"}) == Form({"close_reason": "OTHER", "more": "none"})
    assert filled(quiet, {"close_reason": "OTHER", "more": "x"}).answers["more"] == "x"
    assert filled(quiet, {"close_reason": "MENTEE_INITIATED"}).answers == {"close_reason": "MENTEE_INITIATED"}


def test_before_anything_is_answered_what_may_be_asked_is_there_and_required_only_where_that_is_certain() -> None:
    record = a_user()
    scope = Scope(Situation(Facts([record], NOW)), record, record)

    def keys(condition: Condition) -> list[tuple[str, bool]]:
        return [(q.input.key, q.required) for q in asked_of(further(condition), scope)]

    assert keys(OTHER) == [("close_reason", True), ("more", False)]
    assert keys(is_("user_status", "ACTIVE")) == [("close_reason", True), ("more", True)]
    assert keys(is_("user_status", "INACTIVE_PAUSED")) == [("close_reason", True)]


SEVERAL = Input("days", "Which days?", "choice", (Choice("MON", "Monday"), Choice("TUE", "Tuesday")), several=True)


def test_several_answers_are_kept_once_each_and_in_the_order_of_the_choices() -> None:
    assert filled(asking(SEVERAL), {"days": "TUE,MON, TUE"}) == Form({"days": "MON, TUE"})
    assert SEVERAL.shown("MON, TUE") == "Monday, Tuesday"


@pytest.mark.parametrize(("answer", "wrong"), [("MON, SUN,SAT", "SUN, SAT"), (",", ","), ("mon", "mon")])
def test_of_several_answers_those_that_are_none_are_named(answer: str, wrong: str) -> None:
    assert texts(asking(SEVERAL), days=answer) == [f"Which days? {wrong} is not one of the answers. Any of MON, TUE."]


def test_what_needs_several_answers_is_asked_for_with_all_of_them() -> None:
    assert texts(asking(SEVERAL)) == ["Please answer: Which days? Any of MON, TUE."]


def test_several_answers_are_tried_each_alone_and_all_together() -> None:
    tried = trials(asking(SEVERAL), frozenset({"days"}))
    assert tried == [{"days": "MON"}, {"days": "TUE"}, {"days": "MON, TUE"}]


def test_a_condition_holds_if_any_of_several_answers_is_among_its_values() -> None:
    record = a_user()
    scope = Scope(Situation(Facts([record], NOW)), record, record, answers={"days": "MON, TUE"})
    assert answered("days", "TUE", "WED").holds(scope) is True
    assert answered("days", "WED").holds(scope) is False


FIRST = Answer("first")
STARTED = Path("this.started", "this", value="started")


def between(*checks: Check, started: str | None = "2026-03-01", **answers: str) -> list[str]:
    """A first and a last day, the last with these checks, asked of somebody who started then."""
    asks = (
        Question(Input("first", "First day", "date"), False),
        Question(Input("last", "Last day", "date"), False, checks=checks),
    )
    transition = a_transition("note", "user_status", "Note", "ACTIVE", "ACTIVE", asks=asks)
    record = replace(a_user(), values={"started": started})
    scope = Scope(Situation(Facts([record], NOW)), record, record, answers=answers)
    return [problem.text for problem in fill_in(transition, scope).faults]


def test_an_answer_is_held_against_a_field_of_the_record() -> None:
    check = Check("LATER", "Not before the start.", least=ValueOf(STARTED))
    assert between(check, last="2026-02-28") == ["Not before the start."]
    assert between(check, last="2026-03-01") == []
    assert between(check, last="2026-02-28", started=None) == []


def test_an_answer_is_held_against_another_answer_as_far_as_there_is_one() -> None:
    check = Check("ORDER", "The last day is before the first.", that=AnswerIs("last", "not_before", FIRST, "date"))
    assert between(check, first="2026-05-02", last="2026-05-01") == ["The last day is before the first."]
    assert between(check, first="2026-05-02", last="2026-05-02") == []
    assert between(check, last="2026-05-01") == ["The last day is before the first."]


def test_what_is_no_date_is_compared_with_nothing_and_told_once() -> None:
    check = Check("ORDER", "The last day is before the first.", least=FIRST)
    assert between(check, first="soon", last="2026-05-01") == ["First day soon is not a date; write it as 2026-09-01."]
    assert filled(asking(Input("q", "Q", "integer")), {"q": "many"}).answers == {}


def test_what_holds_of_the_record_can_be_asked_with_an_answer() -> None:
    check = Check("NOT_YET", "Nobody leaves before they started.", that=Compare(STARTED, "not_after", TODAY, "date"))
    assert between(check, last="2026-05-01", started="2027-01-01") == ["Nobody leaves before they started."]
    assert between(check, last="2026-05-01") == []
    assert between(check, started="2027-01-01") == []


def test_whether_there_is_an_answer_can_be_asked_of_every_type() -> None:
    given, missing = further(answered("close_reason")), further(Not(answered("close_reason")))
    assert texts(given, close_reason="OTHER") == ["Please answer: Which one?"]
    form = filled(missing, {"close_reason": "OTHER", "more": "That one"})
    assert [each.path for each in form.unwanted] == [("answers", "more")]
