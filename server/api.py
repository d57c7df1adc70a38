"""Puts the API together over an open backend: its schema, its limits, what resolvers get, what is taken down."""

import secrets
import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from structlog.typing import FilteringBoundLogger

from server.backend import Backend
from server.domain.actors import Caller
from server.graphql.context import Context
from server.graphql.following import Source
from server.graphql.limits import Limits
from server.graphql.schema import build_schema
from server.http.authentication import Doorkeeper
from server.http.browser_page import BrowserPage
from server.http.conversation import Conversation
from server.http.execution import Execution, Roads
from server.http.graphql_request import Reading as RequestReading
from server.http.graphql_view import GraphQLView
from server.http.operations import Operations
from server.http.pace import Pace
from server.http.persisted import Persisted, read_trusted
from server.http.places import Places
from server.http.stopping import Stopping
from server.http.websocket import WebSockets
from server.http_settings import HttpSettings
from server.services.audit import Audit
from server.services.changes import Changes
from server.services.drafts import Drafts, Judging, RuleChecks
from server.services.due import Timetable
from server.services.fields import Fields
from server.services.offers import Offers
from server.services.people import People
from server.services.reading import Reading
from server.services.reads import Reads
from server.services.tokens import Tokens
from server.store.database import Session


@dataclass(frozen=True, slots=True)
class Api:
    """What answers the address of the API: ``view`` over HTTP, ``sockets`` over WebSocket.

    ``stopping``: to be told when the process is about to stop.
    """

    view: GraphQLView
    sockets: WebSockets
    stopping: Stopping


def build_api(backend: Backend, audit: Audit, door: Doorkeeper, page: BrowserPage, log: FilteringBoundLogger) -> Api:
    """The API within the limits of the installation."""
    settings, stopping = backend.settings, Stopping()
    limits, paced = settings.limits, settings.signs_in and settings.limits.requests_per_minute
    pace = Pace(limits.requests_per_minute, time.monotonic) if paced else None  # alone, one keeps nobody from anything
    talk, reading = _conversation(backend, audit, log), RequestReading(limits.body_bytes)
    view = GraphQLView(talk, door=door, page=page.respond, reading=reading, stopping=stopping, pace=pace)
    return Api(view, WebSockets(talk, door, pace, settings.http.cors_origins), stopping)


def _conversation(backend: Backend, audit: Audit, log: FilteringBoundLogger) -> Conversation:
    schema, store, limits = build_schema(), backend.store, backend.settings.limits
    bells = {Source.HISTORY: store.bell, Source.RULES: backend.in_force.bell}
    roads = Roads(store.query, store.mutate, _contexts(backend), _recorded_by(audit), _prepared(Judging()), bells)
    rules = Limits(schema._schema, limits)  # Strawberry has no public name for the schema it compiled
    operations = Operations(rules, _persisted(backend.settings.http, rules, log))
    places = Places(limits.subscriptions_per_caller, limits.subscriptions)
    connections = Places(limits.subscriptions_per_caller, limits.subscriptions)
    return Conversation(operations, Execution(schema, roads), places, connections, log)


def _persisted(settings: HttpSettings, limits: Limits, log: FilteringBoundLogger) -> Persisted:
    """The documents that clients may name. Those that can no longer be asked are told to the log, by their ids."""
    trusted = read_trusted(settings.trusted_documents) if settings.trusted_documents else {}
    unfit = [document_id for document_id, text in trusted.items() if limits.judge(text).errors]
    if unfit:
        log.warning("trusted documents that the schema does not fit", ids=unfit[:10], count=len(unfit))
    return Persisted(trusted, only_trusted=settings.only_trusted)


def _contexts(backend: Backend) -> Callable[[Session, Caller, Context | None], Context]:
    """Makes what resolvers get, anew for each operation: it is judged to its end by the rules it began under."""
    clock = backend.clock

    def context(session: Session, caller: Caller, earlier: Context | None) -> Context:
        rulebook, reads, now = backend.rulebook, Reads(), clock()
        drafts = earlier.drafts if earlier else Drafts()
        return Context(
            session,
            caller,
            rulebook,
            Reading(rulebook, now, reads),
            Changes(rulebook, clock),
            People(rulebook, clock),
            Offers(rulebook, clock),
            Fields(rulebook, clock),
            Tokens(rulebook, clock, secrets.token_bytes),
            Timetable(rulebook, clock),
            RuleChecks(rulebook, drafts),
            drafts,
            clock,
            now,
            reads,
        )

    return context


def _prepared(judging: Judging) -> Callable[[Context], Awaitable[bool]]:
    """Works out what an operation turned out to need, and takes too long for the reading of a database."""

    async def prepare(context: Context) -> bool:
        return await judging.settle(context.drafts, context.rulebook)

    return prepare


def _recorded_by(audit: Audit) -> Callable[[Context, str, str, Iterable[str]], None]:
    """Hands what each operation has shown to the record of reads."""

    def done(context: Context, request_id: str, fields: str, codes: Iterable[str]) -> None:
        context.reads.note_codes(codes)
        audit.answered(context.caller, context.reads, request_id, context.now, fields)

    return done
