"""What commands and the server share: the open database with the rules in force."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from server.domain.revisions import Activator, Cause, LastRules
from server.engine.ruleset import Ruleset
from server.rules.diagnostics import Diagnostic, RulesError
from server.rules.files import RuleFiles, gather
from server.services.clock import Clock, RealClock, SetClock
from server.services.in_force import InForce
from server.services.rulebook import Rulebook
from server.services.succession import Succession, restored, succeed, take_into_force
from server.settings import Settings
from server.store.database import Store, is_there, open_store
from server.store.migrate import is_current, upgrade
from server.store.revisions import last_rules


class NotReadyError(Exception):
    """The server cannot start; the message says what to do first."""


@dataclass(frozen=True, slots=True)
class Backend:
    """What commands and the server share: an open database, the rules in force, the time.

    ``files``: the rules files as they were found; ``warnings``: what is to be told of them though they are in
    force; ``held``: the errors for which something else is in force than they say.
    """

    settings: Settings
    store: Store
    in_force: InForce
    clock: Clock
    files: RuleFiles
    warnings: tuple[Diagnostic, ...] = ()
    held: tuple[Diagnostic, ...] = ()

    @property
    def rulebook(self) -> Rulebook:
        """The rules in force now."""
        return self.in_force.rulebook


def open_backend(settings: Settings) -> Backend:
    """Opens the database, reads the rules and enters the programs.

    Where files cannot be used, the rules that were in force last are in force again. Raises RulesError with
    every problem of the files where there never were any, NotReadyError, or TryAgainError where the database does
    not answer.
    """
    files = gather(settings.rules)
    # Nothing is made on disk for rules that cannot be used.
    first = None if is_there(settings.database_url) else _succession(files, {})
    store = open_database(settings)
    clock: Clock = SetClock(settings.test_clock) if settings.test_clock else RealClock()
    try:
        stored = {} if first else store.query_now(lambda session: last_rules(session.connection))
        found = first or _succession(files, stored)
        previous = _former(files, stored, found)
        rulebook, following = store.mutate_now(
            lambda session: take_into_force(session, found, clock(), by=activator(Cause.START), previous=previous)
        )
        return Backend(settings, store, InForce(rulebook), clock, files, following.warnings, following.held)
    except BaseException:
        store.close()
        raise


def open_database(settings: Settings) -> Store:
    """The database, up to date: SQLite is brought there, PostgreSQL has to be there already, or NotReadyError."""
    if settings.on_sqlite:
        upgrade(settings.database_url)
    elif not is_current(settings.database_url):
        raise NotReadyError("The database is not up to date. Run 'matchkeeper db upgrade' with the same address first.")
    return open_store(settings.database_url, settings.read_seconds)


def _succession(files: RuleFiles, stored: Mapping[str, LastRules]) -> Succession:
    """What comes into force at a start. Programs without people end with their files.

    Raises RulesError for anything that cannot be used where no rules were ever in force.
    """
    texts = {key: last.texts for key, last in stored.items()}
    peopled = [key for key, last in stored.items() if last.peopled]
    following = succeed(files, texts, partial(restored, texts, files), stay=peopled)
    if following.unserved and not stored:
        raise RulesError(following.held)
    return following


def _former(files: RuleFiles, stored: Mapping[str, LastRules], found: Succession) -> Mapping[str, Ruleset]:
    """What those programs were under last that the files bring other rules; compiled only for these."""
    edited = {
        key: stored[key].texts
        for key, ruleset in found.rulesets.items()
        if key in stored and stored[key].texts != ruleset.texts
    }
    return restored(edited, files)


def activator(cause: Cause) -> Activator:
    """What this process is called where it takes rules into force."""
    return Activator(cause, f"{socket.gethostname()}:{os.getpid()}")
