"""Reading records of the kinds that a program declares."""

from functools import cache
from typing import Annotated

import strawberry

from server.domain.ids import parse_ref
from server.engine.facts import Kind
from server.graphql.arguments import asked, read_id
from server.graphql.context import Info
from server.graphql.filters import Filters
from server.graphql.inputs import ProgramKey
from server.graphql.nodes import Nodes
from server.graphql.paging import BY_ID, After, Before, First, Last, window
from server.graphql.record_filters import RecordFilter
from server.graphql.types.lists import Connection
from server.graphql.types.records import Record
from server.services.access import program_named

_ID = strawberry.argument(name="id", description="The global id.")
_NARROWED = strawberry.argument(name="filter", description="Which of them; without it all.")


@strawberry.type(description="Records of further kinds.")
class RecordQuery:
    """See the description."""

    @strawberry.field(description="One record of a further kind; null when it does not exist or may not be seen.")
    def record(self, info: Info, id_: Annotated[strawberry.ID, _ID]) -> Record | None:
        """See the description."""
        ref = read_id(lambda: parse_ref(id_, Kind.RECORD))
        found = Nodes(info.context).subjects([ref]).get(ref)
        return found if isinstance(found, Record) else None

    @strawberry.field(
        description="The records of the kinds a program declares, in the order they were made, without removed ones."
    )
    def records(
        self,
        info: Info,
        *,
        program: ProgramKey = strawberry.UNSET,
        narrowed: Annotated[RecordFilter | None, _NARROWED] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[Record]:
        """See the description."""
        context, nodes = info.context, Nodes(info.context)
        program_id = asked(lambda: program_named(context.rulebook, context.caller, program or None)).id
        page = window(BY_ID, first, after, last, before)
        wanted = Filters(nodes, program_id).records(narrowed)
        lists = nodes.read.lists
        rows = asked(lambda: lists.records_page(program_id, wanted, page))
        total = cache(lambda: lists.records_total(program_id, wanted))
        return Connection.of(BY_ID, rows, nodes.records(rows.rows), total)
