"""``matchkeeper token``: who may sign in, and as what; also while the server runs."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from rich.table import Table

from server.app import open_tokens
from server.backend import Backend
from server.cli.backend import OPERATOR, opened
from server.cli.moments import iso
from server.cli.options import AsJson, DatabaseUrl, Rules
from server.cli.output import FINDINGS, USAGE, examples, refuse, say, show
from server.domain.errors import InputProblemsError
from server.domain.ids import TOKEN, USER, GlobalId, MalformedIdError, parse_id
from server.domain.tokens import Token
from server.services.token_wishes import TokenWish, user_named
from server.services.tokens import Issued
from server.store.programs import sites_by_ids
from server.store.sessions import Session

app = typer.Typer(no_args_is_help=True, help="Tokens: who may sign in, and as what.")

_DAYS = re.compile(r"([1-9][0-9]{0,3})d", re.ASCII)
_OPTIONS = {"roles": "--role", "expires_at": "--expires"}


@app.command(
    epilog=examples(
        "matchkeeper token create --name 'Nightly report' --role AUDITOR --expires 90d",
        "matchkeeper token create --name 'Lincoln staff' --role SITE_STAFF --site lincoln",
        "matchkeeper token create --name Robin --role PARTICIPANT --user robin@example.org --json",
    )
)
def create(
    *,
    name: Annotated[str, typer.Option(help="What the token is for.")],
    role: Annotated[list[str], typer.Option(help="A key of the rules' actors; may be given several times.")],
    program: Annotated[str | None, typer.Option(help="The key of the only program it is for.")] = None,
    site: Annotated[str | None, typer.Option(help="The key of the site that site-wide roles reach.")] = None,
    user: Annotated[str | None, typer.Option(help="Whom it stands for: id or e-mail address.")] = None,
    expires: Annotated[str | None, typer.Option(help="When it ends: 90d, or 2027-01-31. Else never.")] = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
) -> None:
    """Make a token and show its secret, this once."""
    with opened(database_url, rules) as backend, _explained():
        expires_at = _moment(expires, backend.clock()) if expires else None

        def make(session: Session) -> tuple[Issued, dict[str, Any]]:
            person = user_named(session, backend.rulebook, program, user) if user else None
            wish = TokenWish(name, tuple(role), program, site, person, expires_at)
            issued = open_tokens(backend).create(session, OPERATOR, wish)
            return issued, _told(session, backend, [issued.token])[0]

        issued, shown = backend.store.mutate_now(make)
    if as_json:
        typer.echo(json.dumps({"token": shown, "secret": issued.secret}))
        return
    say(f"{shown['id']}: {', '.join(shown['roles'])} in {shown['program'] or 'every program'}.")
    say("Send it as 'Authorization: Bearer ...'. It is shown only now:")
    typer.echo(issued.secret)


@app.command("list", epilog=examples("matchkeeper token list", "matchkeeper token list --json"))
def listed(*, as_json: AsJson = False, database_url: DatabaseUrl = None, rules: Rules = None) -> None:
    """List all tokens, without their secrets."""
    with opened(database_url, rules) as backend:

        def read(session: Session) -> list[dict[str, Any]]:
            return _told(session, backend, open_tokens(backend).listed(session, OPERATOR))

        rows, now = backend.store.query_now(read), backend.clock().isoformat()
    if as_json:
        typer.echo(json.dumps(rows))
        return
    table = Table("id", "name", "prefix", "roles", "program", "site", "user", "last used", "state")
    for row in rows:
        state = "revoked" if row["revokedAt"] else _until(row["expiresAt"], now)
        cells = (row["program"] or "every one", row["site"], row["userId"], (row["lastUsedAt"] or "")[:16], state)
        table.add_row(row["id"], row["name"], row["prefix"], ", ".join(row["roles"]), *(cell or "" for cell in cells))
    show(table)


@app.command(epilog=examples("matchkeeper token revoke Token-3"))
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID", help="The id, as 'token list' shows it.")],
    *,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
) -> None:
    """End a token at once."""
    try:
        wanted = parse_id(token_id, TOKEN)
    except MalformedIdError as error:
        refuse(str(error), USAGE)
    with opened(database_url, rules) as backend:
        tokens = open_tokens(backend)
        token = backend.store.mutate_now(lambda session: tokens.revoke(session, OPERATOR, wanted.number))
    say(f"{wanted} ({token.name}) lets nobody in any more.")


@contextmanager
def _explained() -> Iterator[None]:
    """Tells every problem on a line of its own, with the option it lies in."""
    try:
        yield
    except InputProblemsError as error:
        for problem in error.problems:
            option = _OPTIONS.get(problem.path[0], f"--{problem.path[0]}")
            say(f"{option}: {problem.text}", style="bold red")
        raise typer.Exit(FINDINGS) from None


def _told(session: Session, backend: Backend, tokens: list[Token]) -> list[dict[str, Any]]:
    """Tokens as JSON tells them, in the words of the API."""
    keys = {program.id: program.key for program in backend.rulebook.programs}
    found = sites_by_ids(session.connection, sorted({token.site_id for token in tokens if token.site_id}))
    return [
        {
            "id": str(GlobalId(TOKEN, token.id)),
            "name": token.name,
            "prefix": token.prefix,
            "roles": list(token.roles),
            "program": keys.get(token.program_id or 0),
            "site": found[token.site_id].key if token.site_id else None,
            "userId": str(GlobalId(USER, token.user_id)) if token.user_id else None,
            "createdAt": iso(token.created_at),
            "expiresAt": iso(token.expires_at),
            "lastUsedAt": iso(token.last_used_at),
            "revokedAt": iso(token.revoked_at),
        }
        for token in tokens
    ]


def _until(expires: str | None, now: str) -> str:
    if expires is None:
        return "valid"
    return f"valid until {expires[:16]}" if expires > now else "expired"


def _moment(text: str, now: datetime) -> datetime:
    """The moment that an option means: days from now, or a date in UTC at whose end it is over."""
    days = _DAYS.fullmatch(text)
    if days:
        return now + timedelta(days=int(days[1]))
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"--expires is 90d, 2027-01-31 or 2027-01-31T12:00:00Z, not '{text}'.", USAGE)
    if "T" not in text.upper() and " " not in text:
        moment += timedelta(days=1)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
