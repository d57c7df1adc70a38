"""Keeps time in a server process: wakes when something falls due, carries it out, and sleeps again."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from structlog.typing import FilteringBoundLogger

from server.domain.errors import MatchkeeperError
from server.domain.ids import id_of
from server.domain.people import Program
from server.engine.automatic import Daily
from server.engine.due import waits
from server.engine.facts import Ref
from server.engine.ruleset import Transition
from server.engine.surroundings import looks_around
from server.services.due import DueTransition, Timetable
from server.services.rulebook import Rulebook
from server.store.sessions import Store
from server.telemetry.logs import frames

LONGEST = timedelta(seconds=10)
"""How long it sleeps at most: what people do in the meantime may fall due sooner than anything it knows of."""

SWEEP = timedelta(hours=1)
"""How often it looks at everybody for whom a condition may have come true without an act nearby."""

REST = 20
"""So many times as long as it took to look at all who wait, in vain, they are not looked at for the same again."""

_SHORTEST = 0.05
_AFTER_FAILURE = timedelta(seconds=10)


class Scheduler:
    """One process's share. Any number of processes may do the same: every act is judged anew under its lock.

    ``jitter`` gives the seconds that this process wakes later than the others.
    """

    def __init__(
        self,
        store: Store,
        rulebook: Rulebook,
        clock: Callable[[], datetime],
        log: FilteringBoundLogger,
        jitter: Callable[[], float],
    ) -> None:
        self._store, self._rulebook, self._clock, self._log, self._jitter = store, rulebook, clock, log, jitter
        self._timetable = Timetable(rulebook, clock)
        self._stopping = asyncio.Event()
        self._swept: datetime | None = None
        self._coming: dict[tuple[int, str], datetime] = {}
        self._around: dict[int, int | None] = {}
        self._stuck: set[tuple[Ref, str]] = set()
        self._still_stuck: set[tuple[Ref, str]] = set()

    def stop(self) -> None:
        """Lets it end after the act it is at."""
        self._stopping.set()

    async def keep_time(self) -> None:
        """Runs until it is told to stop; whatever fails is logged, and tried again."""
        while not self._stopping.is_set():
            try:
                wake = await self.round()
            except MatchkeeperError as error:
                self._log.warning("the scheduler could not go on", code=error.code)
                wake = self._clock() + _AFTER_FAILURE
            except Exception as error:
                self._log.error("the scheduler failed", error=type(error).__name__, frames=frames(error))
                wake = self._clock() + _AFTER_FAILURE
            delay = max(_SHORTEST, (wake - self._clock()).total_seconds()) + self._jitter()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)

    async def round(self) -> datetime:
        """Carries out all that is due now; answers with the moment at which to look again."""
        now = self._clock()
        swept = self._swept if self._swept is not None and now - self._swept < SWEEP else now
        wake, self._still_stuck = now + LONGEST, set()
        for program in self._rulebook.programs:
            ruleset = self._rulebook.ruleset(program.id)
            version = await self._version_around(program)
            for transition in ruleset.automatics():
                what, by_calendar = (program.id, transition.id), isinstance(transition.automatic, Daily)
                moved = version != self._around.get(program.id) and looks_around(ruleset, transition)
                if swept == now or by_calendar or moved or self._coming.get(what, wake) <= now:
                    ahead = now + LONGEST if waits(transition) else swept + SWEEP
                    self._coming[what] = await self._see_to(program, transition, ahead)
                wake = min(wake, self._coming.get(what, wake))
            if not self._stopping.is_set():
                self._around[program.id] = version
            if ruleset.dailies() and not self._stopping.is_set():
                await self._store.mutate(partial(self._timetable.note_seen, program_id=program.id, now=now))
        if not self._stopping.is_set():
            self._stuck = self._still_stuck if swept == now else self._stuck | self._still_stuck
            self._swept = swept
        return wake

    async def _version_around(self, program: Program) -> int | None:
        """What tells whether the program or a site has changed; None where nothing that happens depends on them."""
        ruleset = self._rulebook.ruleset(program.id)
        if not any(looks_around(ruleset, transition) for transition in ruleset.automatics()):
            return None
        return await self._store.query(partial(self._timetable.version_around, program_id=program.id))

    async def _see_to(self, program: Program, transition: Transition, until: datetime) -> datetime:
        """Carries one transition out for all for whom it is due; answers with when to look for it again.

        That is when it next is, at the latest ``until``; but not soon where many had to be looked at in vain.
        """
        page, following, done, began = None, until, 0, self._clock()
        while not self._stopping.is_set() and (page is None or page.after is not None):
            after = page.after if page else None
            look = partial(self._timetable.page, program_id=program.id, transition=transition, until=until, after=after)
            page = await self._store.query(look)
            for due in page.due:
                if due.due_at > self._clock():
                    following = min(following, due.due_at)
                elif not self._stopping.is_set():
                    done += await self._carry_out(due)
        if not done:
            return max(following, began + REST * (self._clock() - began))
        self._log.info("happened by itself", program=program.key, transition=transition.id, acts=done)
        return following

    async def _carry_out(self, due: DueTransition) -> int:
        ran = await self._store.mutate(partial(self._timetable.carry_out, due=due))
        for stuck in ran.stuck:
            what = (due.subject, due.transition.id)
            self._still_stuck.add(what)
            if what not in self._stuck:
                self._log.warning(
                    "cannot happen by itself", transition=what[1], subject=id_of(due.subject), codes=stuck.codes
                )
        return int(bool(ran.changes))
