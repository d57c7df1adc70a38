"""Moments in time as the API writes and reads them."""

from datetime import UTC, datetime

import strawberry
from graphql import GraphQLError


def _write(value: datetime) -> str:
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _read(value: object) -> datetime:
    example = "Write it like 2026-01-31T12:30:00Z or 2026-01-31T12:30:00+02:00."
    if not isinstance(value, str):
        raise GraphQLError(f"A DateTime is a text. {example}")
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise GraphQLError(f'The time "{value[:40]}" does not say which time zone it is in. {example}')
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError(f'"{value[:40]}" is not a date and time. {example}') from None


DATE_TIME = strawberry.scalar(
    name="DateTime",
    description="A moment like 2026-01-31T12:30:00Z. Answers are in UTC; inputs may have any offset, but need one.",
    specified_by_url="https://scalars.graphql.org/andimarek/date-time.html",
    serialize=_write,
    parse_value=_read,
)
"""How ``datetime`` appears in the schema."""
