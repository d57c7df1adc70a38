"""Messages: the outbox, written with the act that says something to somebody, and delivered afterwards.

Revision ID: 0006
Revises: 0005
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Document, Identifier, Moment

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_REFERS = {"program_id": "programs", "cause_id": "status_changes", "recipient_id": "users"}
_INDEXES = (
    ("program_id", "id"),
    ("program_id", "state", "id"),
    ("program_id", "channel", "id"),
    ("program_id", "template", "id"),
    ("program_id", "created_at", "id"),
    ("recipient_id", "id"),
    ("subject_kind", "subject_id", "id"),
    ("cause_id", "id"),
    ("state", "channel", "next_attempt_at", "id"),
)
# As in the migration before: they read past the policies, as their owner. These leave out what is one's own.
_FUNCTIONS = {
    "matchkeeper_people_at_sites": """
  SELECT placed.user_id FROM personas AS placed
  WHERE placed.site_id = ANY (ARRAY(SELECT matchkeeper_sight('sites'))) AND NOT EXISTS (
    SELECT FROM personas AS later
    WHERE later.user_id = placed.user_id AND later.role = placed.role
      AND later.site_id IS NOT NULL AND later.id > placed.id)""",
    "matchkeeper_personas_at_sites": """
  SELECT id FROM personas WHERE user_id IN (SELECT matchkeeper_people_at_sites())""",
    "matchkeeper_pairs_at_sites": """
  SELECT id FROM matches WHERE mentor_id IN (SELECT matchkeeper_personas_at_sites())
  UNION
  SELECT id FROM matches WHERE mentee_id IN (SELECT matchkeeper_personas_at_sites())""",
}
_ABOUT = (
    "(subject_kind = 'user' AND subject_id IN (SELECT {}())"
    " OR subject_kind = 'persona' AND subject_id IN (SELECT {}())"
    " OR subject_kind = 'pair' AND subject_id IN (SELECT {}()))"
)
_IN_FULL = _ABOUT.format("matchkeeper_people_in_full", "matchkeeper_personas_in_full", "matchkeeper_pairs_seen")
_SEEN = (
    "program_id = ANY (ARRAY(SELECT matchkeeper_sight('programs')))"
    f" OR {_ABOUT.format(*_FUNCTIONS)}"
    f" OR recipient_id IN (SELECT matchkeeper_sight('users')) AND {_IN_FULL}"
)


def upgrade() -> None:
    """Creates the table, on PostgreSQL with the second lock on its rows."""
    op.create_table(
        "messages",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("program_id", Identifier, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("template", "channel", "subject_kind")),
        sa.Column("subject_id", Identifier, nullable=False),
        sa.Column("cause_id", Identifier, nullable=False),
        sa.Column("recipient_id", Identifier),
        sa.Column("role", sa.Text),
        sa.Column("sites", Document, nullable=False),
        *(sa.Column(name, sa.Text) for name in ("title", "body", "address")),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("next_attempt_at", Moment, nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("delivered_at", Moment),
        sa.Column("error", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        *(
            sa.ForeignKeyConstraint([name], [f"{target}.id"], name=f"fk_messages_{name}")
            for name, target in _REFERS.items()
        ),
    )
    for columns in _INDEXES:
        op.create_index(f"ix_messages_{'_'.join(columns)}", "messages", list(columns))
    if op.get_bind().dialect.name == "postgresql":
        schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
        for name, body in _FUNCTIONS.items():
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER"
                f" SET search_path = pg_catalog, {schema}, pg_temp AS $${body}\n$$"
            )
        op.execute("ALTER TABLE messages ENABLE ROW LEVEL SECURITY")
        op.execute(
            "CREATE POLICY as_announced ON messages"
            f" USING (current_user <> 'matchkeeper_reader' OR {_SEEN}) WITH CHECK (true)"
        )


def downgrade() -> None:
    """Drops the table: what was not delivered by then never will be."""
    op.drop_table("messages")
    for name in reversed(_FUNCTIONS) if op.get_bind().dialect.name == "postgresql" else ():
        op.execute(f"DROP FUNCTION {name}()")
