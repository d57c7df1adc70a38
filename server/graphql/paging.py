"""Pages: the four arguments of every list, and the cursors that name a place in it."""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Annotated, Any

import strawberry

from server.domain.filters import PAGE_DEFAULT, PAGE_LIMIT, Window
from server.graphql.arguments import bad_input, is_storable

First = Annotated[
    int | None,
    strawberry.argument(description=f"How many rows from the start; {PAGE_DEFAULT} unless said, at most {PAGE_LIMIT}."),
]
After = Annotated[str | None, strawberry.argument(description="Only rows after the one with this cursor.")]
Last = Annotated[
    int | None, strawberry.argument(description=f"How many rows from the end, at most {PAGE_LIMIT}; not with `first`.")
]
Before = Annotated[str | None, strawberry.argument(description="Only rows before the one with this cursor.")]

BY_ID = "id"
"""The order of every list that has no other."""
_GREATEST = 2**63
_CURSOR_LIMIT = 1_000


def window(
    name: str,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
    *,
    sorted_by: type | None = None,
) -> Window:
    """The page asked for, of the list in the order ``name``; ``sorted_by`` is the type of what comes before the id."""
    backwards = isinstance(last, int)
    if backwards and isinstance(first, int):
        raise bad_input("Give either first or last, not both.")
    limit = last if backwards else first
    limit = limit if isinstance(limit, int) else PAGE_DEFAULT
    if not 0 <= limit <= PAGE_LIMIT:
        argument = "last" if backwards else "first"
        raise bad_input(f"{argument} must be from 0 to {PAGE_LIMIT}, not {limit}. Fetch the rest page by page.")
    return Window(
        limit,
        _key("after", after, name, sorted_by) if after else None,
        _key("before", before, name, sorted_by) if before else None,
        backwards,
    )


def cursor_of(name: str, key: Sequence[str | int]) -> str:
    """The opaque cursor of a row: its key in the order ``name``."""
    plain = json.dumps([name, *key], separators=(",", ":"), ensure_ascii=False)
    return base64.urlsafe_b64encode(plain.encode()).decode().rstrip("=")


def _key(argument: str, cursor: str, name: str, sorted_by: type | None) -> tuple[str | int, ...]:
    values = _decoded(cursor)
    shape = [sorted_by, int] if sorted_by else [int]
    if values is None or values[0] != name or [type(value) for value in values[1:]] != shape or not _storable(values):
        raise bad_input(
            f"{argument} is not a cursor of this list in this order. Take one from pageInfo or edges of the same list."
        )
    return tuple(values[1:])


def _storable(values: Sequence[Any]) -> bool:
    """Whether a database can compare with all of it: a forged cursor may hold anything."""
    return all(abs(value) < _GREATEST if isinstance(value, int) else is_storable(value) for value in values)


def _decoded(cursor: str) -> list[Any] | None:
    if len(cursor) > _CURSOR_LIMIT:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        values = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True).decode("utf-8"))
    except (UnicodeError, binascii.Error, ValueError, RecursionError):
        return None
    return values if isinstance(values, list) and values else None
