"""Doorway for putting notes and answers of history right."""

from typing import Annotated

import strawberry

from server.domain.commands import Applied
from server.graphql.context import Info
from server.graphql.mutations.acts import carry_out
from server.graphql.mutations.inputs import AnswerInput, ChangeOptions
from server.graphql.mutations.intake import Intake, given
from server.graphql.mutations.people import INPUT
from server.graphql.mutations.undoing import NAMED, change_number
from server.graphql.types.payloads import TransitionPayload
from server.services.correcting import Correcting, Words


@strawberry.input(description="What an act of history is to say instead. null takes something away; absent keeps it.")
class CorrectStatusChangeInput:
    """See the description."""

    status_change_id: strawberry.ID = strawberry.field(
        description="The global id of a row of history; note and answers are those of its whole act."
    )
    note: str | None = strawberry.field(default=strawberry.UNSET, description="The note as it should have been.")
    answers: list[AnswerInput] | None = strawberry.field(
        default=strawberry.UNSET, description="The answers that were wrong, as they should have been."
    )
    options: ChangeOptions | None = strawberry.field(
        default=strawberry.UNSET,
        description="What can accompany every act: its note says why; the version is that of the act's record.",
    )


@strawberry.type(description="Putting notes and answers right.")
class CorrectMutation:
    """See the description."""

    @strawberry.mutation(
        description="Corrects the note or the answers of an act, with a trace: history keeps what was there before, "
        "who corrected it, when and why. It moves no status; an answer on which something depended stands."
    )
    def correct_status_change(self, info: Info, asked: Annotated[CorrectStatusChangeInput, INPUT]) -> TransitionPayload:
        """See the description."""
        context = info.context
        intake = Intake(asked, NAMED)

        def act() -> Applied:
            number = change_number(asked.status_change_id)
            taken = {each.key: "" for each in given(asked.answers) or () if given(each.value) is None}
            answers = {**taken, **intake.answers(given(asked.answers))}
            intake.check()
            words = Words(given(asked.note), asked.note is not strawberry.UNSET, answers)
            correcting = Correcting(context.rulebook, lambda: context.now)
            return correcting.correct(context.session, context.caller, number, words, intake.options(info))

        return carry_out(context, TransitionPayload, "subject", intake, act)
