"""What is asked of the server itself rather than of its programs: its tokens and its time."""

import strawberry

from server.graphql.context import Info
from server.graphql.due_queries import DueQuery
from server.graphql.inconsistency_queries import InconsistencyQuery
from server.graphql.levels import Group
from server.graphql.nodes import Nodes
from server.graphql.record_queries import RecordQuery
from server.graphql.rule_queries import RuleQuery
from server.graphql.types.clock import Clock
from server.graphql.types.tokens import Token


@strawberry.type(description="What is asked of the server itself.")
class ServerQuery(DueQuery, RecordQuery, RuleQuery, InconsistencyQuery):
    """See the description."""

    @strawberry.field(description="The tokens you may revoke, oldest first; none when you may make none.")
    def tokens(self, info: Info) -> list[Token]:
        """See the description."""
        context = info.context
        rows = context.tokens.listed(context.session, context.caller)
        group = Group(Nodes(context), rows)
        return [Token.of(row, group) for row in rows]

    @strawberry.field(description="The time that the server goes by.")
    def clock(self, info: Info) -> Clock:
        """See the description."""
        return Clock.of(info.context.clock)
