"""Keeps the rules in force as the files say, as long as what they say can be used."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from structlog.typing import FilteringBoundLogger

from server.domain.errors import MatchkeeperError
from server.domain.revisions import Activator
from server.rules.diagnostics import Diagnostic
from server.rules.files import RuleFiles
from server.rules.watching import settled
from server.services.in_force import InForce
from server.services.registering import open_programs
from server.services.rulebook import Rulebook, changed_programs
from server.services.succession import Succession, succeed, take_into_force
from server.store.sessions import Store
from server.telemetry.logs import frames
from server.telemetry.metrics import Outcome

_AGAIN_SECONDS = 2.0

_FREE_SECONDS = 10.0
"""How often it is looked whether the people whom an edit would strand have gone on."""


class Reloading:
    """One process's share; every process watches for itself, and what is kept in the database is kept once.

    ``files``: the files as they were when the rules in force were made of them. ``count``: is told of
    every edit what became of it.
    """

    def __init__(
        self,
        path: Path,
        files: RuleFiles,
        store: Store,
        in_force: InForce,
        *,
        clock: Callable[[], datetime],
        log: FilteringBoundLogger,
        by: Activator,
        count: Callable[[Outcome], None],
    ) -> None:
        self._path, self._files, self._store, self._in_force, self._clock = path, files, store, in_force, clock
        self._log, self._by, self._count = log, by, count
        self._stopping, self._taking = asyncio.Event(), asyncio.Lock()
        self._waiting: Succession | None = None

    def stop(self) -> None:
        """Lets it end after what it is at."""
        self._stopping.set()

    async def keep_up(self) -> None:
        """Runs until it is told to stop; whatever fails is logged, and tried again."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._follow())
            both.create_task(self._keep_trying())

    async def _follow(self) -> None:
        while not self._stopping.is_set():
            with self._told():
                async with aclosing(settled(self._path, self._files, self._stopping)) as changes:
                    async for files in changes:
                        await self.take(files)
            await self._rest(_AGAIN_SECONDS)

    async def _keep_trying(self) -> None:
        while not self._stopping.is_set():
            await self._rest(_FREE_SECONDS)
            with self._told():
                await self.again()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except MatchkeeperError as error:
            self._log.warning("the rules could not be taken into force yet", code=error.code)
        except Exception as error:  # nobody else notices edits
            self._log.error("watching the rules failed", error=type(error).__name__, frames=frames(error))

    async def _rest(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def take(self, files: RuleFiles) -> None:
        """Takes into force what the files say, as far as it can be used; the rest stays as it is."""
        async with self._taking:
            before = self._in_force.rulebook
            rulesets = before.rulesets()
            texts = {key: ruleset.texts for key, ruleset in rulesets.items()}
            found = await asyncio.to_thread(succeed, files, texts, lambda: rulesets, stay=rulesets)
            following = await self._enter(found)
            self._files = files
            self._tell(before, self._in_force.rulebook, following.held)

    async def again(self) -> None:
        """Takes into force what would have stranded people, if meanwhile they have gone on; else nothing is told."""
        async with self._taking:
            if self._waiting is not None:
                before = self._in_force.rulebook
                await self._enter(self._waiting)
                if before.rulesets() != self._in_force.rulebook.rulesets():
                    self._tell(before, self._in_force.rulebook, ())

    async def _enter(self, found: Succession) -> Succession:
        """Takes rules into force, and remembers them where they would strand people; what has become of them."""
        before, now = self._in_force.rulebook, self._clock()
        previous = before.rulesets()
        rulebook, following = await self._store.mutate(
            lambda session: take_into_force(session, found, now, by=self._by, before=before, previous=previous)
        )
        self._in_force.exchange(rulebook)
        self._waiting = found if following is not found else None
        return following

    def _tell(self, before: Rulebook, after: Rulebook, held: tuple[Diagnostic, ...]) -> None:
        old = before.rulesets()
        changed = {
            key: f"{old[key].revision if key in old else 'none'} -> {ruleset.revision}"
            for key, ruleset in changed_programs(old, after.rulesets()).items()
        }
        if changed:
            self._count(Outcome.TAKEN)
            self._log.info("rules taken into force", programs=changed)
        if held:
            self._count(Outcome.REFUSED)
            tell_held(self._log, held)
        if not changed and not held:
            self._log.info("the rules files say again what is in force")
        opened = {program.key for program in open_programs(after)} - {program.key for program in open_programs(before)}
        if opened:
            self._log.warning("open to whoever is not signed in", programs=sorted(opened))


def tell_held(log: FilteringBoundLogger, held: tuple[Diagnostic, ...]) -> None:
    """Says in one line that files are not what is in force, and why."""
    first = held[0]
    where = f"{first.file}:{first.line}:{first.column}"
    log.error("rules refused", first=f"{where}: {first.code}: {first.message}", more=len(held) - 1)
