"""What happens over and over is told once, and then counted for a while."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass

from server.domain.audit import AuditEntry

KEPT = 10_000
"""How many different things are counted at once; what comes beyond is told each time."""


@dataclass(slots=True)
class _Told:
    since: float
    last: AuditEntry
    times: int = 0


class Seldom:
    """Counts for ``seconds`` what was told once. ``monotonic``: seconds that only go forward. Safe among threads."""

    def __init__(self, seconds: float, monotonic: Callable[[], float]) -> None:
        self._seconds, self._monotonic = seconds, monotonic
        self._told: dict[Hashable, _Told] = {}
        self._gate = threading.Lock()

    def takes(self, key: Hashable, entry: AuditEntry) -> bool:
        """Whether this is to be told now; else it is counted with what was told of the same key."""
        with self._gate:
            told = self._told.get(key)
            if told is not None:
                told.last, told.times = entry, told.times + 1
                return False
            if len(self._told) < KEPT:
                self._told[key] = _Told(self._monotonic(), entry)
            return True

    def over(self) -> list[AuditEntry]:
        """The last of each key whose time is over, with how often it was counted; not those that never were."""
        with self._gate:
            now = self._monotonic()
            ended = [key for key, told in self._told.items() if now - told.since >= self._seconds]
            return self._counted(ended)

    def rest(self) -> list[AuditEntry]:
        """The same for everything that is still being counted."""
        with self._gate:
            return self._counted(list(self._told))

    def _counted(self, keys: list[Hashable]) -> list[AuditEntry]:
        ended = [self._told.pop(key) for key in keys]
        return [told.last.repeated(told.times) for told in ended if told.times]
