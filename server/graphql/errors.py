"""The one place where the errors of the domain become the errors of the API."""

from collections.abc import Callable, Iterable, Sequence

from server.domain import errors as domain
from server.engine.facts import Ref
from server.graphql.levels import Group
from server.graphql.nodes import Nodes
from server.graphql.types.offers import TransitionBlocker, TransitionOption, subjects_of, warnings_of
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


def told_together(nodes: Nodes, errors: Iterable[domain.MatchkeeperError]) -> Group[Ref]:
    """The records that these errors name, as one level: for as many acts as were refused together."""
    named: list[Ref] = []
    for error in errors:
        if isinstance(error, domain.VersionConflictError):
            named.append(error.current)
        elif isinstance(error, domain.TransitionRefusedError):
            blockers = [*error.refused.refusal.blockers]
            for offer in error.refused.alternatives:
                named.append(offer.subject)
                blockers.extend(offer.blockers)
            named.extend(blocker.subject for blocker in blockers if blocker.subject)
    return Group(nodes, list(dict.fromkeys(named)))


def explain(
    error: domain.MatchkeeperError, nodes: Nodes, spelled: Spelling, told: Group[Ref] | None = None
) -> list[UserError]:
    """Everything that was wrong with one act. ``told``: the records of all errors, where there are several."""
    told = told or told_together(nodes, [error])
    match error:
        case domain.InputProblemsError():
            return [
                InputError(code=problem.code, message=problem.text, path=spelled(problem.path))
                for problem in error.problems
            ]
        case domain.TransitionRefusedError():
            return _refusal(error, told, spelled)
        case domain.VersionConflictError():
            current = subjects_of(told)[error.current]
            return [
                VersionConflictError(code=error.code, message=error.message, path=spelled(error.path), current=current)
            ]
        case _:
            return [InputError(code=error.code, message=error.message, path=spelled(error.path))]


def _refusal(error: domain.TransitionRefusedError, told: Group[Ref], spelled: Spelling) -> list[UserError]:
    refused, refusal = error.refused, error.refused.refusal
    found: list[UserError] = []
    if refusal.blockers or not refusal.permitted:
        found.append(_not_allowed(error, told, spelled))
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


def _not_allowed(
    error: domain.TransitionRefusedError, told: Group[Ref], spelled: Spelling
) -> TransitionNotAllowedError:
    refused, refusal, nodes = error.refused, error.refused.refusal, told.nodes
    program = nodes.context.rulebook.program(refused.ruleset.program)
    return TransitionNotAllowedError(
        code=NOT_ALLOWED if refusal.permitted else NOT_PERMITTED,
        message=_with_contact(error.message, refused),
        path=spelled(("subject",)),
        current_status=nodes.status(program.id, refused.machine, refused.current) if refused.current else None,
        blockers=[TransitionBlocker.of(row, told) for row in refusal.blockers],
        alternatives=[TransitionOption.of(refused.ruleset, row, told) for row in refused.alternatives],
    )


def _with_contact(message: str, refused: domain.Refused) -> str:
    contact = refused.ruleset.support_contact
    return f"{message} Questions? Ask {contact}." if contact else message
