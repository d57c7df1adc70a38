"""Matches: one mentor persona with one mentee persona."""

from collections.abc import Sequence
from datetime import datetime

import strawberry

from server.domain.ids import id_of
from server.domain.matches import Match as MatchRow
from server.domain.vocabulary import PAIR_STATUS
from server.engine.facts import Kind, Ref
from server.engine.machines import Status as StatusRules
from server.graphql.levels import Group, by_id
from server.graphql.types.answers import Answer, answers_of
from server.graphql.types.linked import LINKED, OfKind, RecordType, linked_records
from server.graphql.types.people import Persona, User
from server.graphql.types.rules import Status
from server.graphql.types.subjects import Moment, Subject


@strawberry.type(description="A mentor persona with a mentee persona; called pair in the rules file.")
class Match(Subject):
    """See the description."""

    row: strawberry.Private[MatchRow]
    group: strawberry.Private[Group[MatchRow]]
    created_at: datetime = strawberry.field(description="When it was made.")
    opened_at: datetime | None = strawberry.field(description="When it first counted as open.")
    closed_at: datetime | None = strawberry.field(
        description="When it last stopped counting as open; null while it does."
    )

    @classmethod
    def of(cls, row: MatchRow, group: Group[MatchRow]) -> "Match":
        """A match; ``group`` holds all that were found together."""
        return cls(
            row=row,
            group=group,
            id=strawberry.ID(id_of(Ref(Kind.PAIR, row.id))),
            version=row.version,
            created_at=row.created_at,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
        )

    def program_id(self) -> int:
        """See :class:`Subject`."""
        return self.row.program_id

    def moments(self) -> Sequence[Moment]:
        """See :class:`Subject`."""
        return ((PAIR_STATUS, self.row.pair_status, self.row.pair_status_since),)

    def is_open(self) -> bool:
        """Whether its status counts as open."""
        status = self._rules()
        return status is not None and status.opens

    def is_removed(self) -> bool:
        """Whether its status counts as removed."""
        status = self._rules()
        return status is not None and status.removed

    def _rules(self) -> StatusRules | None:
        rules = self.group.nodes.rules(self.row.program_id)
        return rules.machines[PAIR_STATUS].statuses.get(self.row.pair_status)

    @strawberry.field(description="The Pair Status.")
    def status(self) -> Status:
        """See the description."""
        return self.group.nodes.status(self.row.program_id, PAIR_STATUS, self.row.pair_status)

    @strawberry.field(description="The mentor's persona.")
    def mentor(self) -> Persona:
        """See the description."""
        return self._sides()[self.row.mentor_id]

    @strawberry.field(description="The mentee's persona.")
    def mentee(self) -> Persona:
        """See the description."""
        return self._sides()[self.row.mentee_id]

    @strawberry.field(
        description="Who made it; null where they have no record of their own, and where you may not know them."
    )
    def proposed_by(self) -> User | None:
        """See the description."""
        proposers = self.group.once("proposers", lambda: _proposers(self.group))
        return None if self.row.proposed_by_id is None else proposers.get(self.row.proposed_by_id)

    @strawberry.field(
        description="The answers of the act that brought it into its present status, as far as you may see them."
    )
    def answers(self) -> list[Answer]:
        """See the description."""
        return answers_of(self.group.nodes.rules(self.row.program_id), self.row.answers, self)

    @strawberry.field(description="Whether the two may write to each other, by the program's rules.")
    def can_communicate(self) -> bool:
        """See the description."""
        return not self._obstacles()

    @strawberry.field(description="Every reason why the two may not write to each other; empty when they may.")
    def communication_blockers(self) -> list[str]:
        """See the description."""
        return list(self._obstacles())

    @strawberry.field(description=LINKED)
    def records(self, kind: OfKind = strawberry.UNSET) -> list[RecordType]:
        """See the description."""
        return linked_records(self, kind or None)

    def _sides(self) -> dict[int, Persona]:
        return self.group.once("sides", lambda: _sides(self.group))

    def _obstacles(self) -> Sequence[str]:
        nodes = self.group.nodes
        return self.group.once("communication", lambda: nodes.communication(self.group.rows)).get(self.row.id, ())


def _proposers(group: Group[MatchRow]) -> dict[int, User]:
    wanted = {row.proposed_by_id for row in group.rows} - {None}
    return by_id(group.nodes.read.users(sorted(number for number in wanted if number)), group.nodes.users)


def _sides(group: Group[MatchRow]) -> dict[int, Persona]:
    wanted = {side for row in group.rows for side in (row.mentor_id, row.mentee_id)}
    return by_id(group.nodes.read.personas(sorted(wanted)), group.nodes.personas)
