"""Tokens: who may sign in, and as what."""

from datetime import datetime

import strawberry

from server.domain.ids import TOKEN, GlobalId
from server.domain.tokens import Token as TokenRow
from server.graphql.levels import Group, by_id
from server.graphql.types.people import User
from server.graphql.types.user_errors import UserError

_ERRORS = "Why it was not carried out, every reason; empty when it was."


@strawberry.type(description="A token with which somebody signs in. Its secret is known to its bearer alone.")
class Token:
    """See the description."""

    row: strawberry.Private[TokenRow]
    group: strawberry.Private[Group[TokenRow]]
    id: strawberry.ID = strawberry.field(description="The global id.")
    name: str = strawberry.field(description="What the token is for.")
    prefix: str = strawberry.field(description="The part of the token between its first two underscores.")
    roles: list[str] = strawberry.field(description="The keys of the actors of the rules that its bearer is.")
    created_at: datetime = strawberry.field(description="When it was made.")
    expires_at: datetime | None = strawberry.field(description="When it ends; null: it does not.")
    last_used_at: datetime | None = strawberry.field(description="When it was last used, exact to about a minute.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null: it was not.")

    @classmethod
    def of(cls, row: TokenRow, group: Group[TokenRow]) -> "Token":
        """A token; ``group`` holds all that were found together."""
        return cls(
            row=row,
            group=group,
            id=strawberry.ID(str(GlobalId(TOKEN, row.id))),
            name=row.name,
            prefix=row.prefix,
            roles=list(row.roles),
            created_at=row.created_at,
            expires_at=row.expires_at,
            last_used_at=row.last_used_at,
            revoked_at=row.revoked_at,
        )

    @strawberry.field(description="The key of the only program it is for; null: it is for every program.")
    def program(self) -> str | None:
        """See the description."""
        programs = self.group.nodes.context.rulebook.programs
        return next((program.key for program in programs if program.id == self.row.program_id), None)

    @strawberry.field(description="The key of the site that its site-wide roles reach.")
    def site(self) -> str | None:
        """See the description."""
        return self.group.once("sites", lambda: _sites(self.group)).get(self.row.site_id or 0)

    @strawberry.field(description="The person it stands for.")
    def user(self) -> User | None:
        """See the description."""
        return self.group.once("users", lambda: _users(self.group)).get(self.row.user_id or 0)


def _sites(group: Group[TokenRow]) -> dict[int, str]:
    wanted = sorted({row.site_id for row in group.rows if row.site_id is not None})
    return {number: site.key for number, site in group.nodes.read.sites(wanted).items()}


def _users(group: Group[TokenRow]) -> dict[int, User]:
    wanted = sorted({row.user_id for row in group.rows if row.user_id is not None})
    return by_id(group.nodes.read.users(wanted), group.nodes.users)


@strawberry.type(description="A new token, with the secret that is shown this once.")
class CreateTokenPayload:
    """See the description."""

    token: Token | None = strawberry.field(default=None, description="The token; null when it was refused.")
    secret: str | None = strawberry.field(
        default=None, description="What to send as `Authorization: Bearer ...`. Keep it now: it is not kept here."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)


@strawberry.type(description="What became of a token.")
class TokenPayload:
    """See the description."""

    token: Token | None = strawberry.field(default=None, description="The token; null when it was refused.")
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=_ERRORS)
