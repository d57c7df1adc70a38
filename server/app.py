"""The composition root: the only file that knows every part, and how they are put together."""

import asyncio
import os
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from starlette.applications import Starlette
from structlog.typing import FilteringBoundLogger

from server.domain.actors import Caller
from server.domain.errors import MatchkeeperError
from server.engine.ruleset import Ruleset
from server.graphql.context import Context
from server.graphql.limits import MAX_TOKENS, RULES
from server.graphql.schema import build_schema, sdl
from server.http.browser_page import browser_page
from server.http.graphql_view import Execution, GraphQLView
from server.http.health import Check
from server.http.routes import build_http
from server.rules.diagnostics import Diagnostic
from server.rules.loader import load_rules
from server.services.changes import Changes
from server.services.offers import Offers
from server.services.people import People
from server.services.reading import Reading
from server.services.rulebook import Rulebook, open_rulebook
from server.settings import Settings, read_settings
from server.store.database import Session, Store, open_store
from server.store.migrate import is_current, upgrade
from server.telemetry.logs import open_log

Clock = Callable[[], datetime]


class NotReadyError(Exception):
    """The server cannot start; the message says what to do first."""


@dataclass(frozen=True, slots=True)
class Backend:
    """What commands and the server share: an open database and the rules in force, with their warnings."""

    settings: Settings
    store: Store
    rulebook: Rulebook
    warnings: tuple[Diagnostic, ...] = ()


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


def open_backend(settings: Settings, clock: Clock = utc_now) -> Backend:
    """Loads the rules, opens the database and enters the programs.

    SQLite is brought up to date; PostgreSQL has to be already. Raises RulesError with every problem of
    the files, NotReadyError, or TryAgainError where the database does not answer.
    """
    loaded = load_rules(settings.rules)
    if settings.on_sqlite:
        upgrade(settings.database_url)
    elif not is_current(settings.database_url):
        raise NotReadyError("The database is not up to date. Run 'matchkeeper db upgrade' with the same address first.")
    store = open_store(settings.database_url)
    try:
        return Backend(settings, store, _enter(store, loaded.rulesets, clock), loaded.diagnostics)
    except BaseException:
        store.close()
        raise


def _enter(store: Store, rulesets: Mapping[str, Ruleset], clock: Clock) -> Rulebook:
    return store.mutate_now(lambda session: open_rulebook(session, rulesets, clock()))


def build_app(backend: Backend, log: FilteringBoundLogger, clock: Clock = utc_now) -> Starlette:
    """The server over an open backend, which it closes when it stops."""
    store, page = backend.store, browser_page()
    execution = Execution(read=store.query, write=store.mutate, context=_contexts(backend.rulebook, clock))
    view = GraphQLView(build_schema(), execution, log, page=page.respond, rules=RULES, max_tokens=MAX_TOKENS)

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        log.info("started", programs=len(backend.rulebook.programs), process=os.getpid())
        yield
        store.close()
        log.info("stopped", process=os.getpid())

    async def probe() -> tuple[Check, ...]:
        return (await _database(store), await _schema_version(backend.settings), _rules(backend.rulebook))

    return build_http(view, page, probe, sdl, log=log, new_id=lambda: uuid.uuid4().hex, lifespan=running)


def _contexts(rulebook: Rulebook, clock: Clock) -> Callable[[Session, Caller], Context]:
    """Makes what resolvers get, anew for each operation."""
    reading, offers = Reading(rulebook), Offers(rulebook, clock)
    changes, people = Changes(rulebook, clock), People(rulebook, clock)

    def context(session: Session, caller: Caller) -> Context:
        return Context(session, caller, rulebook, reading, changes, people, offers, clock())

    return context


async def _database(store: Store) -> Check:
    try:
        await store.query(lambda session: session.connection.exec_driver_sql("SELECT 1").scalar_one())
    except MatchkeeperError as error:
        return Check("database", problem=error.message)
    return Check("database")


async def _schema_version(settings: Settings) -> Check:
    if await asyncio.to_thread(is_current, settings.database_url):
        return Check("schema")
    return Check("schema", problem="The database is not up to date: run 'matchkeeper db upgrade'.")


def _rules(rulebook: Rulebook) -> Check:
    return Check("rules", details={p.key: rulebook.ruleset(p.id).revision for p in rulebook.programs})


def create_app(settings: Settings) -> Starlette:
    """The whole server of these settings, ready to be run; raises what :func:`open_backend` raises."""
    return build_app(open_backend(settings), open_log(sys.stderr, colours=sys.stderr.isatty()))


def app_from_environment() -> Starlette:
    """The server of one further process; it finds its settings in the environment."""
    return create_app(read_settings(os.environ, Path.cwd()))
