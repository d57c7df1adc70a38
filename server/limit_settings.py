"""How much one request, and one caller, may ask of the server; from the environment."""

from collections.abc import Callable
from dataclasses import dataclass

from server.environment import PREFIX, SettingsError, whole_number


@dataclass(frozen=True, slots=True)
class LimitSettings:
    """What is more is refused before anything is done; ``docs/api/limits.md`` tells callers what each means.

    ``depth``: fields inside one another; ``tokens``: words and signs of a text; ``aliases``, ``root_fields``: of one
    operation; ``cost``: fields that a full answer may come to; ``acts``: how many acts one request may ask for;
    ``body_bytes``: of a request. ``requests_per_minute``: of one caller in one process; 0 is no limit.
    ``subscriptions``, ``subscriptions_per_caller``: how many run at once in one process, and of one caller in it.
    """

    depth: int = 12
    tokens: int = 4_000
    aliases: int = 30
    root_fields: int = 20
    cost: int = 50_000
    acts: int = 500
    body_bytes: int = 1024 * 1024
    requests_per_minute: int = 6_000
    subscriptions: int = 1_000
    subscriptions_per_caller: int = 50

    def environment(self) -> dict[str, str]:
        """The variables that differ from the defaults, without their prefix: :func:`read_limits` reads them again."""
        return {
            variable: str(getattr(self, name))
            for name, variable in VARIABLES.items()
            if getattr(self, name) != getattr(_DEFAULTS, name)
        }


VARIABLES = {
    "depth": "MAX_DEPTH",
    "tokens": "MAX_TOKENS",
    "aliases": "MAX_ALIASES",
    "root_fields": "MAX_ROOT_FIELDS",
    "cost": "MAX_COST",
    "acts": "MAX_ACTS",
    "body_bytes": "MAX_BODY_BYTES",
    "requests_per_minute": "REQUESTS_PER_MINUTE",
    "subscriptions": "SUBSCRIPTIONS",
    "subscriptions_per_caller": "SUBSCRIPTIONS_PER_CALLER",
}
"""The variable of each limit, without its prefix."""

_DEFAULTS = LimitSettings()
_MAY_BE_NONE = frozenset({"requests_per_minute"})


def read_limits(given: Callable[[str, str], str]) -> LimitSettings:
    """The limits; ``given`` answers with a variable or a default. Raises SettingsError."""
    found = {
        name: whole_number(variable, given(variable, str(getattr(_DEFAULTS, name))))
        for name, variable in VARIABLES.items()
    }
    for name, value in found.items():
        if value < 1 and name not in _MAY_BE_NONE:
            raise SettingsError(f"{PREFIX}{VARIABLES[name]} must be at least 1, not {value}.")
    return LimitSettings(**found)
