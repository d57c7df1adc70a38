"""``matchkeeper messages``: what people are told, what became of it, and delivering it; also while the server runs."""

import asyncio
import json
import sys
from typing import Annotated, Any

import typer
from rich.table import Table

from server.app import open_courier
from server.backend import Backend
from server.cli.backend import opened
from server.cli.moments import iso
from server.cli.options import AsJson, DatabaseUrl, Rules
from server.cli.output import FINDINGS, USAGE, examples, refuse, say, show
from server.delivery.courier import Tally
from server.domain.filters import PAGE_LIMIT, MessageFilter, Window
from server.domain.ids import MESSAGE, USER, GlobalId, MalformedIdError, id_of, parse_id
from server.domain.messages import Message, State
from server.engine.facts import Ref
from server.store.messages import messages_page
from server.store.outbox import send_anew, send_failed_anew
from server.store.sessions import Session
from server.telemetry.logs import open_log

app = typer.Typer(no_args_is_help=True, help="Messages: what people are told, and what became of it.")

Program = Annotated[str | None, typer.Option(help="The key of the program.", show_default="the base program")]
StateOption = Annotated[State | None, typer.Option(help="Only those in this state.", case_sensitive=False)]
Limit = Annotated[int, typer.Option(help="How many, the latest ones.", min=1, max=PAGE_LIMIT)]


@app.command(
    "list", epilog=examples("matchkeeper messages list --state FAILED", "matchkeeper messages list --limit 100 --json")
)
def listed(
    *,
    program: Program = None,
    state: StateOption = None,
    limit: Limit = 20,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
) -> None:
    """List the latest messages, without their texts."""
    with opened(database_url, rules) as backend:
        program_id = backend.rulebook.program(program).id
        wanted = MessageFilter(state_in=(state.value,) if state else None)
        window = Window(limit, backwards=True)

        def read(session: Session) -> list[Message]:
            return list(messages_page(session.connection, program_id, wanted, window).rows)

        found = backend.store.query_now(read)
    if as_json:
        typer.echo(json.dumps([_told(message) for message in found]))
        return
    table = Table("id", "written", "message", "by", "to", "about", "state", "attempts", "next", "why not")
    for row in (_told(message) for message in found):
        due = (row["nextAttemptAt"] or "")[:16]
        to, about, attempts = row["recipientId"] or row["role"], row["subjectId"], str(row["attempts"])
        cells = (row["createdAt"][:16], row["template"], row["channel"], to, about, row["state"], attempts, due)
        table.add_row(row["id"], *cells, row["error"] or "")
    show(table)


@app.command(
    epilog=examples(
        "matchkeeper messages retry Message-12 Message-15",
        "matchkeeper messages retry --failed",
    )
)
def retry(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID...", help="The ids, as 'messages list' shows them.")
    ] = None,
    *,
    failed: Annotated[bool, typer.Option("--failed", help="All of the program that were given up.")] = False,
    program: Program = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
) -> None:
    """Send messages anew that were not delivered; the next look of the server takes them."""
    if bool(ids) is failed:
        refuse("Name messages by their ids, or all that were given up by --failed.", USAGE)
    numbers = [_number(each) for each in ids or ()]
    with opened(database_url, rules) as backend:
        program_id = backend.rulebook.program(program).id if failed else 0
        count = backend.store.mutate_now(lambda session: _send_anew(session, backend, numbers, program_id))
    if as_json:
        typer.echo(json.dumps({"due": count}))
    say(f"{count} to be sent anew.")
    if numbers and count < len(set(numbers)):
        refuse("The others were delivered, are erased or do not exist.", FINDINGS)


@app.command(epilog=examples("matchkeeper messages deliver", "matchkeeper messages deliver --json"))
def deliver(*, as_json: AsJson = False, database_url: DatabaseUrl = None, rules: Rules = None) -> None:
    """Deliver now what is due. Servers do so by themselves, except under a test clock."""
    with opened(database_url, rules) as backend:
        tally = asyncio.run(_deliver(backend))
    if as_json:
        told = {"delivered": tally.delivered, "waiting": tally.waiting, "givenUp": tally.given_up}
        typer.echo(json.dumps(told))
    say(f"{tally.delivered} delivered, {tally.waiting} to be tried again, {tally.given_up} given up.")
    if tally.delivered < tally.count:
        raise typer.Exit(FINDINGS)


async def _deliver(backend: Backend) -> Tally:
    courier = open_courier(backend, open_log(sys.stderr, colours=sys.stderr.isatty()))
    try:
        await courier.notice_unset()
        return await courier.deliver_due()
    finally:
        await courier.close()


def _send_anew(session: Session, backend: Backend, numbers: list[int], program_id: int) -> int:
    now = backend.clock()
    if numbers:
        return session.act(lambda work: send_anew(work.connection, numbers, now))
    return session.act(lambda work: send_failed_anew(work.connection, program_id, now))


def _number(text: str) -> int:
    try:
        return parse_id(text, MESSAGE).number
    except MalformedIdError as error:
        refuse(str(error), USAGE)


def _told(message: Message) -> dict[str, Any]:
    """A message as JSON tells it, in the words of the API; without what it says to whom by name."""
    waiting = message.state is State.PENDING
    return {
        "id": str(GlobalId(MESSAGE, message.id)),
        "template": message.template,
        "channel": message.channel,
        "recipientId": str(GlobalId(USER, message.recipient_id)) if message.recipient_id else None,
        "role": message.role,
        "subjectId": id_of(Ref(message.kind, message.subject_id)),
        "state": message.state.value,
        "attempts": message.attempts,
        "error": message.error,
        "createdAt": iso(message.created_at),
        "nextAttemptAt": iso(message.next_attempt_at) if waiting else None,
        "deliveredAt": iso(message.delivered_at),
    }
