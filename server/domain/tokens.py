"""Our own tokens: what is kept of one, and the text that only its bearer has."""

import hashlib
import hmac
import re
from base64 import b32encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

Randomness = Callable[[int], bytes]
"""Gives so many bytes that nobody can guess."""

PREFIX_BYTES, SECRET_BYTES = 5, 20
"""Written in base 32 these are 8 and 32 characters; the secret has 160 bits."""

_FORM = re.compile(r"mk_([a-z2-7]{8})_[a-z2-7]{32}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """What is kept of a token; never the secret itself.

    ``roles``: actor roles of the rules file. ``program_id``: the only program it acts in, None for every
    one; ``site_id``: the site that its site-wide roles reach; ``user_id``: whom it stands for.
    ``prefix`` names it in public. ``last_used_at`` is exact to about a minute.
    """

    id: int
    prefix: str
    name: str
    roles: tuple[str, ...]
    program_id: int | None
    site_id: int | None
    user_id: int | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether it still lets its bearer in."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True, slots=True)
class NewToken:
    """A token about to be kept; see :class:`Token`."""

    name: str
    roles: tuple[str, ...]
    program_id: int | None
    site_id: int | None
    user_id: int | None
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Secret:
    """The whole text of a token, shown once: ``mk_<prefix>_<secret>``."""

    prefix: str
    text: str = field(repr=False)


def new_secret(random: Randomness) -> Secret:
    """A new token's text."""
    prefix, secret = (b32encode(random(length)).decode().lower() for length in (PREFIX_BYTES, SECRET_BYTES))
    return Secret(prefix, f"mk_{prefix}_{secret}")


def prefix_of(text: str) -> str | None:
    """The prefix of a text that has the form of our tokens; None for any other text."""
    found = _FORM.fullmatch(text)
    return found[1] if found else None


def digest(text: str) -> str:
    """What is kept instead of a token's text: SHA-256, which suffices for 160 random bits."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_same(kept: str, text: str) -> bool:
    """Whether a text is the one whose digest was kept; takes as long whatever differs."""
    return hmac.compare_digest(kept, digest(text))
