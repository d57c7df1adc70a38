"""What falls due: the transitions that happen by themselves, and when."""

from datetime import datetime
from typing import Annotated

import strawberry

from server.graphql.arguments import asked
from server.graphql.context import Info
from server.graphql.inputs import ProgramKey
from server.graphql.nodes import Nodes
from server.graphql.types.due import DueTransition

_UNTIL = strawberry.argument(description="Up to which moment, at most ten years ahead; without it up to now.")


@strawberry.type(description="What falls due.")
class DueQuery:
    """See the description."""

    @strawberry.field(
        description="What happens by itself up to a moment, if nothing changes until then: the soonest, up to 1,000. "
        "For whoever may run it (`run_due` in the rules), of the records they reach."
    )
    def due(
        self,
        info: Info,
        program: ProgramKey = strawberry.UNSET,
        until: Annotated[datetime | None, _UNTIL] = strawberry.UNSET,
    ) -> list[DueTransition]:
        """See the description."""
        context = info.context
        rows = asked(lambda: context.timetable.listed(context.session, context.caller, program or None, until or None))
        nodes = Nodes(context)
        subjects = nodes.subjects([row.subject for row in rows])
        return [
            DueTransition.of(nodes.rules(row.program_id), row, subjects[row.subject])
            for row in rows
            if row.subject in subjects
        ]
