"""The one door: whatever token comes, who stands behind it."""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

import httpx
from structlog.typing import FilteringBoundLogger

from server.domain.actors import Caller
from server.domain.errors import NotSignedInError
from server.domain.tokens import prefix_of
from server.identity.issuer import fetch_keys
from server.identity.issuer_keys import IssuerKeys
from server.identity.openid import OpenId
from server.identity.own_tokens import OwnTokens
from server.openid_settings import OpenIdSettings
from server.store.sessions import Store


class SignIn:
    """Tells our own tokens from those of an issuer, if there is one, and asks whoever is in charge."""

    def __init__(self, own: OwnTokens, openid: OpenId | None) -> None:
        self._own, self._openid = own, openid

    async def caller(self, text: str) -> Caller:
        """Whom a token stands for; at most one statement.

        Raises NotSignedInError for every token that lets nobody in, and TryAgainError where the database
        does not answer.
        """
        prefix = prefix_of(text)
        if prefix is not None:
            return await self._own.caller(prefix, text)
        if self._openid is None:
            raise NotSignedInError("not a token of ours")
        return await self._openid.caller(text)

    async def close(self) -> None:
        """Finishes what is still to be written."""
        await self._own.close()


def open_sign_in(
    store: Store,
    settings: OpenIdSettings | None,
    log: FilteringBoundLogger,
    clock: Callable[[], datetime],
    *,
    base: Callable[[], str],
) -> SignIn:
    """The door of one server. ``base``: gives the key of the base program."""
    own = OwnTokens(store, clock)
    if settings is None:
        return SignIn(own, None)
    # Made here, for reading the list of authorities takes long enough to hold others up.
    fetch = partial(fetch_keys, settings.issuer, verify=httpx.create_ssl_context())
    keys = IssuerKeys(fetch, log, time.monotonic)
    return SignIn(own, OpenId(settings, keys, store, clock, base=base))
