"""Gives out the ids of everything an act is about to write, in one statement.

Knowing all ids beforehand lets rows refer to each other however they are inserted: a change to the
change that caused it, a pair to the act that made it, the act to the pair.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, text

from server.store.listening import CHANNEL

_NUMBERED = ("sites", "users", "personas", "matches", "records", "acts", "status_changes")

_HIGHEST = text("SELECT " + ", ".join(f"(SELECT coalesce(max(id), 0) FROM {table})" for table in _NUMBERED))  # noqa: S608 - names of ours

_NEXT = text(
    " UNION ALL ".join(
        f"SELECT '{table}', nextval('{table}_id_seq') FROM generate_series(1, :{table})"  # noqa: S608 - names of ours
        for table in _NUMBERED
    )
)

_SERIALISE = text("SELECT pg_advisory_xact_lock(:space, :program), pg_notify(:channel, '')")
_SPACE = 0x4D4B
"""Our own space among PostgreSQL's advisory locks; the number in it is the program's."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Ids set aside, by table; each is taken once."""

    reserved: Mapping[str, Iterator[int]]

    def take(self, table: str) -> int:
        """The next id of a table. Raises StopIteration when more are taken than were reserved."""
        return next(self.reserved[table])


def reserve(connection: Connection, program_id: int, counts: Mapping[str, int]) -> Numbers:
    """Sets ids aside, by table.

    From here to the end of the transaction no other act of the program gets any, so that the ids of
    its history grow in the order of commits. Its commit tells whoever listens.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_SERIALISE, {"space": _SPACE, "program": program_id, "channel": CHANNEL})
        found: defaultdict[str, list[int]] = defaultdict(list)
        for table, number in connection.execute(_NEXT, {table: counts.get(table, 0) for table in _NUMBERED}):
            found[table].append(number)
        return Numbers({table: iter(sorted(ids)) for table, ids in found.items()})
    highest = dict(zip(_NUMBERED, connection.execute(_HIGHEST).one(), strict=True))
    return Numbers({table: iter(range(highest[table] + 1, highest[table] + 1 + n)) for table, n in counts.items()})
