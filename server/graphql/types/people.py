"""People: a user is one person, a persona one run of that person through the program."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from server.domain.ids import id_of
from server.domain.people import Persona as PersonaRow
from server.domain.people import User as UserRow
from server.domain.vocabulary import MATCH_STATUS, PAIR_STATUS, PERSONA_STATUS, USER_STATUS
from server.engine.facts import Kind, Ref
from server.graphql.arguments import known
from server.graphql.enums import PersonaRole, StatusCategory
from server.graphql.levels import Group, by_id, ids, wrapped
from server.graphql.types.linked import LINKED, OfKind, RecordType, linked_records
from server.graphql.types.programs import Site
from server.graphql.types.rules import Status
from server.graphql.types.subjects import Moment, Subject

if TYPE_CHECKING:
    from server.graphql.types.matches import Match

MatchType = Annotated["Match", strawberry.lazy("server.graphql.types.matches")]
StatusIn = Annotated[
    list[str] | None,
    strawberry.argument(
        description="Only those in one of these statuses; without it all but those that count as removed."
    ),
]


@strawberry.type(description="One person with one account in one program.")
class User(Subject):
    """See the description."""

    row: strawberry.Private[UserRow]
    group: strawberry.Private[Group[UserRow]]
    name: str = strawberry.field(
        description="The name; only the first name when you see the person as a partner, or with a persona you found."
    )
    email: str | None = strawberry.field(
        description="The e-mail address, unique in the program whatever its case; null when you may not see it."
    )
    external_id: str | None = strawberry.field(
        description="The id in another system, unique in the program; null when you may not see it."
    )
    status_changed_at: datetime = strawberry.field(description="Since when the User Status is what it is.")
    created_at: datetime = strawberry.field(description="When the person was registered.")

    @classmethod
    def of(cls, row: UserRow, group: Group[UserRow]) -> "User":
        """A person; ``group`` holds all that were found together."""
        return cls(
            row=row,
            group=group,
            id=strawberry.ID(id_of(Ref(Kind.USER, row.id))),
            version=row.version,
            name=row.name,
            email=row.email,
            external_id=row.external_id,
            status_changed_at=row.user_status_since,
            created_at=row.created_at,
        )

    def program_id(self) -> int:
        """See :class:`Subject`."""
        return self.row.program_id

    def moments(self) -> Sequence[Moment]:
        """See :class:`Subject`."""
        return ((USER_STATUS, self.row.user_status, self.row.user_status_since),)

    @strawberry.field(description="The User Status.")
    def status(self) -> Status:
        """See the description."""
        return self.group.nodes.status(self.row.program_id, USER_STATUS, self.row.user_status)

    @strawberry.field(description="The personas in the order they were made.")
    def personas(
        self,
        include_inactive: Annotated[
            bool, strawberry.argument(description="Whether those come along whose Persona Status is a final one.")
        ] = True,
    ) -> list["Persona"]:
        """See the description."""
        return [persona for persona in self._personas() if include_inactive or not persona.is_over()]

    @strawberry.field(
        description="The persona that counts now: the latest whose Persona Status is not final, else the latest of all."
    )
    def current_persona(
        self,
        role: Annotated[
            PersonaRole | None, strawberry.argument(description="Only personas of this role.")
        ] = strawberry.UNSET,
    ) -> "Persona | None":
        """See the description."""
        own = [persona for persona in self._personas() if not role or persona.role is role]
        going_on = [persona for persona in own if not persona.is_over()]
        return next(reversed(going_on or own), None)

    @strawberry.field(description="The matches of all personas, in the order they were made.")
    def matches(self, status_in: StatusIn = strawberry.UNSET) -> list[MatchType]:
        """See the description."""
        found = {
            match.row.id: match for persona in self._personas() for match in persona.chosen_matches(status_in or None)
        }
        return [found[number] for number in sorted(found)]

    @strawberry.field(description=LINKED)
    def records(self, kind: OfKind = strawberry.UNSET) -> list[RecordType]:
        """See the description."""
        return linked_records(self, kind or None)

    def _personas(self) -> list["Persona"]:
        return self.group.once("personas", lambda: _personas(self.group)).get(self.row.id, [])


@strawberry.type(description="One run of a person through the program, as mentor or mentee; matched at most once.")
class Persona(Subject):
    """See the description."""

    row: strawberry.Private[PersonaRow]
    group: strawberry.Private[Group[PersonaRow]]
    role: PersonaRole = strawberry.field(description="Whom it stands for in a match.")
    status_changed_at: datetime = strawberry.field(
        description="When its Persona Status or Match Status last changed, whichever was later."
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    mentor_site_list: str | None = strawberry.field(
        description="The pool of mentors destined for a site; null when you may not see it."
    )

    @classmethod
    def of(cls, row: PersonaRow, group: Group[PersonaRow]) -> "Persona":
        """A persona; ``group`` holds all that were found together."""
        return cls(
            row=row,
            group=group,
            id=strawberry.ID(id_of(Ref(Kind.PERSONA, row.id))),
            version=row.version,
            role=PersonaRole(row.role),
            status_changed_at=max(row.persona_status_since, row.match_status_since),
            created_at=row.created_at,
            mentor_site_list=row.mentor_site_list,
        )

    def program_id(self) -> int:
        """See :class:`Subject`."""
        return self.row.program_id

    def moments(self) -> Sequence[Moment]:
        """See :class:`Subject`."""
        return (
            (PERSONA_STATUS, self.row.persona_status, self.row.persona_status_since),
            (MATCH_STATUS, self.row.match_status, self.row.match_status_since),
        )

    def is_over(self) -> bool:
        """Whether the Persona Status is a final one."""
        status = self.group.nodes.status(self.row.program_id, PERSONA_STATUS, self.row.persona_status)
        return status.category is StatusCategory.FINAL

    @strawberry.field(description="The person.")
    def user(self) -> User:
        """See the description."""
        return self.group.once("users", lambda: _users(self.group))[self.row.user_id]

    @strawberry.field(description="The Persona Status.")
    def status(self) -> Status:
        """See the description."""
        return self.group.nodes.status(self.row.program_id, PERSONA_STATUS, self.row.persona_status)

    @strawberry.field(description="The Match Status.")
    def match_status(self) -> Status:
        """See the description."""
        return self.group.nodes.status(self.row.program_id, MATCH_STATUS, self.row.match_status)

    @strawberry.field(description="The site it is placed at; null when you may not see it.")
    def partner_site(self) -> Site | None:
        """See the description."""
        if self.row.site_id is None:
            return None
        return self.group.once("sites", lambda: _sites(self.group)).get(self.row.site_id)

    @strawberry.field(description="The open match, else the latest that does not count as removed.")
    def match(self) -> MatchType | None:
        """See the description."""
        present = self.chosen_matches(None)
        return next(reversed([match for match in present if match.is_open()] or present), None)

    @strawberry.field(description="The matches, in the order they were made.")
    def matches(self, status_in: StatusIn = strawberry.UNSET) -> list[MatchType]:
        """See the description."""
        return self.chosen_matches(status_in or None)

    @strawberry.field(description=LINKED)
    def records(self, kind: OfKind = strawberry.UNSET) -> list[RecordType]:
        """See the description."""
        return linked_records(self, kind or None)

    def chosen_matches(self, status_in: Sequence[str] | None) -> list["Match"]:
        """The matches in these statuses; without any all that do not count as removed."""
        statuses = self.group.nodes.statuses(self.row.program_id, PAIR_STATUS)
        for key in status_in or ():
            known("status", key, statuses)
        own = self.group.once("matches", lambda: _matches(self.group)).get(self.row.id, [])
        return [m for m in own if (m.row.pair_status in status_in if status_in else not m.is_removed())]


def _personas(group: Group[UserRow]) -> dict[int, list[Persona]]:
    return wrapped(group.nodes.read.personas_of(ids(group)), group.nodes.personas)


def _users(group: Group[PersonaRow]) -> dict[int, User]:
    return by_id(group.nodes.read.users(sorted({row.user_id for row in group.rows})), group.nodes.users)


def _sites(group: Group[PersonaRow]) -> dict[int, Site]:
    wanted = sorted({row.site_id for row in group.rows if row.site_id is not None})
    return by_id(group.nodes.read.sites(wanted), group.nodes.sites)


def _matches(group: Group[PersonaRow]) -> dict[int, list["Match"]]:
    return wrapped(group.nodes.read.matches_of(ids(group)), group.nodes.matches)
