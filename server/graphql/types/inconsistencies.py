"""What the database holds and the rules forbid."""

import strawberry

from server.graphql.types.offers import TransitionOption
from server.graphql.types.subjects import Subject


@strawberry.type(description="Something that is so, although the rules say that it must never be.")
class Inconsistency:
    """See the description."""

    code: str = strawberry.field(description="The key of the invariant of the rules that it breaks.")
    message: str = strawberry.field(description="Why it must never be, in the words of the rules.")
    subject: Subject = strawberry.field(description="The record that breaks it.")
    repair: TransitionOption | None = strawberry.field(
        description="A button after which it is right, if you may press one: of the record, or of one nearby."
    )
