"""The composition root: the only file that knows every part, and how they are put together."""

import asyncio
import os
import random
import secrets
import sys
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from structlog.typing import FilteringBoundLogger

from server.api import build_api
from server.backend import Backend, NotReadyError, activator, open_backend
from server.delivery.carriers import Carrier
from server.delivery.courier import Courier
from server.delivery.mail import Mail
from server.delivery.webhook import Webhook
from server.domain.access import Reach
from server.domain.errors import MatchkeeperError
from server.domain.revisions import Cause
from server.engine.messages import Channel
from server.engine.ruleset import PLATFORM
from server.graphql.mutations.named import OPEN_TO_STRANGERS
from server.graphql.schema import sdl
from server.http.authentication import Doorkeeper
from server.http.browser_page import browser_page
from server.http.health import Check
from server.http.routes import build_http
from server.http.threshold import Threshold
from server.identity.sign_in import SignIn, open_sign_in
from server.services.audit import Audit
from server.services.clock import Clock
from server.services.in_force import InForce
from server.services.registering import open_programs
from server.services.reloading import Reloading, tell_held
from server.services.rulebook import Rulebook
from server.services.scheduler import Scheduler
from server.services.timekeeping import Timekeeping
from server.services.tokens import Tokens
from server.settings import Settings, check_access, read_settings
from server.store.database import Store
from server.store.migrate import is_current
from server.telemetry.logs import open_log
from server.telemetry.metrics import Metrics


def build_app(backend: Backend, log: FilteringBoundLogger) -> Starlette:
    """The server over an open backend, which it closes when it stops.

    Raises SettingsError where the settings would let in who should not be, NotReadyError where they give
    roles that no program has.
    """
    settings, store, in_force, page = backend.settings, backend.store, backend.in_force, browser_page()
    metrics = Metrics()
    check_access(settings)
    _check_roles(backend)
    sign_in = open_sign_in(store, settings.openid, log, backend.clock, base=lambda: in_force.rulebook.base)
    audit = Audit(store, in_force, log, backend.clock, time.monotonic)
    door = _door(settings, in_force, sign_in, audit, log)
    api = build_api(backend, audit, door, page, log)

    @asynccontextmanager
    async def running(_: Starlette) -> AsyncIterator[None]:
        log.info("started", programs=len(backend.rulebook.programs), process=os.getpid())
        if backend.clock.is_test:
            log.warning("TEST CLOCK: time stands still until advanceClock moves it", now=backend.clock().isoformat())
        audit.start()
        courier = open_courier(backend, log)
        if not backend.clock.is_test:  # then 'matchkeeper messages deliver' does it, at the moment that is wanted
            courier.start()
        with api.stopping.on_signals():
            async with _hearing(store), _keeping_up(backend, log, metrics), _keeping_time(backend, log):
                yield
        await courier.stop()
        await sign_in.close()
        await asyncio.to_thread(audit.close)
        store.close()
        log.info("stopped", process=os.getpid())

    names = settings.allowed_hosts if settings.allowed_hosts or not settings.signs_in else None
    return build_http(
        api.view,
        api.sockets,
        page,
        partial(_probe, backend),
        sdl=sdl,
        metrics=metrics.page,
        door=door,
        log=log,
        new_id=_new_id,
        lifespan=running,
        names=names,
        origins=settings.http.cors_origins,
    )


def _door(
    settings: Settings, in_force: InForce, sign_in: SignIn, audit: Audit, log: FilteringBoundLogger
) -> Doorkeeper:
    return Doorkeeper(
        sign_in.caller,
        log,
        local=not settings.signs_in,
        came=audit.signed_in,
        turned_away=audit.turned_away,
        threshold=_threshold(settings, in_force),
    )


def _new_id() -> str:
    return uuid.uuid4().hex


@asynccontextmanager
async def _hearing(store: Store) -> AsyncIterator[None]:
    """Hears what other processes commit meanwhile, for those who follow."""
    hearing = asyncio.create_task(store.hear_others())
    try:
        yield
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


