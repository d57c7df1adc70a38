"""The table of requests that are to be carried out once, and what came of them."""

from sqlalchemy import Column, Index, Integer, PrimaryKeyConstraint, Table, Text

from server.store import record_tables
from server.store.columns import Document, Moment

metadata = record_tables.metadata
"""Those before and this."""

requests_once = Table(
    "requests_once",
    metadata,
    Column("request", Text, nullable=False),
    Column("part", Integer, nullable=False),
    Column("asked", Text, nullable=False),
    Column("answer", Document),
    Column("kept_at", Moment, nullable=False),
    PrimaryKeyConstraint("request", "part"),
    Index(None, "kept_at"),
)
"""``request``: a hash of the caller and the key they gave. ``asked``: a hash of all that was asked under that key.

``part``: 0, or which act of a request with many. ``answer``: the ids of what came of it; written with the act.
Nothing here names anybody. Rows are deleted once a retry is no longer to be expected.
"""
