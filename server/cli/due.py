"""``matchkeeper due``: what happens by itself, listed or carried out."""

import json
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

import typer
from rich.table import Table

from server.backend import Backend
from server.cli.backend import OPERATOR, opened
from server.cli.options import AsJson, DatabaseUrl, OnlyProgram, Rules
from server.cli.output import USAGE, refuse, say, show
from server.domain.history import StatusChange
from server.domain.ids import STATUS_CHANGE, GlobalId, id_of
from server.engine.facts import Ref
from server.services.due import DueTransition, Ran, Timetable


def due(
    *,
    until: Annotated[
        str | None, typer.Option(help="List what falls due by then: 2026-12-31 or 2026-12-31T12:00:00Z. Else by now.")
    ] = None,
    run: Annotated[bool, typer.Option("--run", help="Carry out what is due now, instead of listing it.")] = False,
    program: OnlyProgram = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
) -> None:
    """List the transitions that happen by themselves and when, or carry out what is due now.

    A serving process carries it out by itself; --run is for installations that switch that off
    (MATCHKEEPER_SCHEDULER=0) and let a timer of their own call this.
    """
    if run and until is not None:
        refuse("--run carries out what is due now: leave --until out.", USAGE)
    latest = _moment(until) if until else None
    with opened(database_url, rules) as backend:
        keys = [program] if program else [each.key for each in backend.rulebook.programs]
        for key in keys:
            backend.rulebook.program(key)
        _run(backend, keys, as_json) if run else _list(backend, keys, latest, as_json)


def _list(backend: Backend, keys: list[str], until: datetime | None, as_json: bool) -> None:
    timetable, found = Timetable(backend.rulebook, backend.clock), []
    for key in keys:
        listed = partial(timetable.listed, caller=OPERATOR, program=key, until=until)
        found += [(key, row) for row in backend.store.query_now(listed)]
    if as_json:
        typer.echo(json.dumps([_told(key, row) for key, row in found]))
        return
    table = Table("due", "program", "subject", "transition", "happens")
    for key, row in found:
        moment = row.due_at.astimezone(backend.rulebook.ruleset(row.program_id).zone)
        spoken = row.transition.automatic.spoken() if row.transition.automatic else ""
        table.add_row(f"{moment:%Y-%m-%d %H:%M %Z}", key, id_of(row.subject), row.transition.id, spoken)
    if found:
        show(table)
    say(f"{len(found)} due." if found else "Nothing is due.")


def _run(backend: Backend, keys: list[str], as_json: bool) -> None:
    timetable = Timetable(backend.rulebook, backend.clock)
    changes: list[StatusChange] = []
    for key in keys:
        ran = Ran(more=True)
        while ran.more:
            ran = backend.store.mutate_now(partial(timetable.run, caller=OPERATOR, program=key))
            changes += ran.changes
        for stuck in ran.stuck:
            what = f"{stuck.due.transition.id} of {id_of(stuck.due.subject)}"
            say(f"{what} cannot be carried out: {' '.join(stuck.reasons)}", style="bold red")
    if as_json:
        typer.echo(json.dumps([_changed(change) for change in changes]))
        return
    for change in changes:
        subject = id_of(Ref(change.kind, change.subject_id))
        typer.echo(f"{subject} {change.before} -> {change.after} {change.transition}")
    say(f"{len(changes)} changes." if changes else "Nothing was due.")


def _told(key: str, row: DueTransition) -> dict[str, Any]:
    return {
        "program": key,
        "subject": id_of(row.subject),
        "transition": row.transition.id,
        "dueAt": row.due_at.astimezone(UTC).isoformat(),
    }


def _changed(change: StatusChange) -> dict[str, Any]:
    return {
        "id": str(GlobalId(STATUS_CHANGE, change.id)),
        "subject": id_of(Ref(change.kind, change.subject_id)),
        "machine": change.machine,
        "from": change.before,
        "to": change.after,
        "transition": change.transition,
        "effectiveAt": change.effective_at.isoformat(),
    }


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"--until is a date like 2026-12-31 or a moment like 2026-12-31T12:00:00Z, not '{text}'.", USAGE)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
