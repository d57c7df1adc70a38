"""The table of corrections: what words of acts were before somebody put them right."""

from sqlalchemy import Column, ForeignKey, Index, PrimaryKeyConstraint, Table, Text

from server.store import request_tables
from server.store.columns import Document, Identifier

metadata = request_tables.metadata
"""All tables."""

corrections = Table(
    "corrections",
    metadata,
    Column("act_id", Identifier, ForeignKey("acts.id"), nullable=False),
    Column("corrects", Identifier, ForeignKey("acts.id"), nullable=False),
    Column("part", Text, nullable=False),
    Column("before", Document),
    Column("after", Document),
    PrimaryKeyConstraint("act_id", "part"),
    Index(None, "corrects", "act_id"),
)
"""What a part of an act said before the act ``act_id`` put it right, and afterwards: a list of one text, or of none.

Append-only, but for the words, which are null once they are erased.
"""
