"""Tokens of our own: looked up by their prefix, compared by their digest."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from server.domain.actors import Caller
from server.domain.errors import MatchkeeperError, NotSignedInError
from server.domain.tokens import digest, is_same
from server.store.sessions import Store
from server.store.tokens import Kept, note_use, token_by_prefix

USE_NOTED_EVERY = timedelta(minutes=1)
"""How exact the last use is: a token used all the time is written down once in this time."""

_NOBODYS = digest("")
"""Compared with where no token has the prefix, so that this takes no less time."""


class OwnTokens:
    """Lets the bearers of our tokens in: one statement each."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock
        self._noted: dict[int, datetime] = {}
        self._noting: set[asyncio.Task[None]] = set()

    async def caller(self, prefix: str, text: str) -> Caller:
        """Whom a token stands for. Raises NotSignedInError, and TryAgainError where the database does not answer."""
        kept = await self._store.query(lambda session: token_by_prefix(session.connection, prefix))
        if not is_same(kept.digest if kept else _NOBODYS, text) or kept is None:
            raise NotSignedInError("unknown token")
        token, now = kept.token, self._clock()
        if not token.is_valid(now):
            raise NotSignedInError("revoked token" if token.revoked_at else "expired token")
        self._note(kept, now)
        return Caller(
            kept.user_name or token.name,
            frozenset(token.roles),
            user_id=token.user_id,
            program_id=token.program_id,
            site_id=token.site_id,
            token_id=token.id,
        )

    async def close(self) -> None:
        """Waits until every use is written down."""
        await asyncio.gather(*self._noting)

    def _note(self, kept: Kept, now: datetime) -> None:
        """Has the use written down beside the request, if none was lately."""
        number = kept.token.id
        last = max(filter(None, (kept.token.last_used_at, self._noted.get(number))), default=None)
        if last is not None and now - last < USE_NOTED_EVERY:
            return
        self._noted[number] = now
        task = asyncio.create_task(self._write(number, now))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def _write(self, number: int, now: datetime) -> None:
        try:
            await self._store.mutate(lambda session: session.act(lambda work: note_use(work, number, now)))
        except MatchkeeperError:
            self._noted.pop(number, None)  # a later use is written instead
