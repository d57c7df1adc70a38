"""Keeps an issuer's keys: renewed now and then, at once for an unknown one, and kept while the issuer is away."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from joserfc.jwk import Key
from structlog.typing import FilteringBoundLogger

from server.identity.issuer import IssuerError

RENEWED_AFTER = 600.0
"""Seconds after which the keys are asked for again, so that a withdrawn one is forgotten."""

KEPT_FOR = 24 * 3600.0
"""Seconds for which keys are good while the issuer does not answer."""

PAUSE = 2.0
"""Seconds that lie between two questions at least, whatever tokens come in."""

Keys = Mapping[str | None, Key]


class IssuerKeys:
    """The keys by their ids. ``fetch`` asks the issuer; ``seconds`` is a clock that never goes back."""

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Keys]],
        log: FilteringBoundLogger,
        seconds: Callable[[], float],
        *,
        pause: float = PAUSE,
    ) -> None:
        self._fetch, self._log, self._seconds, self._pause = fetch, log, seconds, pause
        self._keys: Keys = {}
        self._fetched = self._asked = float("-inf")
        self._question: asyncio.Task[None] | None = None

    async def find(self, kid: str | None) -> Key | None:
        """The key of this id, the only key there is for None.

        A known key never waits for the issuer. An unknown one waits until the issuer has been asked, by
        a question that began after the token came in; all that wait share it.
        """
        age = self._seconds() - self._fetched
        found = self._known(kid) if age < KEPT_FOR else None
        if found is not None:
            if age >= RENEWED_AFTER and self._seconds() - self._asked >= self._pause:
                self._ask()
            return found
        under_way = self._question is not None and not self._question.done()
        for _ in range(2 if under_way else 1):
            await asyncio.shield(self._ask())
            found = self._known(kid) if self._seconds() - self._fetched < KEPT_FOR else None
            if found is not None:
                return found
        return None

    def _known(self, kid: str | None) -> Key | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    def _ask(self) -> asyncio.Task[None]:
        """The question under way, or a new one."""
        if self._question is None or self._question.done():
            self._question = asyncio.create_task(self._renew())
        return self._question

    async def _renew(self) -> None:
        wait = self._asked + self._pause - self._seconds()
        if wait > 0:
            await asyncio.sleep(wait)
        self._asked = self._seconds()
        try:
            self._keys = await self._fetch()
            self._fetched = self._asked
        except IssuerError as error:
            self._log.warning("keys of the issuer not renewed", reason=str(error), known=len(self._keys))
