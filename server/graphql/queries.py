"""The root of all reading."""

from functools import cache, partial
from typing import Annotated, TypeVar

import strawberry

from server.domain.filters import UserOrderField as OrderedBy
from server.domain.ids import parse_id, parse_ref
from server.engine.facts import Kind
from server.graphql import inputs
from server.graphql.arguments import asked, bad_input, read_id, text
from server.graphql.context import Context, Info
from server.graphql.filters import MANY, Filters, order
from server.graphql.inputs import ProgramKey
from server.graphql.levels import by_id
from server.graphql.nodes import Nodes
from server.graphql.paging import BY_ID, After, Before, First, Last, window
from server.graphql.server_queries import ServerQuery
from server.graphql.types.history import StatusChange
from server.graphql.types.lists import Connection
from server.graphql.types.matches import Match
from server.graphql.types.messages import Message
from server.graphql.types.people import Persona, User
from server.graphql.types.programs import Program, Site
from server.graphql.types.subjects import Node, Subject
from server.services.access import program_named

Narrowed = strawberry.argument(name="filter", description="Which of them; without it all.")
Id = Annotated[strawberry.ID, strawberry.argument(name="id", description="The global id.")]

Wanted = TypeVar("Wanted", bound=Subject)

_SORTED_BY = {OrderedBy.NAME: str, OrderedBy.STATUS_CHANGED_AT: int, OrderedBy.CREATED_AT: int}


@strawberry.type(description="Whoever sends the request.")
class Viewer:
    """See the description."""

    context: strawberry.Private[Context]
    name: str = strawberry.field(description="The name under which acts are recorded.")
    roles: list[str] = strawberry.field(description="The keys of the actors of the rules that you are.")

    @strawberry.field(description="The programs you may see.")
    def programs(self) -> list[Program]:
        """See the description."""
        return Nodes(self.context).programs()

    @strawberry.field(description="Your own record; null for whoever has none, such as staff and services.")
    def user(self) -> User | None:
        """See the description."""
        nodes, own = Nodes(self.context), self.context.caller.user_id
        return by_id(nodes.read.users([own]), nodes.users).get(own) if own is not None else None


