"""Doorways for what happens by itself: events that are reported, and what has fallen due."""

from typing import Annotated

import strawberry

from server.domain.commands import Applied
from server.graphql.arguments import asked as answered
from server.graphql.context import Info
from server.graphql.inputs import ProgramKey
from server.graphql.mutations import inputs
from server.graphql.mutations.acts import carry_out
from server.graphql.mutations.intake import Intake
from server.graphql.mutations.people import INPUT
from server.graphql.nodes import Nodes
from server.graphql.types.history import StatusChange
from server.graphql.types.payloads import TransitionPayload


@strawberry.type(description="What happens by itself.")
class TimeMutation:
    """See the description."""

    @strawberry.mutation(
        description="Reports that something has happened to a record; the platform then does what the rules say."
    )
    def send_event(self, info: Info, asked: Annotated[inputs.SendEventInput, INPUT]) -> TransitionPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, {"subject": "subjectId"})

        def act() -> Applied:
            subject, answers = intake.ref("subject", asked.subject_id), intake.answers(asked.answers)
            intake.check()
            return context.changes.send_event(
                context.session, context.caller, asked.event, subject, answers=answers, options=intake.options(info)
            )

        return carry_out(context, TransitionPayload, "subject", intake, act)

    @strawberry.mutation(
        description="Runs what is due now and lists what changed; at most 1,000 acts, so call it until it lists none. "
        "For whoever may (`run_due` in the rules), on the records they reach. A serving process does so by itself."
    )
    def run_due(self, info: Info, program: ProgramKey = strawberry.UNSET) -> list[StatusChange]:
        """See the description."""
        context = info.context
        ran = answered(lambda: context.timetable.run(context.session, context.caller, program or None))
        return Nodes(context).changes(ran.changes)
