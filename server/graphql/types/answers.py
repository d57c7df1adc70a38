"""Answers to the questions that transitions ask, with the words of the rules."""

from collections.abc import Mapping

import strawberry

from server.engine.ruleset import Input
from server.engine.ruleset import Ruleset as Rules


@strawberry.type(description="One answer that was given to a question of the rules.")
class Answer:
    """See the description."""

    key: str = strawberry.field(description="The key of the question.")
    label: str = strawberry.field(description="The question.")
    value: str = strawberry.field(description="What was answered; the key of the choice where there are choices.")
    value_label: str = strawberry.field(description="The answer for people.")


def answers_of(rules: Rules, given: Mapping[str, str]) -> list[Answer]:
    """The answers in the order of the rules file; questions that it has dropped come last, by their keys."""
    ordered = [key for key in rules.inputs if key in given] + [key for key in given if key not in rules.inputs]
    return [_answer(key, rules.inputs.get(key), given[key]) for key in ordered]


def _answer(key: str, asked: Input | None, value: str) -> Answer:
    if asked is None:
        return Answer(key=key, label=key, value=value, value_label=value)
    labels = {choice.key: choice.label for choice in asked.choices}
    return Answer(key=key, label=asked.label, value=value, value_label=labels.get(value, value))
