"""Time: up to when the dates of transitions by the calendar have been seen to, and indexes on how long records wait.

Revision ID: 0007
Revises: 0006
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Identifier, Moment

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_WAITING = (("personas", "persona_status"), ("personas", "match_status"), ("matches", "pair_status"))


def upgrade() -> None:
    """Creates the table and the indexes."""
    op.create_table(
        "schedules",
        sa.Column("program_id", Identifier, nullable=False),
        sa.Column("transition", sa.Text, nullable=False),
        sa.Column("seen_to", Moment, nullable=False),
        sa.PrimaryKeyConstraint("program_id", "transition", name="pk_schedules"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_schedules_program_id"),
    )
    for table, machine in _WAITING:
        op.create_index(_name(table, machine), table, ["program_id", machine, f"{machine}_since", "id"])


def downgrade() -> None:
    """Drops them: dates that were seen to are forgotten, and none of them is made up."""
    for table, machine in _WAITING:
        op.drop_index(_name(table, machine), table)
    op.drop_table("schedules")


def _name(table: str, machine: str) -> str:
    return f"ix_{table}_program_id_{machine}_{machine}_since_id"
