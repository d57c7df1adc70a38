"""The rules in force in this process, and how they are exchanged."""

import asyncio

from server.services.rulebook import Rulebook
from server.store.bell import Bell


class InForce:
    """Holds the one rulebook that is in force. Whoever begins something takes it once, and keeps to it.

    Reading is for any thread; exchanging for the event loop's. ``bell`` is rung after each exchange.
    """

    __slots__ = ("_exchanged", "_rulebook", "bell")

    def __init__(self, rulebook: Rulebook) -> None:
        self._rulebook, self._exchanged = rulebook, asyncio.Event()
        self.bell = Bell()

    @property
    def rulebook(self) -> Rulebook:
        """The rulebook in force now."""
        return self._rulebook

    def exchange(self, rulebook: Rulebook) -> None:
        """Puts another rulebook into force, for whatever begins from now on."""
        self._rulebook = rulebook
        self._exchanged.set()
        self._exchanged = asyncio.Event()
        self.bell.ring()

    async def outdated(self, rulebook: Rulebook) -> None:
        """Waits until a program is under other rules than this rulebook says."""
        rulesets = rulebook.rulesets()
        while self._rulebook.rulesets() == rulesets:
            await self._exchanged.wait()
