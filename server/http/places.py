"""How many subscriptions run at once: in this process, and of one caller in it."""

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from server.domain.actors import Caller
from server.domain.audit import Who
from server.http.answers import HttpProblem

_WAIT_SECONDS = 10


@dataclass(slots=True)
class Places:
    """Counts them. ``of_one``, ``in_all``: how many there may be of one caller, and of all together."""

    of_one: int
    in_all: int
    _taken: Counter[Hashable] = field(default_factory=Counter)

    @contextmanager
    def place(self, caller: Caller) -> Iterator[None]:
        """Takes one until the block ends. Raises what :meth:`check` raises."""
        self.check(caller)
        who = Who.of(caller)
        self._taken[who] += 1
        try:
            yield
        finally:
            self._taken[who] -= 1
            if not self._taken[who]:
                del self._taken[who]

    def check(self, caller: Caller) -> None:
        """Raises HttpProblem 429 where there is no place for this caller."""
        who = Who.of(caller)
        if self._taken[who] >= self.of_one:
            advice = "End one that you no longer need, or follow several things with one."
            raise _full("subscriptionsPerCaller", self.of_one, f"You follow {self.of_one} things already. {advice}")
        if self._taken.total() >= self.in_all:
            raise _full("subscriptions", self.in_all, "Too many subscriptions run on this server. Try again later.")


def _full(name: str, allowed: int, message: str) -> HttpProblem:
    told = {"limit": name, "allowed": allowed}
    return HttpProblem(429, "TOO_MANY_SUBSCRIPTIONS", message, {"Retry-After": str(_WAIT_SECONDS)}, told)
