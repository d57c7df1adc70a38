"""Doorways for personas: place them, change their statuses."""

from typing import Annotated

import strawberry

from server.domain.commands import Applied
from server.domain.vocabulary import MATCH_STATUS, PERSONA_STATUS
from server.engine.facts import Kind
from server.graphql.context import Info
from server.graphql.mutations import inputs
from server.graphql.mutations.acts import attempt, carry_out
from server.graphql.mutations.intake import Intake, sent
from server.graphql.mutations.named import TRANSITION_OF
from server.graphql.mutations.people import INPUT
from server.graphql.nodes import Nodes
from server.graphql.types.payloads import PersonaPayload, PlacementPayload
from server.graphql.types.people import Persona

_PERSONA = {"subject": "personaId"}


@strawberry.type(description="Acts on personas.")
class PersonaMutation:
    """See the description."""

    @strawberry.mutation(description="Changes the Persona Status by whichever transition leads to the one wanted.")
    def change_persona_status(
        self, info: Info, asked: Annotated[inputs.ChangePersonaStatusInput, INPUT]
    ) -> PersonaPayload:
        """See the description."""
        return _change_to(info, asked, PERSONA_STATUS)

    @strawberry.mutation(description="Changes the Match Status by whichever transition leads to the one wanted.")
    def change_match_status(self, info: Info, asked: Annotated[inputs.ChangeMatchStatusInput, INPUT]) -> PersonaPayload:
        """See the description."""
        return _change_to(info, asked, MATCH_STATUS)

    @strawberry.mutation(description="Make RTBM: makes a rescreened persona ready to be matched.")
    def make_ready_to_be_matched(
        self, info: Info, asked: Annotated[inputs.PersonaTransitionInput, INPUT]
    ) -> PersonaPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, _PERSONA)

        def act() -> Applied:
            subject, answers = intake.ref("subject", asked.persona_id, Kind.PERSONA), intake.answers(asked.answers)
            intake.check()
            return context.changes.perform(
                context.session,
                context.caller,
                TRANSITION_OF["makeReadyToBeMatched"],
                subject,
                answers=answers,
                options=intake.options(info),
            )

        return carry_out(context, PersonaPayload, "persona", intake, act)

    @strawberry.mutation(description="Puts a persona on a partner site and a mentor site list.")
    def place_persona(self, info: Info, asked: Annotated[inputs.PlacePersonaInput, INPUT]) -> PlacementPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, _PERSONA)

        def act() -> Applied:
            persona = intake.ref("subject", asked.persona_id, Kind.PERSONA)
            intake.check()
            edits = sent(partner_site=asked.partner_site, mentor_site_list=asked.mentor_site_list)
            return context.people.place_persona(context.session, context.caller, persona, edits, intake.options(info))

        done = attempt(context, intake, act)
        if isinstance(done, list):
            return PlacementPayload(user_errors=done)
        placed = Nodes(context).subjects([done.subject]).get(done.subject) if done.subject else None
        return PlacementPayload(persona=placed if isinstance(placed, Persona) else None)


def _change_to(
    info: Info, asked: inputs.ChangePersonaStatusInput | inputs.ChangeMatchStatusInput, machine: str
) -> PersonaPayload:
    context, intake = info.context, Intake(asked, _PERSONA)

    def act() -> Applied:
        subject, answers = intake.ref("subject", asked.persona_id, Kind.PERSONA), intake.answers(asked.answers)
        intake.check()
        return context.changes.perform_to(
            context.session, context.caller, subject, machine, asked.to, answers=answers, options=intake.options(info)
        )

    return carry_out(context, PersonaPayload, "persona", intake, act)
