"""Reads claims whose signature has been checked: roles, texts, a name. A claim is named by a path of dots."""

from collections.abc import Iterable, Mapping
from typing import Any

from server.domain.errors import NotSignedInError

Claims = Mapping[str, Any]

TEXT_LIMIT = 254


def roles_of(claims: Claims, mapping: Iterable[tuple[str, str, str]]) -> frozenset[str]:
    """The roles that the mapping (claim, value, role) gives for what the claims hold, and no others."""
    return frozenset(role for claim, value, role in mapping if value in _texts(_at(claims, claim)))


def text_of(claims: Claims, claim: str) -> str | None:
    """The text of a claim, None where there is none. Raises NotSignedInError for anything but a usable text."""
    found = _at(claims, claim)
    if found is None:
        return None
    if not isinstance(found, str) or not found.strip() or len(found) > TEXT_LIMIT or not found.isprintable():
        raise NotSignedInError("token: a claim is not a usable text")
    return found


def name_of(claims: Claims) -> str:
    """The name under which acts are recorded: the person's, else the subject's."""
    return text_of(claims, "name") or text_of(claims, "sub") or ""


def _at(claims: Claims, path: str) -> Any:
    """The claim of exactly this name, else what a path of dots leads to."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for step in path.split("."):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _texts(value: Any) -> frozenset[str]:
    """A claim that may be a list, one text, or several in one text as OAuth's scope has them."""
    if isinstance(value, str):
        return frozenset({value, *value.split()})
    return frozenset(each for each in value if isinstance(each, str)) if isinstance(value, list) else frozenset()
