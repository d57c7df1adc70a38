"""The outside of a JSON Web Token: everything that can be refused before its signature is looked at."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BinasciiError
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from server.domain.errors import NotSignedInError

LIMIT_BYTES = 8 * 1024
"""How long a token may be."""

ALGORITHMS = frozenset({"RS256", "ES256", "EdDSA", "Ed25519"})
"""The signatures we take; the last two are old and new names of one."""

_PARTS = 3
_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
_PART = re.compile(r"[A-Za-z0-9_-]+", re.ASCII)
_OWN_KEYS = ("crit", "jku", "jwk", "x5u", "x5c", "b64")
"""Headers by which a token wants to say how, or by which key, it is to be checked: that is not for it to say."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """What a token says of itself; nothing of it may be believed. ``kid`` names the key, if the token does."""

    algorithm: str
    kid: str | None


def read_unverified(text: str) -> Unverified:
    """What a token of sound form says of its signature. Raises NotSignedInError for every other text."""
    if len(text) > LIMIT_BYTES:
        _refuse("too long")
    parts = text.split(".")
    if len(parts) != _PARTS:
        _refuse("not a token")
    header, _claims, _ = _object(parts[0]), _object(parts[1]), _bytes(parts[2])
    named = [name for name in _OWN_KEYS if name in header]
    if named:
        _refuse(f"header {named[0]}")
    algorithm, kind, kid = header.get("alg"), header.get("typ"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in ALGORITHMS:
        _refuse("algorithm")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        _refuse("type")
    if kid is not None and (not isinstance(kid, str) or not kid):
        _refuse("key id")
    return Unverified(algorithm, kid)


def _object(part: str) -> Mapping[str, Any]:
    """A part as a JSON object in which, at any depth, no name stands twice."""
    try:
        found = json.loads(_bytes(part).decode(), object_pairs_hook=_each_once, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        _refuse("not JSON")
    if not isinstance(found, dict):
        _refuse("not an object")
    return found


def _bytes(part: str) -> bytes:
    """Decodes a part that is written in the one way that it can be."""
    if not _PART.fullmatch(part):
        _refuse("not base64url")
    try:
        decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except BinasciiError:
        _refuse("not base64url")
    if urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        _refuse("not base64url")
    return decoded


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        _refuse("doubled name")
    return found


def _no_constant(_: str) -> NoReturn:
    _refuse("not JSON")


def _refuse(reason: str) -> NoReturn:
    raise NotSignedInError(f"token: {reason}")
