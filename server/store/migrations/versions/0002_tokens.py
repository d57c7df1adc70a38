"""Tokens: who may sign in with a secret of ours, of which only the digest is kept.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Document, Identifier, Moment

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_BELONGS = {"program_id": "programs", "site_id": "sites", "user_id": "users"}
_MOMENTS = ("expires_at", "last_used_at", "revoked_at")


def upgrade() -> None:
    """Creates the table."""
    op.create_table(
        "tokens",
        sa.Column("id", Identifier, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("prefix", "secret_hash", "name")),
        sa.Column("roles", Document, nullable=False),
        *(sa.Column(name, Identifier) for name in _BELONGS),
        sa.Column("created_at", Moment, nullable=False),
        *(sa.Column(name, Moment) for name in _MOMENTS),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        *(
            sa.ForeignKeyConstraint([name], [f"{target}.id"], name=f"fk_tokens_{name}")
            for name, target in _BELONGS.items()
        ),
        sa.UniqueConstraint("prefix", name="uq_tokens_prefix"),
    )
    op.create_index("ix_tokens_program_id_id", "tokens", ["program_id", "id"])
    op.create_index("ix_tokens_user_id_id", "tokens", ["user_id", "id"])


def downgrade() -> None:
    """Drops the table: whoever signed in with a token no longer can."""
    op.drop_table("tokens")
