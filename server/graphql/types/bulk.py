"""What acts in bulk answer with: what came of each, in the order in which they were asked for."""

import strawberry

from server.graphql.types.history import PlannedChange, StatusChange
from server.graphql.types.subjects import Subject
from server.graphql.types.user_errors import UserError


@strawberry.type(description="What came of one act of many.")
class BulkItemResult:
    """See the description."""

    index: int = strawberry.field(description="Its place among the items, from 0; of a filter, its place in the list.")
    subject: Subject | None = strawberry.field(
        description="The record it moved or made, as it is now; when it did neither, the record it was asked on. "
        "Null when that does not exist or may not be seen."
    )
    change: StatusChange | None = strawberry.field(
        default=None, description="The change itself, as history has it; null on a dry run and when it was refused."
    )
    side_effects: list[StatusChange] = strawberry.field(
        default_factory=list, description="Everything else that changed with it, in order."
    )
    planned: list[PlannedChange] = strawberry.field(
        default_factory=list,
        description="On a dry run all that would change, the change itself first, judged by how things stand now and "
        "not by what the other items would make of them; else empty.",
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why it was not carried out, every reason; empty when it was."
    )


@strawberry.type(description="What came of many acts.")
class BulkPayload:
    """See the description."""

    results: list[BulkItemResult] = strawberry.field(
        default_factory=list, description="One for each item, in their order."
    )
    changed_count: int = strawberry.field(
        default=0, description="How many were carried out; on a dry run how many would be."
    )
    refused_count: int = strawberry.field(default=0, description="How many were not: refused or held back.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="Why none was even judged; what stands against one is in its result."
    )
