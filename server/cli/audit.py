"""``matchkeeper audit``: who was shown what of whom, who signed in, who was refused."""

import json
from enum import StrEnum
from typing import Annotated, Any

import typer
from rich.table import Table

from server.cli.backend import opened
from server.cli.moments import moment_before
from server.cli.options import AsJson, DatabaseUrl, Rules
from server.cli.output import show
from server.cli.people import person_named
from server.domain.access import FieldClass
from server.domain.audit import AuditFilter, AuditKind, AuditRow, Who
from server.domain.ids import TOKEN, USER, GlobalId, MalformedIdError, parse_id
from server.store.reads import entries_listed

LISTED = 100
"""How many entries are shown unless another number is given."""


class Kind(StrEnum):
    """What ``--kind`` takes."""

    READ = AuditKind.READ.value
    SIGN_IN = AuditKind.SIGN_IN.value
    REFUSAL = AuditKind.REFUSAL.value


def audit(
    *,
    person: Annotated[str | None, typer.Option(help="Whose data were shown: id or e-mail address.")] = None,
    who: Annotated[str | None, typer.Option(help="To whom: Token-3, User-4, or a name.")] = None,
    since: Annotated[str | None, typer.Option(help="From when on: 7d, or 2026-01-31.")] = None,
    kind: Annotated[Kind | None, typer.Option(help="Only entries of one kind.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many entries at most, the newest.")] = LISTED,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
) -> None:
    """Show the record of reads: whose data were shown to whom, who signed in, who was refused.

    Kept of people whom the rules file marks as minors. The newest entries come first.
    """
    with opened(database_url, rules) as backend:
        wanted = AuditFilter(
            person_named(backend, person) if person else None,
            _who(who) if who else None,
            moment_before("--since", since, backend.clock()) if since else None,
            AuditKind(kind.value) if kind else None,
        )
        rows = backend.store.query_now(lambda session: entries_listed(session.connection, wanted, limit))
    told = [entry_told(row) for row in rows]
    if as_json:
        typer.echo(json.dumps(told))
    else:
        _print(told)


def entry_told(row: AuditRow) -> dict[str, Any]:
    """An entry as JSON tells it."""
    entry = row.entry
    return {
        "id": row.id,
        "at": entry.at.isoformat(),
        "kind": entry.kind.value,
        "who": {
            "name": row.who_name,
            "tokenId": str(GlobalId(TOKEN, entry.who.token_id)) if entry.who.token_id else None,
            "userId": str(GlobalId(USER, entry.who.user_id)) if entry.who.user_id else None,
        },
        "personId": str(GlobalId(USER, entry.person_id)) if entry.person_id else None,
        "classes": [each.value for each in FieldClass if each in entry.classes],
        "program": row.program,
        "code": entry.code,
        "detail": entry.detail,
        "times": entry.times,
        "requestId": entry.request_id,
    }


def _who(text: str) -> Who:
    """Whom an option means: whatever is no id is a name."""
    try:
        found = parse_id(text, TOKEN, USER)
    except MalformedIdError:
        return Who(name=text)
    return Who(token_id=found.number) if found.name == TOKEN else Who(user_id=found.number)


def _print(told: list[dict[str, Any]]) -> None:
    table = Table("at (UTC)", "kind", "who", "whom", "shown, or why not", "request")
    for row in told:
        who = row["who"]
        ids = who["tokenId"] or who["userId"]
        name = " ".join(part for part in (who["name"], f"({ids})" if ids else None) if part) or "nobody"
        times = f" ({row['times']} times)" if row["times"] > 1 else ""
        why = ", ".join(row["classes"]) or ": ".join(part for part in (row["code"], row["detail"]) if part)
        table.add_row(row["at"][:19], row["kind"], name, row["personId"] or "", why + times, row["requestId"])
    show(table)
