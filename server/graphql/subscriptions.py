"""The root of all subscriptions: each says what to look for, and is looked for anew after every commit."""

from collections.abc import AsyncIterator
from typing import Annotated

import strawberry

from server.domain.filters import PAGE_LIMIT
from server.graphql import inputs
from server.graphql.arguments import asked
from server.graphql.context import Context
from server.graphql.filters import Filters
from server.graphql.following import FollowingInfo, Position, Seen, Source
from server.graphql.inputs import ProgramKey
from server.graphql.nodes import Nodes
from server.graphql.paging import BY_ID, window
from server.graphql.queries import Narrowed
from server.graphql.types.history import StatusChange
from server.graphql.types.rules import Ruleset
from server.services.access import program_named
from server.services.following import end_of_history, news

_After = strawberry.argument(
    description="The `cursor` of the last change that you have: everything after it comes, once. Without it what comes"
    " from now on."
)
_Known = strawberry.argument(
    description="The `revision` that you have: if others are in force by now, they come at once. Without it only what"
    " comes into force from now on."
)


@strawberry.type(description="What can be followed, over WebSocket (graphql-transport-ws) or server-sent events.")
class Subscription:
    """See the description."""

    @strawberry.subscription(
        description="Every change of a status that you may see, in the order of commits and with all that followed from"
        " it. After a break, subscribe again with the last `cursor`: nothing is lost and nothing comes twice."
    )
    def status_changed(
        self,
        info: FollowingInfo,
        *,
        program: ProgramKey = strawberry.UNSET,
        narrowed: Annotated[inputs.StatusChangeFilter | None, Narrowed] = strawberry.UNSET,
        after: Annotated[str | None, _After] = strawberry.UNSET,
    ) -> AsyncIterator[StatusChange]:
        """See the description."""

        def look(context: Context, *, position: Position, most: int) -> Seen:
            nodes, program_id = Nodes(context), _program(context, program)
            wanted = Filters(nodes, program_id).history(narrowed)
            start = position if isinstance(position, int) else _start(context, program_id, after)
            found = news(context.session, nodes.read, program_id, wanted, start, most=min(most, PAGE_LIMIT))
            return Seen(nodes.changes(found.rows.rows), found.position, found.more)

        return info.context.follow(look, Source.HISTORY)

    @strawberry.subscription(description="The rules of a program, whenever others have come into force.")
    def rules_changed(
        self,
        info: FollowingInfo,
        *,
        program: ProgramKey = strawberry.UNSET,
        after: Annotated[str | None, _Known] = strawberry.UNSET,
    ) -> AsyncIterator[Ruleset]:
        """See the description."""

        def look(context: Context, *, position: Position, most: int) -> Seen:  # noqa: ARG001 - there is only one
            program_id = _program(context, program)
            revision = context.rulebook.ruleset(program_id).revision
            if revision == (position or after or revision):
                return Seen((), revision)
            return Seen((Nodes(context).ruleset(program_id),), revision)

        return info.context.follow(look, Source.RULES)


def _program(context: Context, key: str | None) -> int:
    return asked(lambda: program_named(context.rulebook, context.caller, key or None)).id


def _start(context: Context, program_id: int, after: str | None) -> int:
    """Where to begin: after the cursor, or at the end of history as it is now."""
    page = window(BY_ID, None, after or None, None, None)
    return int(page.after[0]) if page.after else end_of_history(context.session, program_id)
