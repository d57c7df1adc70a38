"""Asks an OpenID Connect issuer for the keys that it signs with."""

import asyncio
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, Key, OKPKey, RSAKey

from server.environment import is_loopback

PATIENCE_SECONDS = 5.0
"""How long the issuer has for each answer, all in all."""

ANSWER_LIMIT = 256 * 1024
_RSA_BITS = 2048
_KINDS = frozenset({"RSA", "EC", "OKP"})
"""Kinds of key with a public half: one who only knows a shared secret could also sign."""


class IssuerError(Exception):
    """The issuer could not be asked, or its answer cannot be used; the message says which, for our log."""


async def fetch_keys(issuer: str, *, verify: Any = True) -> Mapping[str | None, Key]:
    """The keys an issuer signs with now, by their ids; a key without an id stands under None.

    Both answers are asked for anew, so that an issuer may move its keys. ``verify``: as httpx takes it.
    Raises IssuerError.
    """
    try:
        async with (
            asyncio.timeout(PATIENCE_SECONDS),
            httpx.AsyncClient(verify=verify, timeout=PATIENCE_SECONDS, follow_redirects=False) as client,
        ):
            told = await _ask(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != issuer:
                raise IssuerError("its configuration names another issuer")
            return _usable((await _ask(client, _address(told, issuer))).get("keys"))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError) as error:
        raise IssuerError(type(error).__name__) from error


def _address(told: Mapping[str, Any], issuer: str) -> str:
    """Where the keys are; never over an open line, except on this machine for an issuer that is there itself."""
    address = told.get("jwks_uri")
    if not isinstance(address, str):
        raise IssuerError("its configuration has no jwks_uri")
    parts = urlsplit(address)
    both_here = is_loopback(parts.hostname or "") and is_loopback(urlsplit(issuer).hostname or "")
    if parts.scheme != "https" and not (parts.scheme == "http" and both_here):
        raise IssuerError("its jwks_uri is not https")
    return address


async def _ask(client: httpx.AsyncClient, address: str) -> Mapping[str, Any]:
    """The JSON object at an address, read no further than the limit."""
    body = bytearray()
    async with client.stream("GET", address, headers={"Accept": "application/json"}) as response:
        if response.status_code != httpx.codes.OK:
            raise IssuerError(f"it answered {response.status_code}")
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > ANSWER_LIMIT:
                raise IssuerError("its answer is too long")
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise IssuerError("its answer is not JSON") from None
    if not isinstance(found, dict):
        raise IssuerError("its answer is not an object")
    return found


def _usable(entries: object) -> Mapping[str | None, Key]:
    """Those of the keys with which we take signatures; issuers also publish others."""
    keys: dict[str | None, Key] = {}
    for key in _read(entries if isinstance(entries, list) else []):
        if key.get("use") in {None, "sig"} and algorithms_of(key):
            keys.setdefault(key.kid, key)
    if not keys:
        raise IssuerError("none of its keys can be used")
    return keys


def _read(entries: Iterable[object]) -> Iterable[Key]:
    for entry in entries:
        try:
            if isinstance(entry, dict) and entry.get("kty") in _KINDS:
                yield JWKRegistry.import_key(entry)
        except (JoseError, ValueError, TypeError, KeyError):
            continue  # a key of a kind that is not known here


def algorithms_of(key: Key) -> frozenset[str]:
    """The signatures that a key may be used for: the key says so, never the token."""
    match key:
        case RSAKey() if key.raw_value.key_size >= _RSA_BITS:
            fitting = frozenset({"RS256"})
        case ECKey() if key.curve_name == "P-256":
            fitting = frozenset({"ES256"})
        case OKPKey() if key.curve_name == "Ed25519":
            fitting = frozenset({"EdDSA", "Ed25519"})
        case _:
            return frozenset()
    said = key.get("alg")
    return fitting if said is None or said in fitting else frozenset()
