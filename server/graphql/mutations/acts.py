"""What all mutations have in common: carry out the act, then tell what it did or why it did not."""

from collections.abc import Callable
from typing import Any, TypeVar

from server.domain.commands import Applied
from server.domain.errors import MatchkeeperError
from server.engine.plan import Plan
from server.graphql.context import Context
from server.graphql.errors import explain
from server.graphql.mutations.intake import Intake
from server.graphql.nodes import Nodes
from server.graphql.types.history import planned
from server.graphql.types.offers import warnings_of
from server.graphql.types.payloads import ChangePayload
from server.graphql.types.people import Persona
from server.graphql.types.user_errors import UserError

Payload = TypeVar("Payload", bound=ChangePayload)
Done = TypeVar("Done")


def attempt(context: Context, intake: Intake, act: Callable[[], Done]) -> Done | list[UserError]:
    """What the act gives, or everything that was wrong with it."""
    try:
        return act()
    except MatchkeeperError as error:
        context.reads.note_refusals(error)
        return explain(error, Nodes(context), intake.spelled)


def carry_out(
    context: Context,
    payload: type[Payload],
    record: str,
    intake: Intake,
    act: Callable[[], Applied],
    *,
    program: str | None = None,
) -> Payload:
    """The payload of an act.

    ``record`` is the name of the payload's field for the record acted on; ``program`` the key of the
    program of an act that is not on a record.
    """
    done = attempt(context, intake, act)
    if isinstance(done, list):
        return payload(user_errors=done)
    nodes = Nodes(context)
    told = _told(nodes, done, record)
    if done.dry_run and done.plan:
        told["planned"] = planned(nodes, _program(nodes, done.plan, program), done.plan.changes)
    return payload(**told)


def _told(nodes: Nodes, done: Applied, record: str) -> dict[str, Any]:
    """What an act did, read anew from the store."""
    subject = [done.subject] if done.subject else []
    found = nodes.subjects([*subject, *done.created])
    created = [found[ref] for ref in done.created if ref in found]
    changes = nodes.changes(done.changes)
    return {
        record: found.get(done.subject) if done.subject else None,
        "change": changes[0] if changes else None,
        "side_effects": changes[1:],
        "created_personas": [persona for persona in created if isinstance(persona, Persona)],
        "created": created,
        "warnings": warnings_of(done.warnings),
    }


def _program(nodes: Nodes, plan: Plan, key: str | None) -> int:
    """The program that a plan is about: that of any record it touches, else the one of the key."""
    links = [ref for creation in plan.creations for ref in creation.links.values()]
    found = nodes.subjects([*(change.subject for change in plan.changes), *links])
    known = next(iter(found.values()), None)
    return known.program_id() if known else nodes.context.rulebook.program(key).id
