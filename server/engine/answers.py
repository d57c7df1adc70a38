"""What was answered, held against what a transition asks."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from itertools import product

from server.engine.plan import Problem
from server.engine.ruleset import Input, Question, Transition

TEXT_LIMIT = 2_000
"""The most characters a text answer may have."""

TRIAL_LIMIT = 256
"""How many combinations of answers an offer tries at the most."""


def answer_problems(transition: Transition, answers: Mapping[str, str]) -> tuple[Problem, ...]:
    """Everything wrong with the answers, in the order of the questions; unknown ones last."""
    questions = {question.input.key: question for question in transition.asks}
    asked = [_problem(question, answers.get(key)) for key, question in questions.items()]
    unknown = [_unknown(key, questions) for key in answers if key not in questions]
    return tuple(problem for problem in (*asked, *unknown) if problem is not None)


def _unknown(key: str, questions: Iterable[str]) -> Problem:
    known = ", ".join(questions)
    hint = f"It asks: {known}." if known else "It asks nothing."
    return Problem(("answers", key), f"There is no question {key} here. {hint}")


def _problem(question: Question, answer: str | None) -> Problem | None:
    asked = question.input
    if answer is None or not answer.strip():
        missing = f"Please answer: {asked.label}{_choices(asked)}"
        return Problem(("answers", asked.key), missing) if question.required else None
    complaint = _CHECKS[asked.type](asked, answer)
    return Problem(("answers", asked.key), f"{asked.label} {complaint}") if complaint else None


def _choices(asked: Input) -> str:
    return f" One of {', '.join(choice.key for choice in asked.choices)}." if asked.choices else ""


def _check_choice(asked: Input, answer: str) -> str | None:
    if any(choice.key == answer for choice in asked.choices):
        return None
    return f"{answer} is not one of the answers.{_choices(asked)}"


def _check_text(_: Input, answer: str) -> str | None:
    return None if len(answer) <= TEXT_LIMIT else f"The answer may have at most {TEXT_LIMIT} characters."


def _check_date(_: Input, answer: str) -> str | None:
    try:
        fine = date.fromisoformat(answer).isoformat() == answer
    except ValueError:
        fine = False
    return None if fine else f"{answer[:40]} is not a date; write it as 2026-09-01."


def _check_integer(_: Input, answer: str) -> str | None:
    digits = answer.removeprefix("-")
    fine = digits.isascii() and digits.isdigit() and len(digits) <= 18  # noqa: PLR2004 - what 64 bits hold
    return None if fine else f"{answer[:40]} is not a whole number."


def _check_boolean(_: Input, answer: str) -> str | None:
    return None if answer in ("true", "false") else f"{answer[:40]} is neither true nor false."


_CHECKS: Mapping[str, Callable[[Input, str], str | None]] = {
    "choice": _check_choice,
    "text": _check_text,
    "date": _check_date,
    "integer": _check_integer,
    "boolean": _check_boolean,
    "reference": _check_text,
}


def trials(transition: Transition, deciding: frozenset[str]) -> list[dict[str, str]]:
    """The combinations of answers that could lead to different outcomes.

    ``deciding``: the inputs that some effect looks at. Past the limit each of them is varied alone.
    """
    options = {
        question.input.key: _possible(question) for question in transition.asks if question.input.key in deciding
    }
    size = 1
    for possible in options.values():
        size *= len(possible)
    if size <= TRIAL_LIMIT:
        combinations: Iterable[tuple[str | None, ...]] = product(*options.values())
    else:
        first = [possible[0] for possible in options.values()]
        combinations = [
            (*first[:index], answer, *first[index + 1 :])
            for index, possible in enumerate(options.values())
            for answer in possible
        ]
    keys = tuple(options)
    return [
        {key: answer for key, answer in zip(keys, combination, strict=True) if answer is not None}
        for combination in combinations
    ]


def _possible(question: Question) -> list[str | None]:
    asked = question.input
    answers: list[str | None] = ["true", "false"] if asked.type == "boolean" else [c.key for c in asked.choices]
    return answers if question.required and answers else [*answers, None]
