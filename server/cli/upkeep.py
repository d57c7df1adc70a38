"""``matchkeeper db tidy`` and ``db verify``: what is done to a database every now and then."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

import typer

from server.backend import Backend
from server.cli.backend import opened
from server.cli.options import AsJson, DatabaseUrl, Rules
from server.cli.output import FINDINGS, say
from server.domain.vocabulary import PAIR_STATUS
from server.services.once import KEPT
from server.services.retention import Kept, count_due, tidy
from server.store.scrubbing import scrub
from server.store.verify import verify


def tidy_up(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would go.")] = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
    rules: Rules = None,
) -> None:
    """Take away what is older than MATCHKEEPER_KEEP_READS_DAYS and MATCHKEEPER_KEEP_NOTES_DAYS say.

    Without these settings everything is kept, but for the answers to requests with an idempotency key, which are kept
    for 7 days. History itself, in ids and codes, always is. The server may run
    meanwhile.
    """
    with opened(database_url, rules) as backend:
        settings, now = backend.settings, backend.clock()
        kept = Kept(settings.keep_reads_days, settings.keep_notes_days)
        if dry_run:
            done = backend.store.query_now(lambda session: count_due(session, kept, now))
        else:
            done = backend.store.mutate_now(lambda session: tidy(session, kept, now))
            if done.reads or done.texts:
                scrub(settings.database_url)
    if as_json:
        typer.echo(json.dumps({"dryRun": dry_run, **asdict(done)}))
        return
    verb = "Would delete" if dry_run else "Deleted"
    say(f"{verb} {done.reads} entries of the record of reads{_limit(kept.reads_days)}.")
    verb = "Would clear" if dry_run else "Cleared"
    say(f"{verb} notes and free texts of {done.texts} acts{_limit(kept.texts_days)}.")
    say(f"{'Would delete' if dry_run else 'Deleted'} {done.requests} answers to requests older than {KEPT.days} days.")


def check(*, as_json: AsJson = False, database_url: DatabaseUrl = None, rules: Rules = None) -> None:
    """Check that statuses, history and records fit together; exit 1 with everything that does not.

    It reads one state of the database while the server runs. Whoever can write to the database can also write a
    history that fits: keep backups apart from it.
    """
    with opened(database_url, rules) as backend:
        findings, rows = verify(backend.settings.database_url, _opening(backend))
    if as_json:
        typer.echo(json.dumps({"history": rows, "findings": [asdict(finding) for finding in findings]}))
    else:
        for finding in findings:
            typer.echo(f"{finding.where}: {finding.text}")
        say(f"{len(findings)} findings in {rows} rows of history.", style="bold red" if findings else "")
    if findings:
        raise typer.Exit(FINDINGS)


def _limit(days: int | None) -> str:
    return " (kept for ever)" if days is None else f" older than {days} days"


def _opening(backend: Backend) -> Mapping[int, frozenset[str]]:
    """For each program that is served the statuses in which a match counts as open."""
    rulebook = backend.rulebook
    statuses = {p.id: rulebook.ruleset(p.id).machines[PAIR_STATUS].statuses.values() for p in rulebook.programs}
    return {number: frozenset(status.key for status in own if status.opens) for number, own in statuses.items()}
