"""Errors as data: what a person can act on."""

import strawberry

from server.graphql.types.offers import TransitionBlocker, TransitionOption, TransitionWarning
from server.graphql.types.rules import Status
from server.graphql.types.subjects import Subject


@strawberry.interface(description="Why an act was not carried out. Nothing was written.")
class UserError:
    """See the description."""

    code: str = strawberry.field(
        description="NOT_FOUND, NOT_PERMITTED, TRANSITION_NOT_ALLOWED, TRANSITION_NOT_CONFIGURED, "
        "CONFIRMATION_REQUIRED, VERSION_CONFLICT, IDEMPOTENCY_CONFLICT, INVALID_INPUT, ALREADY_EXISTS, CONFLICT, "
        "TRY_AGAIN or HELD_BACK."
    )
    message: str = strawberry.field(description="The reason for people, with the next step.")
    path: list[str] | None = strawberry.field(description="Where in the request it lies; null when it lies nowhere.")


@strawberry.type(description="Something in the request is wrong or cannot be done as it is.")
class InputError(UserError):
    """See the description."""


@strawberry.type(description="The rules do not allow it: every reason, and what is possible instead.")
class TransitionNotAllowedError(UserError):
    """See the description."""

    current_status: Status | None = strawberry.field(description="The present status of the record in that machine.")
    blockers: list[TransitionBlocker] = strawberry.field(description="Every reason why not.")
    alternatives: list[TransitionOption] = strawberry.field(description="What you can do with the record now.")


@strawberry.type(description="It is allowed, but has consequences that must be confirmed with `options.confirm`.")
class ConfirmationRequiredError(UserError):
    """See the description."""

    warnings: list[TransitionWarning] = strawberry.field(description="What to consider, each with the code to confirm.")


@strawberry.type(description="Somebody has changed the record since you saw it.")
class VersionConflictError(UserError):
    """See the description."""

    current: Subject = strawberry.field(description="The record as it is now.")
