"""The input types of acts in bulk."""

import strawberry

from server.graphql import inputs as lists
from server.graphql.enums import BulkErrorPolicy
from server.graphql.mutations.inputs import ANSWERS, AnswerInput, ChangeOptions, NamedTransition
from server.graphql.record_filters import RecordFilter

UNSET = strawberry.UNSET
_OPTIONS = "What accompanies every one of the acts; expectedVersion is given with each item instead."
_POLICY = "What becomes of the others when one is refused."


@strawberry.input(description="One act of many: a transition of the rules, on one record.")
class BulkItem(NamedTransition):
    """See the description."""

    answers: list[AnswerInput] | None = strawberry.field(default=UNSET, description=ANSWERS)
    expected_version: int | None = strawberry.field(
        default=UNSET, description="The version of the record you have seen; a newer one refuses this act."
    )


@strawberry.input(description="Many acts, in the order in which they are to be done; a record may come up repeatedly.")
class BulkPerformTransitionInput:
    """See the description."""

    items: list[BulkItem] = strawberry.field(description="The acts, at most 500.")
    error_policy: BulkErrorPolicy = strawberry.field(default=BulkErrorPolicy.SKIP_FAILED, description=_POLICY)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)


@strawberry.input(description="Which records: exactly one of these lists, narrowed. An empty filter finds all of it.")
class BulkFilter:
    """See the description."""

    users: lists.UserFilter | None = strawberry.field(default=UNSET, description="These people.")
    personas: lists.PersonaFilter | None = strawberry.field(default=UNSET, description="These personas.")
    matches: lists.MatchFilter | None = strawberry.field(default=UNSET, description="These matches.")
    records: RecordFilter | None = strawberry.field(
        default=UNSET, description="These records, as far as they are of the kind that the transition acts on."
    )


@strawberry.input(description="One transition for all records that a filter finds, at most 500.")
class BulkByFilterInput:
    """See the description."""

    program: str | None = strawberry.field(default=UNSET, description=lists.PROGRAM)
    transition: str = strawberry.field(description="The key of the transition, as availableTransitions gives it.")
    narrowed: BulkFilter = strawberry.field(name="filter", description="Which records.")
    answers: list[AnswerInput] | None = strawberry.field(
        default=UNSET, description="Answers to the questions that the transition asks, the same for all."
    )
    error_policy: BulkErrorPolicy = strawberry.field(default=BulkErrorPolicy.SKIP_FAILED, description=_POLICY)
    options: ChangeOptions | None = strawberry.field(default=UNSET, description=_OPTIONS)
