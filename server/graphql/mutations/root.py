"""The root of all changes."""

from typing import Annotated

import strawberry

from server.domain.commands import Applied
from server.graphql.context import Info
from server.graphql.mutations import inputs
from server.graphql.mutations.acts import attempt, carry_out
from server.graphql.mutations.bulk import BulkMutation
from server.graphql.mutations.correcting import CorrectMutation
from server.graphql.mutations.fields import FieldMutation
from server.graphql.mutations.intake import Intake, given
from server.graphql.mutations.matches import MatchMutation
from server.graphql.mutations.people import INPUT, PeopleMutation
from server.graphql.mutations.personas import PersonaMutation
from server.graphql.mutations.time import TimeMutation
from server.graphql.mutations.tokens import TokenMutation
from server.graphql.mutations.undoing import UndoMutation
from server.graphql.nodes import Nodes
from server.graphql.types.payloads import SitePayload, TransitionPayload
from server.graphql.types.programs import Site


@strawberry.type(description="Everything that can be changed. Whatever is refused writes nothing and says why.")
class Mutation(
    PeopleMutation,
    PersonaMutation,
    MatchMutation,
    FieldMutation,
    TokenMutation,
    TimeMutation,
    BulkMutation,
    UndoMutation,
    CorrectMutation,
):
    """See the description."""

    @strawberry.mutation(description="Adds a partner site to a program.")
    def add_site(self, info: Info, asked: Annotated[inputs.AddSiteInput, INPUT]) -> SitePayload:
        """See the description."""
        context, intake = info.context, Intake(asked, {})

        def act() -> Site:
            intake.check()
            program = given(asked.program)
            row = context.people.add_site(context.session, context.caller, program, asked.key, asked.name)
            return Nodes(context).sites([row])[0]

        done = attempt(context, intake, act)
        return SitePayload(user_errors=done) if isinstance(done, list) else SitePayload(site=done)

    @strawberry.mutation(description="Carries out any transition of the rules on any record.")
    def perform_transition(
        self, info: Info, asked: Annotated[inputs.PerformTransitionInput, INPUT]
    ) -> TransitionPayload:
        """See the description."""
        context = info.context
        intake = Intake(asked, {"subject": "subjectId", "partner": "partnerId", "transition": "transition"})

        def act() -> Applied:
            subject = intake.ref("subject", asked.subject_id)
            partner = intake.ref("partner", asked.partner_id) if asked.partner_id else None
            answers = intake.answers(asked.answers)
            intake.check()
            return context.changes.perform(
                context.session,
                context.caller,
                asked.transition,
                subject,
                partner=partner,
                role=asked.role.value if asked.role else None,
                answers=answers,
                options=intake.options(info),
            )

        return carry_out(context, TransitionPayload, "subject", intake, act)
