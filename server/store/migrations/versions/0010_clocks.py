"""Clocks: acts after which the time in a status begins anew, and when the values of fields were entered.

Revision ID: 0010
Revises: 0009
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Moment

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns: nothing has begun anew so far, and when values were entered is not known."""
    restarts = sa.Column("restarts", sa.Boolean, nullable=False, server_default=sa.false())
    op.add_column("status_changes", restarts)
    op.add_column("field_values", sa.Column("set_at", Moment))


def downgrade() -> None:
    """Drops them with what is in them."""
    op.drop_column("field_values", "set_at")
    op.drop_column("status_changes", "restarts")
