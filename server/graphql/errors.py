"""The one place where the errors of the domain become the errors of the API."""

from collections.abc import Callable, Sequence

from server.domain import errors as domain
from server.graphql.nodes import Nodes
from server.graphql.types.offers import warnings_of
from server.graphql.types.user_errors import (
    ConfirmationRequiredError,
    InputError,
    TransitionNotAllowedError,
    UserError,
    VersionConflictError,
)

Spelling = Callable[[Sequence[str]], list[str] | None]
"""Turns a path of the services into one of the client; None when the request has no such place."""

NOT_ALLOWED, NOT_PERMITTED = "TRANSITION_NOT_ALLOWED", "NOT_PERMITTED"
CONFIRMATION_REQUIRED = "CONFIRMATION_REQUIRED"


def explain(error: domain.MatchkeeperError, nodes: Nodes, spelled: Spelling) -> list[UserError]:
    """Everything that was wrong with one act."""
    match error:
        case domain.InputProblemsError():
            return [
                InputError(code=problem.code, message=problem.text, path=spelled(problem.path))
                for problem in error.problems
            ]
        case domain.TransitionRefusedError():
            return _refusal(error, nodes, spelled)
        case domain.VersionConflictError():
            current = nodes.subjects([error.current])[error.current]
            return [
                VersionConflictError(code=error.code, message=error.message, path=spelled(error.path), current=current)
            ]
        case _:
            return [InputError(code=error.code, message=error.message, path=spelled(error.path))]


def _refusal(error: domain.TransitionRefusedError, nodes: Nodes, spelled: Spelling) -> list[UserError]:
    refused, refusal = error.refused, error.refused.refusal
    found: list[UserError] = []
    if refusal.blockers or not refusal.permitted:
        found.append(_not_allowed(error, nodes, spelled))
    found.extend(
        InputError(code=problem.code, message=problem.text, path=spelled(problem.path)) for problem in refusal.problems
    )
    if refusal.unconfirmed and not found:
        codes = ", ".join(warned.code for warned in refusal.unconfirmed)
        message = f"{error.message} If you are sure, send it again with {codes} in options.confirm."
        found.append(
            ConfirmationRequiredError(
                code=CONFIRMATION_REQUIRED,
                message=_with_contact(message, refused),
                path=spelled(("options", "confirm")),
                warnings=warnings_of(refusal.unconfirmed),
            )
        )
    return found


def _not_allowed(error: domain.TransitionRefusedError, nodes: Nodes, spelled: Spelling) -> TransitionNotAllowedError:
    refused, refusal = error.refused, error.refused.refusal
    program = nodes.context.rulebook.program(refused.ruleset.program)
    return TransitionNotAllowedError(
        code=NOT_ALLOWED if refusal.permitted else NOT_PERMITTED,
        message=_with_contact(error.message, refused),
        path=spelled(("subject",)),
        current_status=nodes.status(program.id, refused.machine, refused.current) if refused.current else None,
        blockers=nodes.blockers(refusal.blockers),
        alternatives=nodes.alternatives(refused.ruleset, refused.alternatives),
    )


def _with_contact(message: str, refused: domain.Refused) -> str:
    contact = refused.ruleset.support_contact
    return f"{message} Questions? Ask {contact}." if contact else message
