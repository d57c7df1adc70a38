"""The tables of records of the kinds that rules files declare: what they are linked to, and whose they are."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text

from server.store import declared_tables
from server.store.columns import Identifier, Moment

metadata = declared_tables.metadata
"""Those before and these."""

records = Table(
    "records",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("author_id", Identifier, ForeignKey("users.id")),
    Column("created_at", Moment, nullable=False),
    Column("version", Integer, nullable=False),
    Index(None, "program_id", "id"),
    Index(None, "program_id", "kind", "id"),
)
"""``kind``: its key in the rules. ``author_id``: who made it, where it was somebody with a record of their own."""

record_links = Table(
    "record_links",
    metadata,
    Column("record_id", Identifier, ForeignKey("records.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("target_id", Identifier, nullable=False),
    PrimaryKeyConstraint("record_id", "name"),
    Index(None, "target_kind", "target_id", "record_id"),
)
"""What a record is linked to, by the names of its kind; never changed."""

record_people = Table(
    "record_people",
    metadata,
    Column("record_id", Identifier, ForeignKey("records.id"), nullable=False),
    Column("user_id", Identifier, ForeignKey("users.id"), nullable=False),
    PrimaryKeyConstraint("record_id", "user_id"),
    Index(None, "user_id", "record_id"),
)
"""The users behind the links of a record, however far: whose it is, and who sees it. It follows from the links."""
