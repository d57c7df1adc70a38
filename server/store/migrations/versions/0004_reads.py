"""The record of reads, and since when a person is erased.

Revision ID: 0004
Revises: 0003
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Identifier, Moment

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BELONGS = {"program_id": "programs", "token_id": "tokens", "caller_id": "users", "person_id": "users"}
_LOOKED_UP = ("at", "person_id", "token_id", "caller_id")

# Tables made after the role of readers are open to it by default; this one is for whoever runs the server.
_KEPT_FROM_READERS = """
DO $$ BEGIN
  REVOKE ALL ON audit FROM matchkeeper_reader;
EXCEPTION WHEN undefined_object THEN NULL;
END $$"""


def upgrade() -> None:
    """Creates the table and the column."""
    op.add_column("users", sa.Column("erased_at", Moment))
    op.create_table(
        "audit",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("at", Moment, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("kind", "request_id")),
        *(sa.Column(name, Identifier) for name in _BELONGS),
        *(sa.Column(name, sa.Text) for name in ("caller_name", "classes", "code", "detail")),
        sa.Column("times", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        *(
            sa.ForeignKeyConstraint([name], [f"{target}.id"], name=f"fk_audit_{name}")
            for name, target in _BELONGS.items()
        ),
    )
    for column in _LOOKED_UP:
        op.create_index(f"ix_audit_{column}_id", "audit", [column, "id"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_KEPT_FROM_READERS)


def downgrade() -> None:
    """Drops both: what was recorded of reads is lost, and erased people stay without names."""
    op.drop_table("audit")
    op.drop_column("users", "erased_at")
