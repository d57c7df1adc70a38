"""Undo: which row of history took which back, and what fields held before an act set them.

Revision ID: 0015
Revises: 0014
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Document, Identifier

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds column and table; of the acts so far no field can be set back."""
    undone = sa.ForeignKey("status_changes.id", name="fk_status_changes_undoes")
    op.add_column("status_changes", sa.Column("undoes", Identifier, undone), inline_references=True)
    op.create_index("ix_status_changes_undoes", "status_changes", ["undoes"])
    op.create_table(
        "field_changes",
        sa.Column("act_id", Identifier, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", Identifier, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("before", Document),
        sa.Column("after", Document),
        sa.PrimaryKeyConstraint("act_id", "subject_kind", "subject_id", "field", name="pk_field_changes"),
        sa.ForeignKeyConstraint(["act_id"], ["acts.id"], name="fk_field_changes_act_id"),
    )
    op.create_index("ix_field_changes_subject_kind_subject_id", "field_changes", ["subject_kind", "subject_id"])


def downgrade() -> None:
    """Drops them: what was taken back stays so, and nothing says any more what took it back."""
    op.drop_table("field_changes")
    op.drop_index("ix_status_changes_undoes", "status_changes")
    op.drop_column("status_changes", "undoes")
