"""Answers to the questions that transitions ask, with the words of the rules."""

from collections.abc import Mapping

import strawberry

from server.engine.questions import Input
from server.engine.ruleset import Ruleset as Rules
from server.graphql.visibility import Shown, class_of_answer


@strawberry.type(description="One answer that was given to a question of the rules.")
class Answer:
    """See the description."""

    key: str = strawberry.field(description="The key of the question.")
    label: str = strawberry.field(description="The question.")
    value: str = strawberry.field(description="What was answered; the keys of choices where there are choices.")
    value_label: str = strawberry.field(description="The answer for people.")


def answers_of(rules: Rules, given: Mapping[str, str], record: Shown) -> list[Answer]:
    """The answers in the order of the rules file; questions that it has dropped come last, by their keys.

    Those that the caller may not see on the record whose answers they are, are left out.
    """
    ordered = [key for key in rules.inputs if key in given] + [key for key in given if key not in rules.inputs]
    asked = {key: rules.inputs.get(key) for key in ordered}
    classes = {key: class_of_answer(asked[key]) for key in ordered}
    told = [key for key in ordered if classes[key] <= record.shown()]
    for needed in {classes[key] for key in told}:
        record.show(needed)
    return [_answer(key, asked[key], given[key]) for key in told]


def _answer(key: str, asked: Input | None, value: str) -> Answer:
    if asked is None:
        return Answer(key=key, label=key, value=value, value_label=value)
    return Answer(key=key, label=asked.label, value=value, value_label=asked.shown(value))
