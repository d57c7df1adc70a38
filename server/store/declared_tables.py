"""The tables of what rules files declare (further machines, fields, moves by the calendar), and of their texts."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table, Text, UniqueConstraint

from server.store import tables
from server.store.columns import Document, Identifier, Moment, OrderedText

metadata = tables.metadata
"""The standing tables and these."""

declared_statuses = Table(
    "declared_statuses",
    metadata,
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Identifier, nullable=False),
    Column("machine", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("since", Moment, nullable=False),
    PrimaryKeyConstraint("subject_kind", "subject_id", "machine"),
    Index(None, "program_id", "machine", "status", "subject_id"),
)
"""Where a record stands in the machines that its program declares.

A record from before the machine was declared has no row yet: it is where the machine starts.
"""

field_values = Table(
    "field_values",
    metadata,
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Identifier, nullable=False),
    Column("field", Text, nullable=False),
    Column("position", Integer, nullable=False),
    Column("value", Text, nullable=False),
    Column("order_key", OrderedText, nullable=False),
    Column("unique_key", Text),
    Column("set_at", Moment),
    PrimaryKeyConstraint("subject_kind", "subject_id", "field", "position"),
    UniqueConstraint("program_id", "subject_kind", "field", "unique_key"),
    Index(None, "program_id", "field", "order_key", "subject_id"),
)
"""What records hold in the fields that their program declares; may name a person, and so can be erased.

``order_key``: the value in a form that sorts. ``unique_key``: the value, where no other record may have it.
``set_at``: when it was entered; empty for values from before that was noted.
"""

field_changes = Table(
    "field_changes",
    metadata,
    Column("act_id", Identifier, ForeignKey("acts.id"), nullable=False),
    Column("subject_kind", Text, nullable=False),
    Column("subject_id", Identifier, nullable=False),
    Column("field", Text, nullable=False),
    Column("before", Document),
    Column("after", Document),
    PrimaryKeyConstraint("act_id", "subject_kind", "subject_id", "field"),
    Index(None, "subject_kind", "subject_id"),
)
"""What fields held before an act set them, and afterwards; empty once that is erased, for it may name a person."""

schedules = Table(
    "schedules",
    metadata,
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("transition", Text, nullable=False),
    Column("seen_to", Moment, nullable=False),
    PrimaryKeyConstraint("program_id", "transition"),
)
"""Up to when the dates of each transition that happens by the calendar have been seen to."""

rule_texts = Table(
    "rule_texts",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("text", Text, nullable=False),
)
"""Every text of a rules file that was ever in force, once, by its SHA-256."""

rule_activations = Table(
    "rule_activations",
    metadata,
    Column("id", Identifier, primary_key=True),
    Column("program_id", Identifier, ForeignKey("programs.id"), nullable=False),
    Column("revision", Text, nullable=False),
    Column("base", Text, ForeignKey("rule_texts.digest"), nullable=False),
    Column("overlay", Text, ForeignKey("rule_texts.digest")),
    Column("activated_at", Moment, nullable=False),
    Column("cause", Text, nullable=False),
    Column("process", Text, nullable=False),
    Index(None, "program_id", "id"),
)
"""Which rules each program was under, one row for each time they became others."""
