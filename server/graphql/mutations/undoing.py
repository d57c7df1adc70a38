"""Doorway for taking acts back."""

from typing import Annotated

import strawberry

from server.domain.commands import Applied
from server.domain.errors import InputProblemsError
from server.domain.ids import STATUS_CHANGE, MalformedIdError, parse_id
from server.engine.plan import Problem
from server.graphql.context import Info
from server.graphql.mutations.acts import carry_out
from server.graphql.mutations.inputs import ChangeOptions
from server.graphql.mutations.intake import Intake
from server.graphql.mutations.people import INPUT
from server.graphql.types.payloads import TransitionPayload
from server.services.undoing import Undoing

NAMED = {"subject": "statusChangeId", "status_change": "statusChangeId"}
"""What an act of history, and the record it was about, are named by in inputs."""


@strawberry.input(description="An act that is to be taken back.")
class UndoStatusChangeInput:
    """See the description."""

    status_change_id: strawberry.ID = strawberry.field(
        description="The global id of a row of history; the whole act to which it belongs is taken back."
    )
    options: ChangeOptions | None = strawberry.field(
        default=strawberry.UNSET, description="What can accompany every act; the version is that of the act's record."
    )


@strawberry.type(description="Taking acts back.")
class UndoMutation:
    """See the description."""

    @strawberry.mutation(
        description="Takes an act back with all that followed from it, by new rows of history. For whoever may do the "
        "act; refused with every reason when anything that it touched has changed since."
    )
    def undo_status_change(self, info: Info, asked: Annotated[UndoStatusChangeInput, INPUT]) -> TransitionPayload:
        """See the description."""
        context = info.context
        intake = Intake(asked, NAMED)

        def act() -> Applied:
            number = change_number(asked.status_change_id)
            intake.check()
            undoing = Undoing(context.rulebook, lambda: context.now)
            return undoing.undo(context.session, context.caller, number, intake.options(info))

        return carry_out(context, TransitionPayload, "subject", intake, act)


def change_number(given: str) -> int:
    """The number of a row of history by its id. Raises InputProblemsError for what is none."""
    try:
        return parse_id(given, STATUS_CHANGE).number
    except MalformedIdError as error:
        raise InputProblemsError((Problem(("status_change",), str(error)),)) from None
