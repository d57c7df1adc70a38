"""``matchkeeper rules impact``: what an edited rules file would do to the people there are."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.progress import Progress

from server.cli.backend import looked_into
from server.cli.options import AsJson, DatabaseUrl, OnlyProgram, RulesFile
from server.cli.output import FINDINGS, USAGE, refuse, told
from server.engine.impact import Affected, Loss
from server.engine.ruleset import Ruleset
from server.rules.diagnostics import Severity, render_text
from server.rules.files import gather
from server.rules.loader import load_rules
from server.services.buttons import lost_buttons
from server.services.clock import RealClock
from server.services.impact import diagnosed, impact_on, sentence
from server.services.succession import restored
from server.settings import RULES_NAME
from server.store.database import Store
from server.store.programs import programs as stored_programs
from server.store.revisions import last_rules
from server.store.sessions import Session


def impact(
    file: RulesFile = RULES_NAME,
    program: OnlyProgram = None,
    *,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Count whom an edited rules file would leave in no status, without a way on, or without a button.

    The file is compared with the rules that were in force last; nothing is changed. The server may run meanwhile.
    Exit code 0: nobody loses anything. 1: somebody does, or the rules cannot be used. 2: wrong usage.
    """
    with told():
        after = load_rules(file, examined=False).rulesets
    with looked_into(database_url) as store:
        found = _found(store, file, after, program)
    if as_json:
        typer.echo(json.dumps([each for key in found for each in _told(key, *found[key])], ensure_ascii=False))
    else:
        for key in found:
            _list(key, *found[key])
    if any(_loses(each) for _, _, affected in found.values() for each in affected):
        raise typer.Exit(FINDINGS)


Found = tuple[Ruleset | None, Ruleset, tuple[Affected, ...]]
"""The rules of a program that were in force last, those that are to follow, and what becomes of whom."""


def _found(store: Store, file: Path, after: Mapping[str, Ruleset], program: str | None) -> Mapping[str, Found]:
    def stored(session: Session) -> tuple[Mapping[str, int], Mapping[str, Ruleset]]:
        last = last_rules(session.connection)
        texts = {key: found.texts for key, found in last.items() if key in after}
        return {each.key: each.id for each in stored_programs(session.connection)}, restored(texts, gather(file))

    numbers, before = store.query_now(stored)
    known = [key for key in after if key in numbers]
    if program is not None and program not in known:
        refuse(f"There is no program {program} in both. There are: {', '.join(known) or 'none'}.", USAGE)
    wanted = [key for key in known if program in {None, key}]
    return {
        key: (before.get(key), after[key], _counted(store, numbers[key], before.get(key), after[key])) for key in wanted
    }


def _counted(store: Store, number: int, before: Ruleset | None, after: Ruleset) -> tuple[Affected, ...]:
    """What becomes of whom; unless somebody would be stranded, who loses a button is found by looking at everybody."""
    found = store.query_now(lambda session: impact_on(session, number, before, after))
    if before is None or any(each.stranded for each in found):
        return found
    now, console = RealClock()(), Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(f"Looking at the people of {after.program}", total=None)

        def show(done: int, total: int) -> None:
            progress.update(task, completed=done, total=total)

        idle = lost_buttons(store, number, before, after, now=now, progress=show)
    return (*(each for each in found if each.loss is not Loss.BUTTON), *idle)


def _loses(affected: Affected) -> bool:
    return affected.stranded or affected.loss is Loss.BUTTON


def _list(program: str, before: Ruleset | None, after: Ruleset, affected: tuple[Affected, ...]) -> None:
    if not affected:
        typer.echo(f"{program}: nobody loses anything")
        return
    typer.echo(f"{program}: {sum(each.count for each in affected if _loses(each))} lose something")
    for each in affected:
        if each.stranded:
            typer.echo(render_text([diagnosed(each, before, after, Severity.ERROR)]))
        else:
            typer.echo(f"  {sentence(each, before, after)}")


def _told(program: str, before: Ruleset | None, after: Ruleset, affected: tuple[Affected, ...]) -> list[dict[str, Any]]:
    """The same as JSON tells it."""
    return [
        {
            "program": program,
            "loss": each.loss.value,
            "machine": each.status.machine,
            "status": each.status.key,
            "label": each.status.label,
            "count": each.count,
            "by_role": {role: count for role, count in each.by_role.items() if role is not None},
            "moves_to": each.to,
            "stranded": each.stranded,
            "message": sentence(each, before, after),
        }
        for each in affected
    ]
