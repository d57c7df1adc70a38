"""The time that the whole server goes by: the real one, or one that only moves when told."""

import threading
from datetime import UTC, datetime
from typing import Protocol

from server.domain.errors import NotPermittedError


class Clock(Protocol):
    """Called it gives the moment in UTC. ``is_test``: whether it stands still until it is told to move."""

    @property
    def is_test(self) -> bool:
        """See above."""

    def __call__(self) -> datetime:
        """The moment."""

    def advance(self, to: datetime) -> None:
        """Moves on to a later moment. Raises NotPermittedError where that cannot be."""


class RealClock:
    """The time as everybody has it."""

    is_test = False

    def __call__(self) -> datetime:
        """See :class:`Clock`."""
        return datetime.now(UTC)

    def advance(self, to: datetime) -> None:  # noqa: ARG002 - the signature is Clock's
        """Refuses."""
        raise NotPermittedError(
            "Time cannot be moved: the server goes by the real time. Start it with MATCHKEEPER_TEST_CLOCK to test.",
            ("to",),
        )


class SetClock:
    """A time for tests: stands still at ``start`` until it is moved, and then only forward. Safe among threads."""

    is_test = True

    def __init__(self, start: datetime) -> None:
        self._now = start
        self._gate = threading.Lock()

    def __call__(self) -> datetime:
        """See :class:`Clock`."""
        return self._now

    def advance(self, to: datetime) -> None:
        """See :class:`Clock`. The moment it already is will do."""
        with self._gate:
            if to < self._now:
                present = self._now.isoformat().replace("+00:00", "Z")
                raise NotPermittedError(f"Time only goes forward: it is {present} already. Give a later one.", ("to",))
            self._now = to
