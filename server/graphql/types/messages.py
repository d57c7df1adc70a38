"""Messages: what somebody was told because of an act, and whether it has arrived."""

from datetime import datetime

import strawberry

from server.domain.access import FieldClass
from server.domain.ids import MESSAGE, GlobalId
from server.domain.messages import Message as MessageRow
from server.engine.facts import Ref
from server.graphql.levels import Group, by_id
from server.graphql.types.history import StatusChange
from server.graphql.types.people import User
from server.graphql.types.subjects import Node, Subject


@strawberry.type(
    description="What somebody was told because of an act. It is written with the act and sent afterwards."
)
class Message(Node):
    """See the description."""

    row: strawberry.Private[MessageRow]
    group: strawberry.Private[Group[MessageRow]]
    template: str = strawberry.field(description="The key of the message in the rules.")
    channel: str = strawberry.field(description="How it goes out: email or webhook.")
    role: str | None = strawberry.field(description="The key of the actor it goes to; null when it goes to a person.")
    state: str = strawberry.field(
        description="PENDING: to be sent. DELIVERED: its receiver has taken it. FAILED: given up; can be sent anew. "
        "WITHDRAWN: its act was taken back before it was sent."
    )
    attempts: int = strawberry.field(description="How often its delivery was begun.")
    error: str | None = strawberry.field(description="Why the last attempt failed.")
    created_at: datetime = strawberry.field(description="When it was written.")
    delivered_at: datetime | None = strawberry.field(description="When it was delivered; null as long as it was not.")

    @classmethod
    def of(cls, row: MessageRow, group: Group[MessageRow]) -> "Message":
        """One message; ``group`` holds all that were found together."""
        return cls(
            row=row,
            group=group,
            id=strawberry.ID(str(GlobalId(MESSAGE, row.id))),
            template=row.template,
            channel=row.channel,
            role=row.role,
            state=row.state.value,
            attempts=row.attempts,
            error=row.error,
            created_at=row.created_at,
            delivered_at=row.delivered_at,
        )

    @strawberry.field(description="Where it goes; null where you may not see it, where there is none, or once erased.")
    def address(self) -> str | None:
        """See the description."""
        return self.row.address

    @strawberry.field(description="Its title, the subject of an e-mail; null where you may not see it or once erased.")
    def title(self) -> str | None:
        """See the description."""
        return self.row.title

    @strawberry.field(description="Its text; empty where you may not see it, or once it is erased.")
    def body(self) -> str:
        """See the description."""
        if not self.shown() or not self.row.body:
            return ""
        self.show(self.shown())
        return self.row.body

    @strawberry.field(description="The person it goes to; null when it goes to a role, or to somebody you do not see.")
    def recipient(self) -> User | None:
        """See the description."""
        return self.group.once("recipients", lambda: _recipients(self.group)).get(self.row.recipient_id or 0)

    @strawberry.field(description="The change because of which it was written.")
    def cause(self) -> StatusChange | None:
        """See the description."""
        return self.group.once("causes", lambda: _causes(self.group)).get(self.row.cause_id)

    @strawberry.field(description="The record it is about.")
    def subject(self) -> Subject | None:
        """See the description."""
        return self.group.once("subjects", lambda: _subjects(self.group)).get(Ref(self.row.kind, self.row.subject_id))

    def shown(self) -> frozenset[FieldClass]:
        """What is sensitive in it, to whoever it may be shown; else nothing."""
        return frozenset({FieldClass.SENSITIVE}) if self.group.nodes.read.tells(self.row) else frozenset()

    def show(self, classes: frozenset[FieldClass]) -> None:  # noqa: ARG002 - the signature is Shown's
        """Takes down that its text has been shown, which may tell of its record and of its recipient."""
        self.group.nodes.read.show_text(self.row)


def _recipients(group: Group[MessageRow]) -> dict[int, User]:
    wanted = sorted({row.recipient_id for row in group.rows if row.recipient_id is not None})
    return by_id(group.nodes.read.users(wanted), group.nodes.users)


def _causes(group: Group[MessageRow]) -> dict[int, StatusChange]:
    return by_id(group.nodes.read.changes(sorted({row.cause_id for row in group.rows})), group.nodes.changes)


def _subjects(group: Group[MessageRow]) -> dict[Ref, Subject]:
    return group.nodes.subjects([Ref(row.kind, row.subject_id) for row in group.rows])
