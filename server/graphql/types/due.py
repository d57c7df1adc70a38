"""A transition that happens by itself, and when it does."""

from datetime import datetime

import strawberry

from server.engine.ruleset import Ruleset as Rules
from server.graphql.types.rules import Transition
from server.graphql.types.subjects import Subject
from server.services.due import DueTransition as DueRow


@strawberry.type(description="A transition that happens by itself.")
class DueTransition:
    """See the description."""

    subject: Subject = strawberry.field(description="The record it moves.")
    transition: Transition = strawberry.field(description="The transition.")
    due_at: datetime = strawberry.field(description="From when on it is due, if nothing changes until then.")

    @classmethod
    def of(cls, rules: Rules, row: DueRow, subject: Subject) -> "DueTransition":
        """One that falls due."""
        return cls(subject=subject, transition=Transition.of(rules, row.transition), due_at=row.due_at)
