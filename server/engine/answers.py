"""What was answered, held against what a transition asks."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import product

from server.engine.conditions import All, Answered
from server.engine.paths import Scope
from server.engine.plan import Problem
from server.engine.questions import Check, Input, Question
from server.engine.ruleset import Transition
from server.engine.values import BOOLEAN, DATE, INTEGER, is_value, joined, parts_of

TEXT_LIMIT = 2_000
"""The most characters a text answer may have."""

TRIAL_LIMIT = 256
"""How many combinations of answers an offer tries at the most."""


@dataclass(frozen=True, slots=True)
class Form:
    """The questions of one transition, filled in.

    ``answers``: those that count, defaults among them. ``problems``: what is missing or wrong, in the order of the
    questions. ``unwanted``: what answers questions that are not asked here, or nowhere.
    """

    answers: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    unwanted: tuple[Problem, ...] = ()

    @property
    def faults(self) -> tuple[Problem, ...]:
        """All that is wrong with what somebody has sent."""
        return (*self.problems, *self.unwanted)


def fill_in(transition: Transition, scope: Scope) -> Form:
    """Holds the answers of a scope against the questions, one after the other.

    A question is asked where its condition holds. Where that cannot be known it may be answered, and need not be.
    What is no answer of its type counts as none for all that follows.
    """
    given, answers = scope.answers or {}, dict[str, str]()
    problems, unwanted = list[Problem](), list[Problem]()
    for question in transition.asks:
        key, here = question.input.key, replace(scope, answers=answers)
        asked = True if question.condition is None else question.condition.holds(here)
        answer = (given.get(key) or "").strip() and given[key]
        if asked is False:
            unwanted += [_not_asked(question, transition, here)] if answer else []
            continue
        if not answer and asked and question.default is not None:
            answer = question.default
        if answer and misfit(question.input, answer) is None:
            answers[key] = question.input.canonical(answer)
        problems += _problems(question, answer, here, needed=question.required and asked is True)
    known = {question.input.key for question in transition.asks}
    unwanted += [_unknown(key, transition.asks) for key in given if key not in known]
    return Form(answers, tuple(problems), tuple(unwanted))


def asked_of(transition: Transition, scope: Scope) -> tuple[Question, ...]:
    """The questions as they are before anything is answered: all that may be asked, required where that is certain."""
    blank = replace(scope, answers=None)
    verdicts = [(q, True if q.condition is None else q.condition.holds(blank)) for q in transition.asks]
    return tuple(replace(q, required=q.required and asked is True) for q, asked in verdicts if asked is not False)


def _unknown(key: str, questions: Iterable[Question]) -> Problem:
    known = ", ".join(question.input.key for question in questions)
    hint = f"It asks: {known}." if known else "It asks nothing."
    return Problem(("answers", key), f"There is no question {key} here. {hint}")


def _not_asked(question: Question, transition: Transition, scope: Scope) -> Problem:
    """Says why: which answer to an earlier question it goes with, if it is only that."""
    whole = question.condition
    parts = whole.parts if isinstance(whole, All) else (whole,)
    missing = [part for part in parts if part is not None and part.holds(scope) is False]
    inputs = {each.input.key: each.input for each in transition.asks}
    told = [_goes_with(inputs[part.key], part) for part in missing if isinstance(part, Answered) and part.key in inputs]
    why = f"it goes with {', and '.join(told)}" if len(told) == len(missing) else "the situation does not call for it"
    return Problem(("answers", question.input.key), f"{question.input.label} is not asked here: {why}. Leave it out.")


def _goes_with(asked: Input, condition: Answered) -> str:
    labels = {choice.key: choice.label for choice in asked.choices} or {"true": "yes", "false": "no"}
    wanted = " or ".join(label for key, label in labels.items() if key in condition.values)
    return f'the answer {wanted} to "{asked.label}"' if wanted else f'an answer to "{asked.label}"'


def _problems(question: Question, answer: str | None, scope: Scope, *, needed: bool) -> list[Problem]:
    asked = question.input
    if not answer:
        missing = Problem(("answers", asked.key), f"Please answer: {asked.label}{_choices(asked)}")
        return [missing] if needed else []
    return [Problem(("answers", asked.key), text) for text in complaints(asked, answer, scope, question.checks)]


def misfit(asked: Input, answer: str) -> str | None:
    """Why an answer is none of the type of its question."""
    complaint = _CHECKS[asked.type](asked, answer)
    return f"{asked.label} {complaint}" if complaint else None


def complaints(asked: Input, answer: str, scope: Scope | None, checks: Iterable[Check] = ()) -> list[str]:
    """What is wrong with an answer: its type or, that being right, each check it does not pass.

    ``scope``: where it is given, with the answers so far and this one. ``checks``: those beside the question's own.
    """
    complaint = misfit(asked, answer)
    if complaint:
        return [complaint]
    return [check.otherwise for check in (*asked.checks, *checks) if not check.passes(asked.type, answer, scope)]


def _choices(asked: Input) -> str:
    word = "Any" if asked.several else "One"
    return f" {word} of {', '.join(choice.key for choice in asked.choices)}." if asked.choices else ""


def _check_choice(asked: Input, answer: str) -> str | None:
    known = {choice.key for choice in asked.choices}
    given = parts_of(answer) if asked.several else (answer,)
    wrong = [part for part in given if part not in known]
    if given and not wrong:
        return None
    return f"{joined(wrong) or answer} is not one of the answers.{_choices(asked)}"


def _check_text(_: Input, answer: str) -> str | None:
    return None if len(answer) <= TEXT_LIMIT else f"The answer may have at most {TEXT_LIMIT} characters."


def _check_value(asked: Input, answer: str) -> str | None:
    return None if is_value(asked.type, answer) else f"{answer[:40]} {_MISFITS[asked.type]}"


_MISFITS = {
    DATE: "is not a date; write it as 2026-09-01.",
    INTEGER: "is not a whole number.",
    BOOLEAN: "is neither true nor false.",
}


_CHECKS: Mapping[str, Callable[[Input, str], str | None]] = {
    "choice": _check_choice,
    "text": _check_text,
    **dict.fromkeys(_MISFITS, _check_value),
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


_ANY = {"text": "-", INTEGER: "0", DATE: "2000-01-01"}
"""Some answer of each type that has no list of them: whether there is one may be all that a condition asks."""


def _possible(question: Question) -> list[str | None]:
    asked = question.input
    if asked.type in _ANY:  # one of many: that it is refused says nothing of the others, so none is tried as well
        return [_ANY[asked.type], None]
    answers: list[str | None] = ["true", "false"] if asked.type == BOOLEAN else [c.key for c in asked.choices]
    if asked.several:  # each alone, and all together
        answers.append(joined(choice.key for choice in asked.choices))
    return answers if question.required and answers else [*answers, None]
