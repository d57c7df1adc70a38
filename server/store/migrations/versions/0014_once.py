"""Requests that are carried out once: what came of them, for whoever sends the same again.

Revision ID: 0014
Revises: 0013
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Document, Moment

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "requests_once",
        sa.Column("request", sa.Text, nullable=False),
        sa.Column("part", sa.Integer, nullable=False),
        sa.Column("asked", sa.Text, nullable=False),
        sa.Column("answer", Document),
        sa.Column("kept_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("request", "part", name="pk_requests_once"),
    )
    op.create_index("ix_requests_once_kept_at", "requests_once", ["kept_at"])


def downgrade() -> None:
    """Drops it: a request that is sent again is carried out again."""
    op.drop_table("requests_once")
