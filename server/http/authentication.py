"""Who sends a request: whoever its token stands for, or in local mode whoever sits at this machine."""

import re
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass

from starlette.requests import HTTPConnection, Request
from structlog.typing import FilteringBoundLogger

from server.domain.actors import STRANGER, Caller
from server.domain.errors import NotSignedInError
from server.engine.ruleset import OWNER
from server.http.answers import HttpProblem
from server.http.request_id import request_id_of
from server.http.threshold import Threshold

LOCAL = Caller(name="Local administrator", roles=frozenset({OWNER}))
"""The caller of every request without a token in local mode: see ``docs/security.md``."""

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]+)", re.ASCII | re.IGNORECASE)

SignIn = Callable[[str], Awaitable[Caller]]
"""Whom a token stands for; raises NotSignedInError."""


def _nothing(*_: object) -> None:
    """Does nothing."""


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Lets requests in. ``local``: whoever comes without a token is the local administrator.

    ``threshold``: what is open to whoever comes without one; None: nothing.
    ``came``: is told of each caller who signed in, ``turned_away`` of each reason why one did not, both
    with the id of the request.
    """

    sign_in: SignIn
    log: FilteringBoundLogger
    local: bool = False
    came: Callable[[Caller, str], None] = _nothing
    turned_away: Callable[[str, str], None] = _nothing
    threshold: Threshold | None = None

    async def caller_of(self, request: Request) -> Caller:
        """The caller whose rights a request has.

        Raises HttpProblem 401, the same one whatever is wrong; only our log knows what it was.
        Raises TryAgainError where the database does not answer.
        """
        return await self.caller_by(request.headers.getlist("authorization"), request_id_of(request))

    async def caller_by(self, headers: Sequence[str], request_id: str) -> Caller:
        """The caller of one Authorization header, whichever way it came. Raises what :meth:`caller_of` does."""
        if not headers and self.local:
            return LOCAL
        try:
            caller = await self.sign_in(_token(headers))
        except NotSignedInError as error:
            raise self._refusal(error, request_id) from None
        self.came(caller, request_id)
        return caller

    async def caller_or_stranger(self, request: Request) -> Caller:
        """Like :meth:`caller_of`, but where something is open to strangers, who comes without a token is one."""
        if not self._open() or self.local or request.headers.getlist("authorization"):
            return await self.caller_of(request)
        return STRANGER

    def admit(self, caller: Caller, doing: str | None, request: HTTPConnection) -> None:
        """Lets a stranger do one thing. Raises the same HttpProblem as :meth:`caller_of` where it is not open to them.

        ``doing``: the one mutation that the request asks for; None where it asks for several things, or others.
        Raises HttpProblem 429 where there are too many strangers.
        """
        if caller.signed_in:
            return
        if self.threshold is None or doing not in self._open():
            raise self._refusal(NotSignedInError("no token"), request_id_of(request))
        self.threshold.cross(request.client.host if request.client else None)

    def _open(self) -> Collection[str]:
        return self.threshold.doings() if self.threshold is not None else ()

    def _refusal(self, error: NotSignedInError, request_id: str) -> HttpProblem:
        self.turned_away(error.reason, request_id)
        self.log.warning("sign-in refused", reason=error.reason, request_id=request_id)
        return HttpProblem(401, error.code, error.message, {"WWW-Authenticate": "Bearer"})


def _token(headers: Sequence[str]) -> str:
    if len(headers) != 1:
        raise NotSignedInError("several Authorization headers" if headers else "no token")
    found = _BEARER.fullmatch(headers[0])
    if found is None:
        raise NotSignedInError("not a bearer token")
    return found[1]
