"""Who is acting."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever sent the request.

    ``roles``: actor roles of the rules file. ``program_id``: the only program they act in, None for
    every one; ``site_id``: the site that their site-wide roles reach; ``user_id``: their own record,
    for mentors and mentees; ``token_id``: the token they came with. ``signed_in``: False for whoever nobody knows.
    """

    name: str
    roles: frozenset[str]
    user_id: int | None = None
    program_id: int | None = None
    site_id: int | None = None
    token_id: int | None = None
    signed_in: bool = True


STRANGER = Caller(name="Somebody not signed in", roles=frozenset(), signed_in=False)
"""Whoever comes without a token where a program is open to them; each program has its own word for them."""
