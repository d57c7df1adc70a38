"""The courier: looks for messages that are due, and carries them; one in every process that serves."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from structlog.typing import FilteringBoundLogger

from server.delivery.backoff import next_attempt
from server.delivery.carriers import Carrier, UndeliveredError
from server.domain.errors import MatchkeeperError
from server.domain.messages import Message
from server.engine.messages import Channel
from server.store.outbox import arrived, claim, failed, is_due, is_waiting
from server.store.sessions import Session, Store
from server.telemetry.logs import frames

BATCH = 8
"""How many messages of each channel are under way at once."""

LEASE = timedelta(minutes=2)
"""How long a process has messages to itself; longer than any carrier takes."""

PAUSE_SECONDS = 1.0
"""How long the courier rests between two looks."""

GRACE_SECONDS = 5.0
"""How long messages under way may take when the server stops; what they do not finish is due again later."""

_SETTING = {Channel.EMAIL: "MATCHKEEPER_SMTP_URL", Channel.WEBHOOK: "MATCHKEEPER_WEBHOOK_URL"}


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of some messages. ``waiting``: to be tried again."""

    delivered: int = 0
    waiting: int = 0
    given_up: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.delivered + other.delivered, self.waiting + other.waiting, self.given_up + other.given_up)

    @property
    def count(self) -> int:
        """How many messages there were."""
        return self.delivered + self.waiting + self.given_up


_DELIVERED, _WAITING, _GIVEN_UP = Tally(delivered=1), Tally(waiting=1), Tally(given_up=1)


class Courier:
    """Delivers at least once: a message is noted as delivered only after its receiver has taken it.

    ``carriers``: by channel; messages of other channels wait. ``chance``: see :func:`next_attempt`.
    """

    def __init__(
        self,
        store: Store,
        carriers: Mapping[str, Carrier],
        clock: Callable[[], datetime],
        chance: Callable[[], float],
        log: FilteringBoundLogger,
    ) -> None:
        self._store, self._carriers, self._clock, self._chance, self._log = store, carriers, clock, chance, log
        self._channels = tuple(carriers)
        self._unset = {channel for channel in Channel if channel not in carriers}
        self._stopping = asyncio.Event()
        self._round: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to look for messages, until :meth:`stop`."""
        self._round = asyncio.create_task(self._go_on())

    async def stop(self) -> None:
        """Ends the looking, and lets what is under way finish for a moment."""
        self._stopping.set()
        if self._round is not None:
            with suppress(TimeoutError, asyncio.CancelledError):
                await asyncio.wait_for(self._round, GRACE_SECONDS)
        await self.close()

    async def close(self) -> None:
        """Lets go of the carriers."""
        for carrier in self._carriers.values():
            await carrier.close()

    async def deliver_due(self) -> Tally:
        """Carries everything that is due now, and says what became of it."""
        total = Tally()
        while done := await self._deliver_some():
            total += done
        return total

    async def notice_unset(self) -> None:
        """Says, once for each channel, that messages wait for a setting."""
        for channel in await self._store.query(self._waiting):
            self._unset.discard(channel)
            self._log.warning("messages wait", channel=channel.value, until_set=_SETTING[channel])

    async def _go_on(self) -> None:
        silent = False
        while not self._stopping.is_set():
            try:
                await self._look()
                silent = False
            except MatchkeeperError as error:
                if not silent:
                    self._log.warning("messages not delivered", reason=error.message)
                silent = True
            except Exception as error:  # the courier must outlive anything: nobody else carries messages
                self._log.error("courier stumbled", error=type(error).__name__, frames=frames(error))
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), PAUSE_SECONDS)

    async def _look(self) -> None:
        """A look locks nothing: only what is due is worth a transaction."""
        if self._unset:
            await self.notice_unset()
        due = bool(self._channels) and await self._store.query(self._is_due)
        while due and not self._stopping.is_set():
            due = (await self._deliver_some()) is not None

    def _is_due(self, session: Session) -> bool:
        return is_due(session.connection, self._channels, self._clock())

    def _waiting(self, session: Session) -> list[Channel]:
        return [channel for channel in sorted(self._unset) if is_waiting(session.connection, channel)]

    async def _deliver_some(self) -> Tally | None:
        """Carries a few messages side by side; None where nothing was due."""
        now = self._clock()
        taken = await self._store.mutate(
            lambda session: session.act(
                lambda work: claim(work.connection, self._channels, now, until=now + LEASE, limit=BATCH)
            )
        )
        done = await asyncio.gather(*(self._deliver(message) for message in taken))
        return sum(done, Tally()) if taken else None

    async def _deliver(self, message: Message) -> Tally:
        try:
            await self._carriers[message.channel].carry(message)
        except UndeliveredError as error:
            return await self._failed(message, error)
        except Exception as error:  # one message that we cannot carry keeps none of the others
            self._log.error("carrier stumbled", message=message.id, error=type(error).__name__, frames=frames(error))
            return await self._failed(message, UndeliveredError("an error of the server itself"))
        now = self._clock()
        await self._store.mutate(lambda session: session.act(lambda work: arrived(work.connection, message.id, now)))
        return _DELIVERED

    async def _failed(self, message: Message, error: UndeliveredError) -> Tally:
        again = None if error.final else next_attempt(message.attempts, self._clock(), self._chance)
        await self._store.mutate(
            lambda session: session.act(lambda work: failed(work.connection, message, error.reason, again))
        )
        event = "message given up" if again is None else "message not taken"
        self._log.warning(event, message=message.id, attempt=message.attempts, reason=error.reason)
        return _GIVEN_UP if again is None else _WAITING
