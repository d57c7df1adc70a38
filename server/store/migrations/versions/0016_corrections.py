"""Corrections: what words of an act were before they were put right; and the right words beside the act.

Revision ID: 0016
Revises: 0015
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Document, Identifier

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_READER = "matchkeeper_reader"
_SEEN = "EXISTS (SELECT FROM status_changes WHERE status_changes.act_id = corrections.corrects)"
_SAME = "NEW.act_id = OLD.act_id AND NEW.corrects = OLD.corrects AND NEW.part = OLD.part"
_FORGETS = f"{_SAME} AND NEW.before IS NULL AND NEW.after IS NULL"
_REFUSE = "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
_GUARD = f"""
CREATE FUNCTION refuse_to_change_corrections() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND {_FORGETS} THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'history is append-only';
END $$"""


def upgrade() -> None:
    """Adds column and table, and defends the table: its words may be forgotten, and nothing else of it changes."""
    op.add_column("act_texts", sa.Column("corrected", Document))
    op.create_table(
        "corrections",
        sa.Column("act_id", Identifier, nullable=False),
        sa.Column("corrects", Identifier, nullable=False),
        sa.Column("part", sa.Text, nullable=False),
        sa.Column("before", Document),
        sa.Column("after", Document),
        sa.PrimaryKeyConstraint("act_id", "part", name="pk_corrections"),
        sa.ForeignKeyConstraint(["act_id"], ["acts.id"], name="fk_corrections_act_id"),
        sa.ForeignKeyConstraint(["corrects"], ["acts.id"], name="fk_corrections_corrects"),
    )
    op.create_index("ix_corrections_corrects_act_id", "corrections", ["corrects", "act_id"])
    if op.get_bind().dialect.name == "postgresql":
        _defend_on_postgres()
        _hold_readers()
    else:
        _defend_on_sqlite()


def downgrade() -> None:
    """Drops them: the answers are again those that were first given, and notes stay as they were put right."""
    op.drop_table("corrections")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_to_change_corrections()")
    op.drop_column("act_texts", "corrected")


def _defend_on_sqlite() -> None:
    there = "EXISTS (SELECT 1 FROM corrections WHERE act_id = NEW.act_id AND part = NEW.part)"
    for name, event in (
        ("no_update", f"UPDATE ON corrections WHEN NOT ({_FORGETS})"),
        ("no_delete", "DELETE ON corrections"),
        ("no_replace", f"INSERT ON corrections WHEN {there}"),
    ):
        op.execute(f"CREATE TRIGGER corrections_{name} BEFORE {event} {_REFUSE}")


def _defend_on_postgres() -> None:
    op.execute(_GUARD)
    for name, event, function in (
        ("no_change", "BEFORE UPDATE OR DELETE ON corrections FOR EACH ROW", "refuse_to_change_corrections"),
        ("no_truncate", "BEFORE TRUNCATE ON corrections FOR EACH STATEMENT", "refuse_to_change_history"),
    ):
        op.execute(f"CREATE TRIGGER corrections_{name} {event} EXECUTE FUNCTION {function}()")
        op.execute(f"ALTER TABLE corrections ENABLE ALWAYS TRIGGER corrections_{name}")


def _hold_readers() -> None:
    """Whoever sees a row of an act sees how its words were put right."""
    op.execute("ALTER TABLE corrections ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY as_announced ON corrections USING (current_user <> '{_READER}' OR {_SEEN}) WITH CHECK (true)"
    )
