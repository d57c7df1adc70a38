"""Doorways for tokens, and for the time of a test."""

from datetime import datetime
from typing import Annotated

import strawberry

from server.domain.errors import InputProblemsError
from server.domain.ids import TOKEN, MalformedIdError, parse_id
from server.domain.tokens import Token as TokenRow
from server.engine.facts import Kind
from server.engine.plan import Problem
from server.graphql.arguments import asked
from server.graphql.context import Context, Info
from server.graphql.levels import Group
from server.graphql.mutations.acts import attempt
from server.graphql.mutations.intake import Intake, given
from server.graphql.nodes import Nodes
from server.graphql.types.clock import Clock
from server.graphql.types.tokens import CreateTokenPayload, Token, TokenPayload
from server.services.token_wishes import TokenWish
from server.services.tokens import Issued

_UNSET = strawberry.UNSET


@strawberry.input(description="A new token. Without a program it is that of the user or the site, else your own.")
class CreateTokenInput:
    """See the description."""

    name: str = strawberry.field(description="What the token is for.")
    roles: list[str] = strawberry.field(description="The keys of the actors that its bearer is; none wider than you.")
    program: str | None = strawberry.field(
        default=_UNSET,
        description="The key of the only program it is for. Without it the base program, "
        "or every program when all roles reach every program.",
    )
    site: str | None = strawberry.field(default=_UNSET, description="The key of the site that site-wide roles reach.")
    user_id: strawberry.ID | None = strawberry.field(
        default=_UNSET, description="Whom it stands for; needed for mentors and mentees."
    )
    expires_at: datetime | None = strawberry.field(default=_UNSET, description="When it ends; without it never.")


@strawberry.type(description="Acts on tokens and on the time of a test.")
class TokenMutation:
    """See the description."""

    @strawberry.mutation(description="Makes a token with which somebody can sign in. The secret is shown this once.")
    def create_token(
        self,
        info: Info,
        wanted: Annotated[CreateTokenInput, strawberry.argument(name="input", description="What it is for.")],
    ) -> CreateTokenPayload:
        """See the description."""
        context, intake = info.context, Intake(wanted, {"subject": "userId", "user": "userId"})

        def act() -> Issued:
            user = intake.ref("subject", wanted.user_id, Kind.USER) if wanted.user_id else None
            intake.check()
            wish = TokenWish(
                wanted.name,
                tuple(wanted.roles),
                given(wanted.program),
                given(wanted.site),
                user.id if user else None,
                wanted.expires_at or None,
            )
            return context.tokens.create(context.session, context.caller, wish)

        done = attempt(context, intake, act)
        if isinstance(done, list):
            return CreateTokenPayload(user_errors=done)
        return CreateTokenPayload(token=_shown(context, done.token), secret=done.secret)

    @strawberry.mutation(description="Ends a token at once. Ending it again changes nothing.")
    def revoke_token(
        self,
        info: Info,
        id_: Annotated[strawberry.ID, strawberry.argument(name="id", description="The global id of the token.")],
    ) -> TokenPayload:
        """See the description."""
        context = info.context

        def act() -> TokenRow:
            try:
                wanted = parse_id(id_, TOKEN)
            except MalformedIdError as error:
                raise InputProblemsError((Problem(("id",), str(error)),)) from None
            return context.tokens.revoke(context.session, context.caller, wanted.number)

        done = attempt(context, _NoInput(None, {}), act)
        return TokenPayload(user_errors=done) if isinstance(done, list) else TokenPayload(token=_shown(context, done))

    @strawberry.mutation(description="Only where time is set for a test: moves it forward.")
    def advance_clock(
        self,
        info: Info,
        to: Annotated[datetime, strawberry.argument(description="The moment it is to be; not an earlier one.")],
    ) -> Clock:
        """See the description."""
        asked(lambda: info.context.clock.advance(to))
        return Clock.of(info.context.clock)


class _NoInput(Intake):
    """A mutation whose arguments stand by themselves, not within an input."""

    __slots__ = ()

    def spelled(self, path: object) -> list[str] | None:
        """See :class:`Intake`."""
        return [str(step) for step in path] if isinstance(path, tuple) and path else None


def _shown(context: Context, row: TokenRow) -> Token:
    return Token.of(row, Group(Nodes(context), [row]))
