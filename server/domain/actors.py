"""Who is acting."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent the request. ``roles``: actor roles of the rules file; ``user_id``: their own record."""

    name: str
    roles: frozenset[str]
    user_id: int | None = None
