"""Revisions: the text of all rules that were ever in force, and when and by what they came to be.

Revision ID: 0013
Revises: 0012
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Identifier, Moment

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the tables; what is in force enters them at the next start."""
    op.create_table(
        "rule_texts",
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_rule_texts"),
    )
    op.create_table(
        "rule_activations",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("program_id", Identifier, nullable=False),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("base", sa.Text, nullable=False),
        sa.Column("overlay", sa.Text),
        sa.Column("activated_at", Moment, nullable=False),
        sa.Column("cause", sa.Text, nullable=False),
        sa.Column("process", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rule_activations"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_rule_activations_program_id"),
        sa.ForeignKeyConstraint(["base"], ["rule_texts.digest"], name="fk_rule_activations_base"),
        sa.ForeignKeyConstraint(["overlay"], ["rule_texts.digest"], name="fk_rule_activations_overlay"),
    )
    op.create_index("ix_rule_activations_program_id_id", "rule_activations", ["program_id", "id"])


def downgrade() -> None:
    """Drops them: no rules are left to fall back on."""
    op.drop_table("rule_activations")
    op.drop_table("rule_texts")
