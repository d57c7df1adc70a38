"""Says whether the server lives, and whether it can do its work."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response

from server.http.answers import json_answer


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that has to hold. ``problem``: what does not, and what to do; ``details``: what is in force."""

    name: str
    problem: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


Probe = Callable[[], Awaitable[tuple[Check, ...]]]
"""Looks at everything the server needs; answers even when a part of it does not."""


async def alive(_: Request) -> Response:
    """200 as long as the process answers at all."""
    return json_answer({"status": "alive"})


class Readiness:
    """200 when every check holds, else 503 naming those that do not."""

    def __init__(self, probe: Probe) -> None:
        self._probe = probe

    async def respond(self, _: Request) -> Response:
        """What each check found."""
        checks = await self._probe()
        ready = all(check.problem is None for check in checks)
        content = {
            "status": "ready" if ready else "not ready",
            "checks": {check.name: _told(check) for check in checks},
        }
        return json_answer(content, 200 if ready else 503)


def _told(check: Check) -> dict[str, object]:
    told: dict[str, object] = {"ok": check.problem is None}
    if check.problem is not None:
        told["problem"] = check.problem
    return {**told, **check.details}
