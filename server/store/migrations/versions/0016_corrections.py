"""Corrections: what words of an act were before they were put right; and the right words beside the act.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Document, Identifier
from server.store.migrations.defences import defend, drop_guard

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_READER = "matchkeeper_reader"
_SEEN = "EXISTS (SELECT FROM status_changes WHERE status_changes.act_id = corrections.corrects)"


def upgrade() -> None:
    """Adds column and table, and defends the table: its words may be forgotten, and nothing else of it changes."""
    op.add_column("act_texts", sa.Column("corrected", Document))
    op.create_table(
        "corrections",
        sa.Column("act_id", Identifier, nullable=False),
        sa.Column("corrects", Identifier, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("before", Document),
        sa.Column("after", Document),
        sa.PrimaryKeyConstraint("act_id", "part", name="pk_corrections"),
        sa.ForeignKeyConstraint(["act_id"], ["acts.id"], name="fk_corrections_act_id"),
        sa.ForeignKeyConstraint(["corrects"], ["acts.id"], name="fk_corrections_corrects"),
    )
    op.create_index("ix_corrections_corrects_act_id", "corrections", ["corrects", "act_id"])
    defend("corrections", ("act_id", "part"), ("corrects",))
    if op.get_bind().dialect.name == "postgresql":
        _hold_readers()


def downgrade() -> None:
    """Drops them: the answers are again those that were first given, and notes stay as they were put right."""
    op.drop_table("corrections")
    if op.get_bind().dialect.name == "postgresql":
        drop_guard("corrections")
    op.drop_column("act_texts", "corrected")


def _hold_readers() -> None:
    """Whoever sees a row of an act sees how its words were put right."""
    op.execute("ALTER TABLE corrections ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY as_announced ON corrections USING (current_user <> '{_READER}' OR {_SEEN}) WITH CHECK (true)"
    )
