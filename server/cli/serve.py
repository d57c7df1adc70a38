"""``matchkeeper serve``: the server."""

import os
import socket
import sys
from contextlib import suppress
from typing import Annotated

import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

from server.app import app_from_environment, build_app
from server.backend import Backend, open_backend
from server.cli.backend import warn_of_held
from server.cli.demo import describe, fill
from server.cli.options import DatabaseUrl, Rules, settings_with
from server.cli.output import refuse, say, told
from server.services.demo import HasPeopleError
from server.services.registering import open_programs
from server.settings import Settings, check_access
from server.telemetry.logs import open_log

GRACE_SECONDS = 10
"""How long requests may take to end after the server was told to stop."""

SILENT_SECONDS = 30
"""How long a worker may say nothing before another takes its place: on a busy machine its start alone takes many."""

BACKLOG = 2048
"""How many connections may wait until they are taken."""

Host = Annotated[
    str | None,
    typer.Option(
        help="Where to listen; beyond this machine only if people sign in.",
        show_default="127.0.0.1",
    ),
]
Port = Annotated[int | None, typer.Option(help="The port; 0 takes a free one.", show_default="8000")]
Workers = Annotated[int | None, typer.Option(help="How many processes serve.", show_default="1")]
Demo = Annotated[bool | None, typer.Option("--demo", help="Fill an empty database with demo data.", show_default=False)]


def serve(
    *,
    host: Host = None,
    port: Port = None,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
    workers: Workers = None,
    demo: Demo = None,
) -> None:
    """Serve the GraphQL API and GraphiQL.

    Each option can also be given as MATCHKEEPER_HOST, _PORT, _DATABASE_URL, _RULES, _WORKERS, _DEMO;
    how people sign in is set by MATCHKEEPER_REQUIRE_AUTH and MATCHKEEPER_OIDC_*, and where messages go by
    MATCHKEEPER_WEBHOOK_URL, _WEBHOOK_SECRET, _SMTP_URL and _MAIL_FROM.
    """
    with told():
        settings = settings_with(
            host=host, port=port, database_url=database_url, rules=rules, workers=workers, demo=demo
        )
        check_access(settings)
        _run(settings)


def _run(settings: Settings) -> None:
    log = open_log(sys.stderr, colours=sys.stderr.isatty())
    backend = open_backend(settings)
    if settings.demo:
        _fill(backend)
    listener = _listen(settings)
    _announce(backend, listener)
    if settings.workers == 1:
        config = _config(build_app(backend, log), settings.limits.body_bytes)
        with suppress(KeyboardInterrupt):  # Ctrl+C has stopped the server by then
            uvicorn.Server(config).run(sockets=[listener])
        return
    backend.store.close()  # each process opens its own
    os.environ.update(settings.environment())
    factory = f"{app_from_environment.__module__}:{app_from_environment.__name__}"
    config = _config(factory, settings.limits.body_bytes, settings.workers)
    Multiprocess(config, sockets=[listener]).run()


def _fill(backend: Backend) -> None:
    try:
        say(describe(fill(backend)))
    except HasPeopleError:
        say("Demo data: left out, since the database holds people already.")


def _config(app: object, body_bytes: int, workers: int | None = None) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]  # an application or where to find its factory
        factory=isinstance(app, str),
        workers=workers,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=body_bytes,
        lifespan="on",
        access_log=False,
        log_config=None,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_worker_healthcheck=SILENT_SECONDS,
    )


def _listen(settings: Settings) -> socket.socket:
    host = settings.host.strip("[]")
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, settings.port))
        listener.listen(BACKLOG)
    except OSError as error:
        refuse(f"Cannot listen on {settings.host} port {settings.port}: {error.strerror}. Try another --port.")
    listener.set_inheritable(True)
    return listener


def _announce(backend: Backend, listener: socket.socket) -> None:
    settings = backend.settings
    host = f"[{settings.host.strip('[]')}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{listener.getsockname()[1]}"
    say(f"Matchkeeper: {address}/graphql", style="bold green")
    say(f"  flow      {address}/flow")
    hint = f" ({len(backend.warnings)} warnings: see 'matchkeeper rules check')" if backend.warnings else ""
    say(f"  rules     {settings.rules}{hint}")
    warn_of_held(backend)
    say(f"  database  {settings.database_shown}")
    say(f"  access    {_access(settings)}")
    opened = [program.key for program in open_programs(backend.rulebook)] if settings.signs_in else []
    if opened:
        say(f"  open      whoever is not signed in may come in: {', '.join(opened)}")
    say(f"  messages  {settings.delivery.shown}")
    if settings.test_clock is not None:
        moment = settings.test_clock.isoformat()
        say(f"  TEST CLOCK time stands at {moment} until advanceClock moves it", style="bold red")
    say("  stop      Ctrl+C")


def _access(settings: Settings) -> str:
    if not settings.signs_in:
        return "local mode: whoever sits at this machine acts as a super administrator"
    issuer = f" or with tokens of {settings.openid.issuer}" if settings.openid else ""
    return f"sign-in with our tokens ('matchkeeper token create'){issuer}"
