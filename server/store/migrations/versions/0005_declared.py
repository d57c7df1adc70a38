"""Further machines and fields: what rules files declare beside the standing statuses.

Revision ID: 0005
Revises: 0004
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Identifier, Moment, OrderedText

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_READER = "matchkeeper_reader"
_TABLES = ("declared_statuses", "field_values")
_SEEN = (
    f"current_user <> '{_READER}'"
    " OR program_id = ANY (ARRAY(SELECT matchkeeper_sight('programs')))"
    " OR (subject_kind = 'user' AND subject_id IN (SELECT matchkeeper_people_known()))"
    " OR (subject_kind = 'persona' AND subject_id IN (SELECT matchkeeper_personas_known()))"
    " OR (subject_kind = 'pair' AND subject_id IN (SELECT matchkeeper_pairs_seen()))"
)


def _of_record() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("program_id", Identifier, nullable=False),
        sa.Column("subject_kind", sa.Text, nullable=False),
        sa.Column("subject_id", Identifier, nullable=False),
    )


def upgrade() -> None:
    """Creates the tables, and on PostgreSQL the policies that hold readers to what they may see."""
    op.create_table(
        "declared_statuses",
        *_of_record(),
        sa.Column("machine", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("since", Moment, nullable=False),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", "machine", name="pk_declared_statuses"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_declared_statuses_program_id"),
    )
    op.create_index(
        "ix_declared_statuses_program_id_machine_status_subject_id",
        "declared_statuses",
        ["program_id", "machine", "status", "subject_id"],
    )
    op.create_table(
        "field_values",
        *_of_record(),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("order_key", OrderedText, nullable=False),
        sa.Column("unique_key", sa.Text),
        sa.PrimaryKeyConstraint("subject_kind", "subject_id", "field", "position", name="pk_field_values"),
        sa.UniqueConstraint(
            "program_id",
            "subject_kind",
            "field",
            "unique_key",
            name="uq_field_values_program_id_subject_kind_field_unique_key",
        ),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_field_values_program_id"),
    )
    op.create_index(
        "ix_field_values_program_id_field_order_key_subject_id",
        "field_values",
        ["program_id", "field", "order_key", "subject_id"],
    )
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
            op.execute(f"CREATE POLICY as_announced ON {table} USING ({_SEEN}) WITH CHECK (true)")


def downgrade() -> None:
    """Drops the tables with all that is in them."""
    for table in reversed(_TABLES):
        op.drop_table(table)
