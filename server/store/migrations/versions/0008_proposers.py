"""Proposals: who made a match, where it was somebody with a record of their own.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Identifier

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the column, empty for every match so far: their history says who made them."""
    proposer = sa.ForeignKey("users.id", name="fk_matches_proposed_by_id")
    op.add_column("matches", sa.Column("proposed_by_id", Identifier, proposer), inline_references=True)


def downgrade() -> None:
    """Drops it with what is in it."""
    op.drop_column("matches", "proposed_by_id")
