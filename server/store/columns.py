"""How values are kept in a column: moments, small documents, keys for comparing text."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, Row, Text
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.types import TypeDecorator, TypeEngine

AnyRow = Row[*tuple[Any, ...]]
"""A row of a statement whose columns the type checker does not follow."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Identifier = BigInteger().with_variant(Integer, "sqlite")
"""An id; on SQLite exactly INTEGER, which makes the primary key the row's own number."""

OrderedText = Text().with_variant(Text(collation="C"), "postgresql")
"""Text that lists are ordered by: the same order on both databases, whatever the server's language."""


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 in UTC, without loss. Raises ValueError for a moment without a zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment!r} has no time zone")
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment_of(count: int) -> datetime:
    """The moment that lies so many microseconds after the start of 1970."""
    return EPOCH + timedelta(0, 0, count)


class Moment(TypeDecorator[datetime]):
    """A moment in UTC to the microsecond: a whole number on SQLite, timestamptz on PostgreSQL."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The database's own type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | int | None:
        """Towards the database."""
        if value is None or dialect.name == "postgresql":
            return value
        return microseconds(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:  # noqa: ARG002 - SQLAlchemy's signature
        """Back from the database, always with the zone UTC; one plain function, for a page has hundreds of them."""
        return _from_postgres if dialect.name == "postgresql" else _from_sqlite


def _from_sqlite(value: int | None) -> datetime | None:
    return None if value is None else EPOCH + timedelta(0, 0, value)


def _from_postgres(value: datetime | None) -> datetime | None:
    return None if value is None else value.astimezone(UTC)


class Document(TypeDecorator[Any]):
    """A small mapping or list of texts, kept as JSON."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Towards the database."""
        return None if value is None else json.dumps(value, ensure_ascii=False)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - SQLAlchemy's signature
        """Back from the database."""
        return None if value is None else json.loads(value)


def folded(text: str | None) -> str | None:
    """The form in which text is compared whatever its case; an empty text counts as none."""
    return text.casefold() if text else None


def searchable(name: str, email: str | None, external_id: str | None) -> str:
    """What a search looks into: each part on a line of its own, so that no hit spans two of them."""
    return "\n".join(part.casefold().replace("\n", " ") for part in (name, email, external_id) if part)
