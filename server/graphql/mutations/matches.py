"""Doorways for matches: make one, close it, open it again, take it back."""

from typing import Annotated

import strawberry

from server.domain.commands import Applied
from server.domain.vocabulary import MENTOR
from server.engine.facts import Kind
from server.graphql.context import Info
from server.graphql.mutations import inputs
from server.graphql.mutations.acts import carry_out
from server.graphql.mutations.intake import Intake
from server.graphql.mutations.named import TRANSITION_OF
from server.graphql.mutations.people import INPUT
from server.graphql.types.payloads import MatchPayload

_MATCH = {"subject": "matchId"}
_CLOSING_FORM = {
    "close_reason": "closeReason",
    "mentor_rematch": "mentorRematch",
    "mentee_rematch": "menteeRematch",
}
"""The answers of the closing form that have an argument of their own."""


@strawberry.type(description="Acts on matches.")
class MatchMutation:
    """See the description."""

    @strawberry.mutation(description="Matches a mentor's persona with a mentee's.")
    def match_personas(self, info: Info, asked: Annotated[inputs.MatchPersonasInput, INPUT]) -> MatchPayload:
        """See the description."""
        context = info.context
        intake = Intake(asked, {"subject": "mentorPersonaId", "partner": "menteePersonaId"})

        def act() -> Applied:
            mentor = intake.ref("subject", asked.mentor_persona_id, Kind.PERSONA)
            mentee = intake.ref("partner", asked.mentee_persona_id, Kind.PERSONA)
            answers = intake.answers(asked.answers)
            intake.check()
            return context.changes.perform(
                context.session,
                context.caller,
                TRANSITION_OF["matchPersonas"],
                mentor,
                partner=mentee,
                role=MENTOR,
                answers=answers,
                options=intake.options(info),
            )

        return carry_out(context, MatchPayload, "match", intake, act)

    @strawberry.mutation(
        description="Closes a match with the closing form; whoever wants to go on gets a new persona in rescreening."
    )
    def close_match(self, info: Info, asked: Annotated[inputs.CloseMatchInput, INPUT]) -> MatchPayload:
        """See the description."""
        context, intake = info.context, Intake(asked, _MATCH, _CLOSING_FORM)
        named = {key: getattr(asked, key) for key in _CLOSING_FORM}

        def act() -> Applied:
            subject, answers = intake.ref("subject", asked.match_id, Kind.PAIR), intake.answers(asked.answers, named)
            intake.check()
            return context.changes.perform(
                context.session,
                context.caller,
                TRANSITION_OF["closeMatch"],
                subject,
                answers=answers,
                options=intake.options(info),
            )

        return carry_out(context, MatchPayload, "match", intake, act)

    @strawberry.mutation(description="Opens a closed match again.")
    def open_match(self, info: Info, asked: Annotated[inputs.MatchTransitionInput, INPUT]) -> MatchPayload:
        """See the description."""
        return _perform(info, asked, TRANSITION_OF["openMatch"])

    @strawberry.mutation(description="Takes back a match that was made in error; history keeps it.")
    def delete_match(self, info: Info, asked: Annotated[inputs.MatchTransitionInput, INPUT]) -> MatchPayload:
        """See the description."""
        return _perform(info, asked, TRANSITION_OF["deleteMatch"])


def _perform(info: Info, asked: inputs.MatchTransitionInput, transition: str) -> MatchPayload:
    context, intake = info.context, Intake(asked, _MATCH)

    def act() -> Applied:
        subject, answers = intake.ref("subject", asked.match_id, Kind.PAIR), intake.answers(asked.answers)
        intake.check()
        return context.changes.perform(
            context.session, context.caller, transition, subject, answers=answers, options=intake.options(info)
        )

    return carry_out(context, MatchPayload, "match", intake, act)
