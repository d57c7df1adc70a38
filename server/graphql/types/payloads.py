"""What mutations answer with: what changed, or why nothing did."""

import strawberry

from server.graphql.types.history import PlannedChange, StatusChange
from server.graphql.types.matches import Match
from server.graphql.types.offers import TransitionWarning
from server.graphql.types.people import Persona, User
from server.graphql.types.programs import Site
from server.graphql.types.subjects import Subject
from server.graphql.types.user_errors import UserError

_ERRORS = "Why it was not carried out, every reason; empty when it was."


@strawberry.interface(description="What an act did. When it was refused everything but userErrors is null or empty.")
class ChangePayload:
    """See the description."""

    change: StatusChange | None = strawberry.field(
        default=None, description="The change itself, as history has it; null on a dry run."
    )
    side_effects: list[StatusChange] = strawberry.field(
        default_factory=list, description="Everything else that changed with it, in order."
    )
    planned: list[PlannedChange] = strawberry.field(
        default_factory=list, description="On a dry run all that would change, the change itself first; else empty."
    )
    created_personas: list[Persona] = strawberry.field(default_factory=list, description="The personas that were made.")
    created: list[Subject] = strawberry.field(
        default_factory=list, description="Every record that was made, personas too."
    )
    warnings: list[TransitionWarning] = strawberry.field(
        default_factory=list, description="The cautions that stood and were confirmed."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="What an act on a person did.")
class UserPayload(ChangePayload):
    """See the description."""

    user: User | None = strawberry.field(default=None, description="The person as it is now.")


@strawberry.type(description="What an act on a persona did.")
class PersonaPayload(ChangePayload):
    """See the description."""

    persona: Persona | None = strawberry.field(
        default=None, description="The persona as it is now; null on a dry run that would make one."
    )


@strawberry.type(description="What an act on a match did.")
class MatchPayload(ChangePayload):
    """See the description."""

    match: Match | None = strawberry.field(
        default=None, description="The match as it is now; null on a dry run that would make one."
    )


@strawberry.type(description="What a transition did.")
class TransitionPayload(ChangePayload):
    """See the description."""

    subject: Subject | None = strawberry.field(
        default=None, description="The record it moved or made, as it is now; null on a dry run that would make one."
    )


@strawberry.type(description="The new partner site.")
class SitePayload:
    """See the description."""

    site: Site | None = strawberry.field(default=None, description="The site; null when it was refused.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="Where a persona is now.")
class PlacementPayload:
    """See the description."""

    persona: Persona | None = strawberry.field(
        default=None, description="The persona as it is now; null when it was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)
