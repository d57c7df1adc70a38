"""Doorways for people: register, correct, change their status, give them personas."""

from typing import Annotated

import strawberry

from server.domain.commands import Applied, Registration
from server.domain.vocabulary import USER_STATUS
from server.engine.facts import Kind
from server.graphql.context import Info
from server.graphql.mutations import inputs
from server.graphql.mutations.acts import carry_out
from server.graphql.mutations.fields import wanted
from server.graphql.mutations.intake import Intake, given, sent
from server.graphql.mutations.named import EVENT_OF, TRANSITION_OF
from server.graphql.types.payloads import PersonaPayload, UserPayload
from server.services.people import Placement

INPUT = strawberry.argument(name="input", description="What to do, to whom.")
_USER = {"subject": "userId"}


@strawberry.type(description="Acts on people.")
class PeopleMutation:
    """See the description."""

    @strawberry.mutation(
        description="Registers a person with the first persona; somebody known gains one where the rules say so."
    )
    def register_user(self, info: Info, asked: Annotated[inputs.RegisterUserInput, INPUT]) -> UserPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, {"transition": "transition"})
        program = given(asked.program)

        def act() -> Applied:
            answers = intake.answers(given(asked.answers))
            intake.check()
            person = Registration(
                role=asked.role.value,
                name=asked.name,
                email=given(asked.email),
                program=program,
                external_id=given(asked.external_id),
                partner_site=given(asked.partner_site),
                mentor_site_list=given(asked.mentor_site_list),
                transition=given(asked.transition) or TRANSITION_OF["registerUser"],
                answers=answers,
                fields=wanted(given(asked.fields) or ()),
            )
            return context.people.register(context.session, context.caller, person, intake.options(info))

        return carry_out(context, UserPayload, "user", intake, act, program=program)

    @strawberry.mutation(
        description="Reports that a person has finished the application; the platform then moves the User Status on."
    )
    def finish_application(self, info: Info, asked: Annotated[inputs.UserTransitionInput, INPUT]) -> UserPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, _USER)

        def act() -> Applied:
            subject, answers = intake.ref("subject", asked.user_id, Kind.USER), intake.answers(asked.answers)
            intake.check()
            return context.changes.send_event(
                context.session,
                context.caller,
                EVENT_OF["finishApplication"],
                subject,
                answers=answers,
                options=intake.options(info),
            )

        return carry_out(context, UserPayload, "user", intake, act)

    @strawberry.mutation(description="Changes the User Status by whichever transition leads to the one wanted.")
    def change_user_status(self, info: Info, asked: Annotated[inputs.ChangeUserStatusInput, INPUT]) -> UserPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, _USER)

        def act() -> Applied:
            subject, answers = intake.ref("subject", asked.user_id, Kind.USER), intake.answers(asked.answers)
            intake.check()
            return context.changes.perform_to(
                context.session,
                context.caller,
                subject,
                USER_STATUS,
                asked.to,
                answers=answers,
                options=intake.options(info),
            )

        return carry_out(context, UserPayload, "user", intake, act)

    @strawberry.mutation(description="Adds a persona to a person.")
    def add_persona(self, info: Info, asked: Annotated[inputs.AddPersonaInput, INPUT]) -> PersonaPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, _USER)

        def act() -> Applied:
            user = intake.ref("subject", asked.user_id, Kind.USER)
            intake.check()
            return context.people.add_persona(
                context.session,
                context.caller,
                user,
                asked.role.value,
                Placement(given(asked.partner_site), given(asked.mentor_site_list)),
                options=intake.options(info),
            )

        return carry_out(context, PersonaPayload, "persona", intake, act)

    @strawberry.mutation(description="Corrects a person's name, e-mail address or external id.")
    def update_user(self, info: Info, asked: Annotated[inputs.UpdateUserInput, INPUT]) -> UserPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, _USER)

        def act() -> Applied:
            user = intake.ref("subject", asked.user_id, Kind.USER)
            intake.check()
            edits = sent(name=asked.name, email=asked.email, external_id=asked.external_id)
            return context.people.update_user(context.session, context.caller, user, edits, intake.options(info))

        return carry_out(context, UserPayload, "user", intake, act)

    @strawberry.mutation(description="Make RS: gives a person a new persona in rescreening.")
    def make_rescreening(self, info: Info, asked: Annotated[inputs.MakeRescreeningInput, INPUT]) -> PersonaPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, _USER)

        def act() -> Applied:
            subject, answers = intake.ref("subject", asked.user_id, Kind.USER), intake.answers(asked.answers)
            intake.check()
            return context.changes.perform(
                context.session,
                context.caller,
                TRANSITION_OF["makeRescreening"],
                subject,
                role=asked.role.value if asked.role else None,
                answers=answers,
                options=intake.options(info),
            )

        return carry_out(context, PersonaPayload, "persona", intake, act)
