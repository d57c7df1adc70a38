"""Doorway for fields: what a program wants to know of its records, set by hand."""

from collections.abc import Sequence
from typing import Annotated

import strawberry

from server.domain.commands import Applied
from server.domain.errors import InputProblemsError
from server.engine.plan import Problem
from server.graphql.context import Info
from server.graphql.mutations import inputs
from server.graphql.mutations.acts import carry_out
from server.graphql.mutations.intake import Intake
from server.graphql.types.payloads import TransitionPayload


@strawberry.type(description="Acts on fields.")
class FieldMutation:
    """See the description."""

    @strawberry.mutation(description="Sets fields that the rules declare, on one record.")
    def update_fields(
        self,
        info: Info,
        asked: Annotated[
            inputs.UpdateFieldsInput, strawberry.argument(name="input", description="What to set, on which record.")
        ],
    ) -> TransitionPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, {"subject": "subjectId"})

        def act() -> Applied:
            subject = intake.ref("subject", asked.subject_id)
            intake.check()
            wishes = wanted(asked.fields)
            return context.fields.update(context.session, context.caller, subject, wishes, intake.options(info))

        return carry_out(context, TransitionPayload, "subject", intake, act)


def wanted(given: Sequence[inputs.FieldInput]) -> dict[str, tuple[str, ...]]:
    """What fields are to hold, by key. Raises InputProblemsError where one is given twice, or in two ways."""
    found: dict[str, tuple[str, ...]] = {}
    problems = []
    for one in given:
        several = None if one.values is strawberry.UNSET else one.values
        single = None if one.value is strawberry.UNSET else one.value
        if one.key in found or (several is not None and single is not None):
            text = f"{one.key} is given twice. Give it once, as value or as values."
            problems.append(Problem(("fields", one.key), text))
        found[one.key] = tuple(several) if several is not None else (() if single is None else (single,))
    if problems:
        raise InputProblemsError(tuple(problems))
    return found
