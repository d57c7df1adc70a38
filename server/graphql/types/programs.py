"""Programs and their partner sites."""

from typing import Annotated

import strawberry

from server.domain.filters import HistoryFilter
from server.domain.ids import PROGRAM, SITE, GlobalId
from server.domain.people import Program as ProgramRow
from server.domain.people import Site as SiteRow
from server.graphql.arguments import known
from server.graphql.levels import Group
from server.graphql.paging import After, Before, First, Last
from server.graphql.types.lists import Connection
from server.graphql.types.rules import Ruleset, Status
from server.graphql.types.subjects import ChangeType, Subject


@strawberry.type(description="How many records are in a status.")
class StatusCount:
    """See the description."""

    status: Status = strawberry.field(description="The status.")
    count: int = strawberry.field(description="How many records are in it now.")


@strawberry.type(description="One mentoring program with rules of its own.")
class Program(Subject):
    """See the description."""

    row: strawberry.Private[ProgramRow]
    group: strawberry.Private[Group[ProgramRow]]
    key: str = strawberry.field(description="The key, which the argument `program` takes everywhere.")
    name: str = strawberry.field(description="The name for people.")
    support_contact: str | None = strawberry.field(description="Whom to ask when something does not work.")

    @classmethod
    def of(cls, row: ProgramRow, group: Group[ProgramRow]) -> "Program":
        """A program; ``group`` holds all that were found together."""
        return cls(
            row=row,
            group=group,
            id=strawberry.ID(str(GlobalId(PROGRAM, row.id))),
            version=row.version,
            key=row.key,
            name=row.name,
            support_contact=group.nodes.rules(row.id).support_contact,
        )

    def program_id(self) -> int:
        """See :class:`Subject`."""
        return self.row.id

    @strawberry.field(description="Every change in the whole program, oldest first.")
    def history(
        self,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[ChangeType]:
        """See the description."""
        return self.group.nodes.history(
            self.row.id, HistoryFilter(), first=first, after=after, last=last, before=before
        )

    @strawberry.field(name="rules", description="The rules in force.")
    def ruleset(self) -> Ruleset:
        """See the description."""
        return self.group.nodes.ruleset(self.row.id)

    @strawberry.field(description="How many records are in each status of one machine, in the order of the rules file.")
    def status_counts(
        self, machine: Annotated[str, strawberry.argument(description="The key of the machine, such as match_status.")]
    ) -> list[StatusCount]:
        """See the description."""
        nodes = self.group.nodes
        row = nodes.rules(self.row.id).machines
        known("machine", machine, row)
        counts = nodes.read.status_counts(self.row.id, row[machine].owner, machine)
        present = [
            StatusCount(status=Status.of(status), count=counts.get(key, 0))
            for key, status in row[machine].statuses.items()
        ]
        gone = [key for key in counts if key not in row[machine].statuses]
        return [
            *present,
            *(StatusCount(status=nodes.status(self.row.id, machine, key), count=counts[key]) for key in gone),
        ]


@strawberry.type(description="A partner site: the class or school that a persona is placed at.")
class Site(Subject):
    """See the description."""

    row: strawberry.Private[SiteRow]
    group: strawberry.Private[Group[SiteRow]]
    key: str = strawberry.field(description="The key, which filters and mutations take; unique in its program.")
    name: str = strawberry.field(description="The name for people.")

    @classmethod
    def of(cls, row: SiteRow, group: Group[SiteRow]) -> "Site":
        """A site; ``group`` holds all that were found together."""
        return cls(
            row=row,
            group=group,
            id=strawberry.ID(str(GlobalId(SITE, row.id))),
            version=row.version,
            key=row.key,
            name=row.name,
        )

    def program_id(self) -> int:
        """See :class:`Subject`."""
        return self.row.program_id
