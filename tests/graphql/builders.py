"""The API as tests use it: asked through the schema, without HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from secrets import token_bytes
from typing import Any

import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLError, execute_sync, parse, validate
from sqlalchemy import event

from server.domain.actors import Caller
from server.domain.tokens import Randomness
from server.graphql.context import Context
from server.services.changes import Changes
from server.services.clock import Clock, RealClock
from server.services.drafts import Drafts, RuleChecks
from server.services.due import Timetable
from server.services.fields import Fields
from server.services.offers import Offers
from server.services.people import People
from server.services.reading import Reading
from server.services.rulebook import Rulebook
from server.services.tokens import Tokens
from server.store.sessions import Session, Store

START = datetime(2026, 1, 1, 12, tzinfo=UTC)
OWNER = Caller("Olga Owner", frozenset({"SUPER_ADMIN"}))
STAFF = Caller("Sam Staff", frozenset({"SITE_STAFF"}), program_id=1, site_id=1)
"""Works at the first site of the base program, once there is one."""


@lru_cache(4096)
def judged(schema: strawberry.Schema, text: str) -> tuple[DocumentNode | None, tuple[GraphQLError, ...]]:
    """A text, parsed and validated once however often it is asked, as the server does it."""
    try:
        document = parse(text)
    except GraphQLError as error:
        return None, (error,)
    return document, tuple(validate(schema._schema, document))


@dataclass
class Api:
    """The API as a caller has it. ``now`` moves on by a minute with every operation."""

    schema: strawberry.Schema
    store: Store
    rulebook: Rulebook
    caller: Caller = OWNER
    now: datetime = START
    clock: Clock = field(default_factory=RealClock)
    random: Randomness = token_bytes

    def as_(self, caller: Caller) -> "Api":
        return replace(self, caller=caller)

    def context(self, session: Session) -> Context:
        rulebook, clock = self.rulebook, lambda: self.now
        changes, people, offers = Changes(rulebook, clock), People(rulebook, clock), Offers(rulebook, clock)
        fields = Fields(rulebook, clock)
        tokens = Tokens(rulebook, clock, self.random)
        reading = Reading(rulebook, self.now)
        timetable, drafts = Timetable(rulebook, clock), Drafts()
        return Context(
            session,
            self.caller,
            rulebook,
            reading,
            changes,
            people,
            offers,
            fields,
            tokens,
            timetable,
            RuleChecks(rulebook, drafts),
            drafts,
            self.clock,
            clock(),
        )

    def execute(self, session: Session, text: str, variables: Mapping[str, Any]) -> ExecutionResult:
        document, errors = judged(self.schema, text)
        if document is None or errors:
            return ExecutionResult(None, list(errors))
        return execute_sync(
            self.schema._schema,
            document,
            variable_values=dict(variables),
            context_value=self.context(session),
            executor_class=self.schema.execution_context_class,
        )

    def run(self, text: str, **variables: Any) -> ExecutionResult:
        self.now += timedelta(minutes=1)

        def work(session: Session) -> ExecutionResult:
            return self.execute(session, text, variables)

        is_change = text.lstrip().startswith("mutation")
        return self.store.mutate_now(work) if is_change else self.store.query_now(work)

    def ask(self, text: str, **variables: Any) -> Mapping[str, Any]:
        """The data of an operation without faults."""
        result = self.run(text, **variables)
        assert result.errors is None, result.errors
        assert result.data is not None
        return result.data

    def fault(self, text: str, **variables: Any) -> tuple[str, str]:
        """The code and message of an operation that is the caller's fault."""
        result = self.run(text, **variables)
        assert result.errors is not None
        return result.errors[0].extensions["code"], result.errors[0].message

    def do(self, mutation: str, select: str = "", **given: Any) -> Mapping[str, Any]:
        """The payload of one mutation, with its errors."""
        kind = f"{SPECIAL.get(mutation, mutation[0].upper() + mutation[1:])}Input"
        text = f"mutation M($input: {kind}!) {{ {mutation}(input: $input) {{ {select} userErrors {{ {ERRORS} }} }} }}"
        return self.ask(text, input=given)[mutation]

    def done(self, mutation: str, select: str = "", **given: Any) -> Mapping[str, Any]:
        """The payload of one mutation that must succeed."""
        payload = self.do(mutation, select, **given)
        assert payload["userErrors"] == []
        return payload

    def statements(self, text: str, **variables: Any) -> int:
        """How many statements a query costs."""
        seen: list[str] = []

        def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        def work(session: Session) -> Any:
            event.listen(session.connection.engine, "before_cursor_execute", listen)
            try:
                return self.execute(session, text, variables)
            finally:
                event.remove(session.connection.engine, "before_cursor_execute", listen)

        assert self.store.query_now(work).errors is None
        return len(seen)

    def person(self, name: str, role: str = "MENTOR", *, active: bool = True, **given: Any) -> "Person":
        """A new person with one persona, active unless said."""
        email = given.pop("email", f"{name.lower().replace(' ', '.')}@example.org")
        select = "user { id personas { id } }"
        user = self.done("registerUser", select, name=name, role=role, email=email, **given)["user"]
        for status in ("SCREENING_INCOMPLETE", "ACTIVE") if active else ():
            self.done("changeUserStatus", userId=user["id"], to=status)
        return Person(user["id"], user["personas"][0]["id"])

    def match(self, mentor: "Person", mentee: "Person") -> str:
        """The id of a new match of two people who are ready."""
        given = {"mentorPersonaId": mentor.persona, "menteePersonaId": mentee.persona}
        return self.done("matchPersonas", "match { id }", **given)["match"]["id"]

    def place(self, *people: "Person") -> None:
        """Puts people on the first site, which this makes."""
        self.done("addSite", key="north", name="North School")
        for person in people:
            self.done("placePersona", personaId=person.persona, partnerSite="north")

    def history_length(self) -> int:
        return self.ask("{ history { totalCount } }")["history"]["totalCount"]


@dataclass(frozen=True)
class Person:
    """A person and the first persona, by their ids."""

    user: str
    persona: str


ERRORS = (
    "__typename code message path ... on TransitionNotAllowedError { currentStatus { key } "
    "blockers { code message file line subject { id } } alternatives { transition { key } subject { id } } } "
    "... on ConfirmationRequiredError { warnings { code message } } "
    "... on VersionConflictError { current { id version } }"
)
SPECIAL = {
    "finishApplication": "UserTransition",
    "makeReadyToBeMatched": "PersonaTransition",
    "openMatch": "MatchTransition",
    "deleteMatch": "MatchTransition",
}
