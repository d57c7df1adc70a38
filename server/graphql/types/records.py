"""Records of the kinds that a program declares: an application, a request, a meeting."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from server.domain.ids import id_of
from server.domain.records import Record as RecordRow
from server.engine.facts import Kind, Ref, Sort
from server.graphql.levels import Group, by_id
from server.graphql.types.linked import LINKED, OfKind, RecordType, linked_records
from server.graphql.types.people import User
from server.graphql.types.subjects import Subject


@strawberry.type(description="A record of a kind that the program declares, such as a meeting.")
class Record(Subject):
    """See the description."""

    row: strawberry.Private[RecordRow]
    group: strawberry.Private[Group[RecordRow]]
    kind: str = strawberry.field(description="The key of its kind in the rules file.")
    label: str = strawberry.field(description="What its kind is called.")
    created_at: datetime = strawberry.field(description="When it was made.")

    @classmethod
    def of(cls, row: RecordRow, group: Group[RecordRow]) -> "Record":
        """A record; ``group`` holds all that were found together."""
        declared = group.nodes.rules(row.program_id).kinds.get(row.kind)
        return cls(
            row=row,
            group=group,
            id=strawberry.ID(id_of(Ref(Kind.RECORD, row.id))),
            version=row.version,
            kind=row.kind,
            label=declared.label if declared else row.kind,
            created_at=row.created_at,
        )

    def program_id(self) -> int:
        """See :class:`Subject`."""
        return self.row.program_id

    def sort(self) -> Sort:
        """See :class:`Subject`."""
        return self.row.kind

    def is_removed(self) -> bool:
        """Whether one of its statuses counts as removed."""
        machines = self.group.nodes.rules(self.program_id()).machines
        found = (machines[key].statuses.get(status) for key, status, _ in self.standing())
        return any(status is not None and status.removed for status in found)

    @strawberry.field(description="What it is linked to, in the order of its kind, as far as you may know it.")
    def about(self) -> list[Subject]:
        """See the description."""
        declared = self.group.nodes.rules(self.program_id()).kinds.get(self.row.kind)
        links = self.row.links
        names = [*(name for name in declared.links if name in links)] if declared else sorted(links)
        found = self.group.once("about", lambda: _about(self.group))
        return [found[links[name]] for name in names if links[name] in found]

    @strawberry.field(
        description="Who made it; null where nobody did who has a record of their own, and where you may not know them."
    )
    def author(self) -> User | None:
        """See the description."""
        authors = self.group.once("authors", lambda: _authors(self.group))
        return None if self.row.author_id is None else authors.get(self.row.author_id)

    @strawberry.field(description=LINKED)
    def records(self, kind: OfKind = strawberry.UNSET) -> list[RecordType]:
        """See the description."""
        return linked_records(self, kind or None)


def _about(group: Group[RecordRow]) -> dict[Ref, Subject]:
    return group.nodes.subjects([ref for row in group.rows for ref in row.links.values()])


def _authors(group: Group[RecordRow]) -> dict[int, User]:
    wanted: Sequence[int] = sorted({row.author_id for row in group.rows if row.author_id is not None})
    return by_id(group.nodes.read.users(wanted), group.nodes.users)
