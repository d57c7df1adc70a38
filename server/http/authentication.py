"""Who sends a request: on a loopback address, whoever sits at this machine."""

from starlette.requests import Request

from server.domain.actors import Caller
from server.engine.ruleset import OWNER

LOCAL = Caller(name="Local administrator", roles=frozenset({OWNER}))
"""The caller of every request of the local mode, the only one there is: see ``docs/decisions``."""

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
"""The only addresses the server listens on, and the only names it answers to."""


def caller_of(request: Request) -> Caller:  # noqa: ARG001 - every request of the local mode has the same caller
    """The caller whose rights the operation runs with."""
    return LOCAL


def is_loopback(host: str) -> bool:
    """Whether ``host`` (an address or a name, without a port) is this machine talking to itself."""
    return host.strip("[]").lower() in LOOPBACK_HOSTS
