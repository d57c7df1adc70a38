"""Tokens of an OpenID Connect issuer: signature, claims, and whom they stand for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry
from joserfc.jwt import JWTClaimsRegistry

from server.domain.actors import Caller
from server.domain.errors import NotSignedInError
from server.engine.ruleset import OWNER
from server.identity.claims import Claims, name_of, roles_of, text_of
from server.identity.issuer import algorithms_of
from server.identity.issuer_keys import IssuerKeys
from server.identity.unverified import ALGORITHMS, read_unverified
from server.openid_settings import OpenIdSettings
from server.store.sessions import Store
from server.store.tokens import Place, place_of

SKEW_SECONDS = 60
"""How far the issuer's clock may be off."""

_VERIFIED = "email_verified"


class _Algorithms(JWSRegistry):
    """joserfc's algorithms, of which it would warn us of EdDSA: RFC 9864 has only given it another name."""

    max_header_length = 8192

    def get_alg(self, name: str) -> Any:
        """See :class:`JWSRegistry`."""
        if name not in (self.allowed or ()):
            return super().get_alg(name)
        return self.algorithms[name]


class OpenId:
    """Lets the bearers of the issuer's tokens in. ``base``: gives the program of whoever comes without one."""

    def __init__(
        self,
        settings: OpenIdSettings,
        keys: IssuerKeys,
        store: Store,
        clock: Callable[[], datetime],
        *,
        base: Callable[[], str],
    ) -> None:
        self._settings, self._keys, self._store, self._clock, self._base = settings, keys, store, clock, base

    async def caller(self, text: str) -> Caller:
        """Whom a token stands for. Raises NotSignedInError, and TryAgainError where the database does not answer."""
        said = read_unverified(text)
        key = await self._keys.find(said.kid)
        if key is None:
            raise NotSignedInError("token: unknown key")
        claims = self._verified(text, key)
        roles = roles_of(claims, self._settings.roles)
        name, program = name_of(claims), self._program(claims, roles)
        if program is None:
            return Caller(name, roles)
        place = await self._place(claims, program)
        return Caller(
            place.user_name or name,
            roles,
            user_id=place.user_id,
            program_id=place.program_id,
            site_id=place.site_id,
        )

    def _verified(self, text: str, key: Key) -> Claims:
        algorithms = ALGORITHMS & algorithms_of(key)
        registry = _Algorithms(algorithms=algorithms, strict_check_header=False)
        rules = JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=SKEW_SECONDS,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.audience},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            claims = jwt.decode(text, key, registry=registry).claims
            rules.validate(claims)
        except JoseError as error:
            raise NotSignedInError(f"token: {error.error}") from None
        except (ValueError, TypeError, OverflowError):
            raise NotSignedInError("token: malformed") from None
        return claims

    def _program(self, claims: Claims, roles: frozenset[str]) -> str | None:
        """The key of the program; the owner comes without one, and so does whose token should name one and does not."""
        claim = self._settings.program_claim
        if claim is not None:
            return text_of(claims, claim)
        return None if OWNER in roles else self._base()

    async def _place(self, claims: Claims, program: str) -> Place:
        site = self._named(claims, self._settings.site_claim)
        field, claim = self._settings.user_claim or ("", "")
        who = self._named(claims, claim)
        if field == "email" and who is not None and claims.get(_VERIFIED) is not True:
            raise NotSignedInError("token: the e-mail address is not verified")
        place = await self._store.query(
            lambda session: place_of(
                session.connection,
                program,
                site=site,
                email=who if field == "email" else None,
                external_id=who if field == "external_id" else None,
            )
        )
        if place is None or (site and place.site_id is None) or (who and place.user_id is None):
            raise NotSignedInError("token: unknown program, site or person")
        return place

    @staticmethod
    def _named(claims: Mapping[str, Any], claim: str | None) -> str | None:
        return text_of(claims, claim) if claim else None
