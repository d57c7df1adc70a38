"""How often one caller may ask: a bucket of tokens each, counted in this process alone."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from math import ceil

from server.domain.actors import Caller
from server.domain.audit import Who
from server.http.answers import HttpProblem

MINUTE = 60.0

BURST_SECONDS = 10
"""For so many seconds' worth of requests a caller may have saved up."""

CALLERS = 10_000
"""How many callers are counted at once; beyond them, who has been quiet longest begins afresh."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    seen: float


class Pace:
    """Counts requests. ``per_minute``: how many a caller has; ``seconds``: a clock that only goes forward."""

    def __init__(self, per_minute: int, seconds: Callable[[], float]) -> None:
        self._per_minute, self._seconds = per_minute, seconds
        self._rate = per_minute / MINUTE
        self._burst = max(1.0, self._rate * BURST_SECONDS)
        self._buckets: OrderedDict[Hashable, _Bucket] = OrderedDict()

    def admit(self, caller: Caller) -> None:
        """Lets one request in. Raises HttpProblem 429 that says when there is room again.

        Strangers are counted by the threshold instead, by their addresses.
        """
        if not caller.signed_in:
            return
        bucket, now = self._bucket(Who.of(caller)), self._seconds()
        bucket.tokens = min(self._burst, bucket.tokens + (now - bucket.seen) * self._rate)
        bucket.seen = now
        if bucket.tokens < 1:
            raise self._too_fast(ceil((1 - bucket.tokens) / self._rate))
        bucket.tokens -= 1

    def _bucket(self, who: Hashable) -> _Bucket:
        found = self._buckets.get(who)
        if found is None:
            found = self._buckets[who] = _Bucket(self._burst, self._seconds())
            if len(self._buckets) > CALLERS:
                self._buckets.popitem(last=False)
        self._buckets.move_to_end(who)
        return found

    def _too_fast(self, wait: int) -> HttpProblem:
        message = (
            f"You ask more often than {self._per_minute:,} times a minute. Nothing was done; try again in {wait}"
            " seconds, and ask for several things in one request."
        )
        told = {"limit": "requestsPerMinute", "allowed": self._per_minute, "retryAfterSeconds": wait}
        return HttpProblem(429, "TOO_MANY_REQUESTS", message, {"Retry-After": str(wait)}, told)