@asynccontextmanager
async def _keeping_up(backend: Backend, log: FilteringBoundLogger, metrics: Metrics) -> AsyncIterator[None]:
    """Keeps the rules as the files say meanwhile."""
    if backend.held:
        tell_held(log, backend.held)
    reloading = Reloading(
        backend.settings.rules,
        backend.files,
        backend.store,
        backend.in_force,
        clock=backend.clock,
        log=log,
        by=activator(Cause.FILES),
        count=metrics.reloaded,
    )
    watching = asyncio.create_task(reloading.keep_up())
    try:
        yield
    finally:
        reloading.stop()
        await watching


def _threshold(settings: Settings, in_force: InForce) -> Threshold | None:
    """What is open to whoever is not signed in: nothing, unless some program's rules say so."""
    per_address, in_all = settings.strangers_per_address, settings.strangers_per_minute
    if not (per_address and in_all):
        return None

    def doings() -> frozenset[str]:
        return OPEN_TO_STRANGERS if open_programs(in_force.rulebook) else frozenset()

    return Threshold(doings, per_address=per_address, in_all=in_all, seconds=time.monotonic)


@asynccontextmanager
async def _keeping_time(backend: Backend, log: FilteringBoundLogger) -> AsyncIterator[None]:
    """Carries out what falls due meanwhile; not while a test moves the time, nor where it is switched off."""
    if backend.clock.is_test or not backend.settings.scheduler:
        yield
        return
    timekeeping = Timekeeping(
        backend.in_force, lambda rulebook: Scheduler(backend.store, rulebook, backend.clock, log, random.random)
    )
    keeping = asyncio.create_task(timekeeping.keep_time())
    try:
        yield
    finally:
        timekeeping.stop()
        await keeping


def _check_roles(backend: Backend) -> None:
    """Refuses a mapping that gives roles which nobody can have."""
    rulebook, openid = backend.rulebook, backend.settings.openid
    actors = [actor for program in rulebook.programs for actor in rulebook.ruleset(program.id).actors.values()]
    known = {actor.key for actor in actors if actor.scope != Reach.NONE} - {PLATFORM}
    for _, _, role in openid.roles if openid else ():
        if role not in known:
            listed = ", ".join(sorted(known))
            raise NotReadyError(f"MATCHKEEPER_OIDC_ROLES gives the role {role}, which is none. There are: {listed}.")


def open_courier(backend: Backend, log: FilteringBoundLogger) -> Courier:
    """What delivers messages by the carriers that are set up; to be opened where an event loop runs."""
    settings, carriers = backend.settings.delivery, dict[str, Carrier]()

    def program_key(program_id: int) -> str | None:
        return backend.rulebook.key(program_id)

    if settings.webhook_url and settings.webhook_secret:
        webhook = Webhook(settings.webhook_url, settings.webhook_secret, program_key, backend.clock)
        carriers[Channel.WEBHOOK] = webhook
    if settings.smtp_url and settings.mail_from:
        carriers[Channel.EMAIL] = Mail(settings.smtp_url, settings.mail_from)
    return Courier(backend.store, carriers, backend.clock, random.random, log)


def open_tokens(backend: Backend) -> Tokens:
    """The service that makes and ends tokens."""
    return Tokens(backend.rulebook, backend.clock, secrets.token_bytes)


async def _probe(backend: Backend) -> tuple[Check, ...]:
    own = (await _database(backend.store), await _schema_version(backend.settings), _rules(backend.rulebook))
    return (*own, _test_clock(backend.clock)) if backend.clock.is_test else own


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


def _test_clock(clock: Clock) -> Check:
    return Check("test clock", details={"now": clock().isoformat(), "warning": "time is set for a test"})


def create_app(settings: Settings) -> Starlette:
    """The whole server of these settings, ready to be run; raises what :func:`open_backend` raises."""
    return build_app(open_backend(settings), open_log(sys.stderr, colours=sys.stderr.isatty()))


def app_from_environment() -> Starlette:
    """The server of one further process; it finds its settings in the environment."""
    return create_app(read_settings(os.environ, Path.cwd()))
