"""The threshold: what whoever is not signed in may do where a program is open to them, and how often."""

from collections import deque
from collections.abc import Callable, Collection
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil

from server.http.answers import HttpProblem

MINUTE = 60.0
"""The time over which acts are counted, in seconds."""

_NEIGHBOURS = 64
"""The bits of an IPv6 address that tell one household from another; the others anybody changes at will."""


class Threshold:
    """Counts the acts of strangers in this process, over the last minute.

    ``doings``: gives the mutations that are open to them now. ``per_address``, ``in_all``: how many acts a minute;
    ``seconds``: a clock that only goes forward.
    """

    __slots__ = ("_came", "_in_all", "_per_address", "_seconds", "doings")

    def __init__(
        self, doings: Callable[[], Collection[str]], *, per_address: int, in_all: int, seconds: Callable[[], float]
    ) -> None:
        self.doings = doings
        self._per_address, self._in_all, self._seconds = per_address, in_all, seconds
        self._came: deque[tuple[float, str]] = deque()

    def cross(self, address: str | None) -> None:
        """Lets one act of an address in. Raises HttpProblem 429 that says when there is room again."""
        now, household = self._seconds(), _household(address or "")
        while self._came and self._came[0][0] <= now - MINUTE:
            self._came.popleft()
        own = [moment for moment, other in self._came if other == household]
        full = [own[0]] if len(own) >= self._per_address else []
        full += [self._came[0][0]] if len(self._came) >= self._in_all else []
        if full:
            raise _too_many(ceil(max(full) + MINUTE - now))
        self._came.append((now, household))


def _too_many(seconds: int) -> HttpProblem:
    message = f"Too many people come in at once. Nothing was done; try again in {seconds} seconds."
    return HttpProblem(429, "TOO_MANY_REQUESTS", message, {"Retry-After": str(seconds)})


def _household(address: str) -> str:
    try:
        found = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((found, _NEIGHBOURS), strict=False)) if isinstance(found, IPv6Address) else address