@strawberry.type(description="Everything that can be read.")
class Query(ServerQuery):
    """See the description."""

    @strawberry.field(description="Anything by its global id; null when it does not exist or may not be seen.")
    def node(self, info: Info, id_: Id) -> Node | None:
        """See the description."""
        wanted = read_id(lambda: parse_id(id_))
        return Nodes(info.context).named([wanted]).get(wanted)

    @strawberry.field(
        description="Several things by their global ids, in the order of the ids; null for what is missing."
    )
    def nodes(
        self,
        info: Info,
        ids: Annotated[list[strawberry.ID], strawberry.argument(description=f"The global ids, at most {MANY}.")],
    ) -> list[Node | None]:
        """See the description."""
        if len(ids) > MANY:
            raise bad_input(f"At most {MANY} ids at a time, not {len(ids)}. Ask for the rest in another request.")
        wanted = [read_id(partial(parse_id, text)) for text in ids]
        found = Nodes(info.context).named(wanted)
        return [found.get(each) for each in wanted]

    @strawberry.field(description="Whoever sends the request; null when that is nobody.")
    def viewer(self, info: Info) -> Viewer | None:
        """See the description."""
        caller = info.context.caller
        return Viewer(context=info.context, name=caller.name, roles=sorted(caller.roles))

    @strawberry.field(description="The programs that are served, the base program first.")
    def programs(self, info: Info) -> list[Program]:
        """See the description."""
        return Nodes(info.context).programs()

    @strawberry.field(description="One program; null when there is none of that key.")
    def program(
        self,
        info: Info,
        key: Annotated[str | None, strawberry.argument(description="Its key; without it the base program.")] = (
            strawberry.UNSET
        ),
    ) -> Program | None:
        """See the description."""
        wanted = key or info.context.rulebook.base
        return next((found for found in Nodes(info.context).programs() if found.key == wanted), None)

    @strawberry.field(description="The partner sites of a program.")
    def sites(self, info: Info, program: ProgramKey = strawberry.UNSET) -> list[Site]:
        """See the description."""
        nodes = Nodes(info.context)
        return nodes.sites(nodes.read.sites_of(_program(info, program)))

    @strawberry.field(description="One person, by exactly one of id, email and externalId; null when there is none.")
    def user(
        self,
        info: Info,
        *,
        id_: Annotated[strawberry.ID | None, strawberry.argument(name="id", description="The global id.")] = (
            strawberry.UNSET
        ),
        program: ProgramKey = strawberry.UNSET,
        email: Annotated[
            str | None, strawberry.argument(description="The e-mail address, in any case, in the program.")
        ] = strawberry.UNSET,
        external_id: Annotated[
            str | None, strawberry.argument(description="The id in another system, in the program.")
        ] = strawberry.UNSET,
    ) -> User | None:
        """See the description."""
        if sum(bool(value) for value in (id_, email, external_id)) != 1:
            raise bad_input("Name the person by exactly one of id, email and externalId.")
        if id_:
            return _one(info, id_, Kind.USER, User)
        nodes, program_id = Nodes(info.context), _program(info, program)
        address, number = text("email", email), text("externalId", external_id)
        if address:
            row = nodes.read.user_by_email(program_id, address)
        else:
            row = nodes.read.user_by_external_id(program_id, number) if number else None
        return nodes.users([row])[0] if row else None

    @strawberry.field(description="The people of a program.")
    def users(
        self,
        info: Info,
        *,
        program: ProgramKey = strawberry.UNSET,
        narrowed: Annotated[inputs.UserFilter | None, Narrowed] = strawberry.UNSET,
        order_by: Annotated[
            inputs.UserOrder | None, strawberry.argument(description="The order; by registration unless said.")
        ] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[User]:
        """See the description."""
        nodes, program_id, sequence = Nodes(info.context), _program(info, program), order(order_by)
        name = f"{sequence.field.value} {'desc' if sequence.descending else 'asc'}"
        page = window(name, first, after, last, before, sorted_by=_SORTED_BY[sequence.field])
        wanted = Filters(nodes, program_id).users(narrowed)
        rows = asked(lambda: nodes.read.lists.users_page(program_id, wanted, sequence, page))
        return Connection.of(
            name, rows, nodes.users(rows.rows), cache(lambda: nodes.read.lists.users_total(program_id, wanted))
        )

    @strawberry.field(description="One persona; null when it does not exist or may not be seen.")
    def persona(self, info: Info, id_: Id) -> Persona | None:
        """See the description."""
        return _one(info, id_, Kind.PERSONA, Persona)

    @strawberry.field(description="The personas of a program, in the order they were made.")
    def personas(
        self,
        info: Info,
        *,
        program: ProgramKey = strawberry.UNSET,
        narrowed: Annotated[inputs.PersonaFilter | None, Narrowed] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[Persona]:
        """See the description."""
        nodes, program_id = Nodes(info.context), _program(info, program)
        page = window(BY_ID, first, after, last, before)
        wanted = Filters(nodes, program_id).personas(narrowed)
        rows = asked(lambda: nodes.read.lists.personas_page(program_id, wanted, page))
        return Connection.of(
            BY_ID, rows, nodes.personas(rows.rows), cache(lambda: nodes.read.lists.personas_total(program_id, wanted))
        )

    @strawberry.field(description="One match; null when it does not exist or may not be seen.")
    def match(self, info: Info, id_: Id) -> Match | None:
        """See the description."""
        return _one(info, id_, Kind.PAIR, Match)

    @strawberry.field(description="The matches of a program, in the order they were made, without removed ones.")
    def matches(
        self,
        info: Info,
        *,
        program: ProgramKey = strawberry.UNSET,
        narrowed: Annotated[inputs.MatchFilter | None, Narrowed] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[Match]:
        """See the description."""
        nodes, program_id = Nodes(info.context), _program(info, program)
        page = window(BY_ID, first, after, last, before)
        wanted = Filters(nodes, program_id).matches(narrowed)
        rows = asked(lambda: nodes.read.lists.matches_page(program_id, wanted, page))
        return Connection.of(
            BY_ID, rows, nodes.matches(rows.rows), cache(lambda: nodes.read.lists.matches_total(program_id, wanted))
        )

    @strawberry.field(description="Everything that has changed in a program, oldest first.")
    def history(
        self,
        info: Info,
        *,
        program: ProgramKey = strawberry.UNSET,
        narrowed: Annotated[inputs.StatusChangeFilter | None, Narrowed] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[StatusChange]:
        """See the description."""
        nodes, program_id = Nodes(info.context), _program(info, program)
        wanted = Filters(nodes, program_id).history(narrowed)
        return nodes.history(program_id, wanted, first=first, after=after, last=last, before=before)

    @strawberry.field(description="What people and roles of a program were told, in the order it was written.")
    def messages(
        self,
        info: Info,
        *,
        program: ProgramKey = strawberry.UNSET,
        narrowed: Annotated[inputs.MessageFilter | None, Narrowed] = strawberry.UNSET,
        first: First = strawberry.UNSET,
        after: After = strawberry.UNSET,
        last: Last = strawberry.UNSET,
        before: Before = strawberry.UNSET,
    ) -> Connection[Message]:
        """See the description."""
        nodes, program_id = Nodes(info.context), _program(info, program)
        page = window(BY_ID, first, after, last, before)
        wanted = Filters(nodes, program_id).messages(narrowed)
        rows = nodes.read.messages_page(program_id, wanted, page)
        return Connection.of(
            BY_ID, rows, nodes.messages(rows.rows), cache(lambda: nodes.read.messages_total(program_id, wanted))
        )


def _program(info: Info, key: str | None) -> int:
    """The number of a program; a key of none that the caller may see is the caller's fault."""
    context = info.context
    return asked(lambda: program_named(context.rulebook, context.caller, key or None)).id


def _one(info: Info, given: str, kind: Kind, wanted: type[Wanted]) -> Wanted | None:
    """One record by its id."""
    ref = read_id(lambda: parse_ref(given, kind))
    found = Nodes(info.context).subjects([ref]).get(ref)
    return found if isinstance(found, wanted) else None
