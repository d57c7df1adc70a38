"""The input types of lists: what can be narrowed and ordered."""

from datetime import datetime
from typing import Annotated

import strawberry

from server.graphql.enums import OrderDirection, PersonaRole, StatusCategory, UserOrderField
from server.graphql.field_filters import FieldFilter

PROGRAM = "The key of the program; without it the base program."
ProgramKey = Annotated[str | None, strawberry.argument(description=PROGRAM)]
"""The program that a list, a record or an act is asked of."""

_AMONG = "is one of these keys; without it, all but those that count as removed."
_FIELDS = "What it holds in fields that the rules declare."
CAN_DO = (
    "You can carry out this transition on it now, by key: what availableTransitions gives as allowed. As many records "
    "are judged as one request may; beyond, pages are short with more to follow, and totals are capped."
)


@strawberry.input(description="Narrows a list of people. All that is given must hold; persona matters on one persona.")
class UserFilter:
    """See the description."""

    status_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"The User Status {_AMONG}",
    )
    category_in: list[StatusCategory] | None = strawberry.field(
        default=strawberry.UNSET, description="The User Status is of one of these categories."
    )
    role: PersonaRole | None = strawberry.field(default=strawberry.UNSET, description="Has a persona of this role.")
    match_status_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Has a persona whose Match Status is one of these keys."
    )
    partner_site: str | None = strawberry.field(
        default=strawberry.UNSET, description="Has a persona at the site of this key."
    )
    search: str | None = strawberry.field(
        default=strawberry.UNSET,
        description="Part of the name, the e-mail address or the external id, in any case.",
    )
    changed_since: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="The User Status has changed at or after this moment."
    )
    fields: list[FieldFilter] | None = strawberry.field(default=strawberry.UNSET, description=_FIELDS)
    can_do: str | None = strawberry.field(default=strawberry.UNSET, description=CAN_DO)


@strawberry.input(description="Narrows a list of personas. All that is given must hold.")
class PersonaFilter:
    """See the description."""

    role: PersonaRole | None = strawberry.field(default=strawberry.UNSET, description="Is of this role.")
    mentor_site_list: str | None = strawberry.field(
        default=strawberry.UNSET, description="Is on this mentor site list."
    )
    status_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"The Persona Status {_AMONG}",
    )
    match_status_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The Match Status is one of these keys."
    )
    user_status_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"The person's User Status {_AMONG}",
    )
    partner_site: str | None = strawberry.field(
        default=strawberry.UNSET, description="Is placed at the site of this key."
    )
    changed_since: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="The Persona Status or Match Status has changed at or after this moment."
    )
    fields: list[FieldFilter] | None = strawberry.field(default=strawberry.UNSET, description=_FIELDS)
    can_do: str | None = strawberry.field(default=strawberry.UNSET, description=CAN_DO)


@strawberry.input(description="Narrows a list of matches. All that is given must hold.")
class MatchFilter:
    """See the description."""

    status_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET,
        description=f"The Pair Status {_AMONG}",
    )
    user_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="This person is on one side."
    )
    persona_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="This persona is on one side."
    )
    partner_site: str | None = strawberry.field(
        default=strawberry.UNSET, description="At least one side is placed at the site of this key."
    )
    opened_since: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Opened at or after this moment."
    )
    fields: list[FieldFilter] | None = strawberry.field(default=strawberry.UNSET, description=_FIELDS)
    can_do: str | None = strawberry.field(default=strawberry.UNSET, description=CAN_DO)


@strawberry.input(description="Narrows history. All that is given must hold.")
class StatusChangeFilter:
    """See the description."""

    machine_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The status belongs to one of these machines."
    )
    subject_id_in: list[strawberry.ID] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The record is one of these; further kinds too.",
    )
    to_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The status afterwards is one of these keys."
    )
    transition_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="It happened by one of these transitions or acts."
    )
    since: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Took effect at or after this moment."
    )
    until: datetime | None = strawberry.field(
        default=strawberry.UNSET, description="Took effect at or before this moment."
    )


@strawberry.input(description="Narrows a list of messages. All that is given must hold.")
class MessageFilter:
    """See the description."""

    channel_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="It goes out by one of these: email, webhook."
    )
    state_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Its state is one of these: PENDING, DELIVERED, FAILED."
    )
    recipient_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="It goes to this person."
    )
    template_in: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="It is one of these messages of the rules, by key."
    )
    since: datetime | None = strawberry.field(default=strawberry.UNSET, description="Written at or after this moment.")


@strawberry.input(description="The order of a list of people.")
class UserOrder:
    """See the description."""

    field: UserOrderField = strawberry.field(description="What to order by.")
    direction: OrderDirection = strawberry.field(default=OrderDirection.ASC, description="In which direction.")
