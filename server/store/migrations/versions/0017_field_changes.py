"""Changes of fields are defended as the rest of history is: append-only, and held to what a reader sees in full.

Revision ID: 0017
Revises: 0016
"""

import sqlalchemy as sa
from alembic import op

from server.store.migrations.defences import defend, lift

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_READER = "matchkeeper_reader"
_WHOLE = "program_id = ANY (ARRAY(SELECT matchkeeper_sight('programs')))"
# It reads past the policies, as its owner, so that no policy asks itself.
_ACT_IN_WHOLE = f"SELECT EXISTS (SELECT FROM acts WHERE id = act AND {_WHOLE})"  # noqa: S608 - words of ours
_IN_FULL = {
    "user": "matchkeeper_people_in_full()",
    "persona": "matchkeeper_personas_in_full()",
    "pair": "matchkeeper_pairs_seen()",
    "record": "matchkeeper_records_seen()",
    "site": "matchkeeper_sight('sites')",
}
_ABOUT = " OR ".join(
    f"(subject_kind = '{kind}' AND subject_id IN (SELECT {found}))" for kind, found in _IN_FULL.items()
)
# Who reads acts before and after this: the answers of a match that was found are those of its last act.
_FOUND = "acts.id IN (SELECT status_act_id FROM matches WHERE id IN (SELECT matchkeeper_sight('found_pair')))"
_HAS_CHANGE = "EXISTS (SELECT FROM status_changes WHERE status_changes.act_id = acts.id)"
_SETS_FIELD = "EXISTS (SELECT FROM field_changes WHERE field_changes.act_id = acts.id)"
_ACTS_BEFORE = f"{_WHOLE} OR {_HAS_CHANGE} OR {_FOUND}"


def upgrade() -> None:
    """Defends the table: what fields held may be forgotten, and nothing else of it changes."""
    defend("field_changes", ("act_id", "subject_kind", "subject_id", "field"))
    if op.get_bind().dialect.name == "postgresql":
        _hold_readers()


def downgrade() -> None:
    """Lifts the defence; the rows stay."""
    if op.get_bind().dialect.name == "postgresql":
        _show_acts(_ACTS_BEFORE)
        op.execute("DROP POLICY as_announced ON field_changes")
        op.execute("ALTER TABLE field_changes DISABLE ROW LEVEL SECURITY")
        op.execute("DROP FUNCTION matchkeeper_act_in_whole(bigint)")
    lift("field_changes")


def _hold_readers() -> None:
    """Whoever sees the history of a record sees what its fields held, and of the acts that set them when that was."""
    schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    op.execute(
        "CREATE FUNCTION matchkeeper_act_in_whole(act bigint) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER"
        f" SET search_path = pg_catalog, {schema}, pg_temp AS $$ {_ACT_IN_WHOLE} $$"
    )
    op.execute("ALTER TABLE field_changes ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY as_announced ON field_changes"
        f" USING (current_user <> '{_READER}' OR matchkeeper_act_in_whole(act_id) OR {_ABOUT}) WITH CHECK (true)"
    )
    _show_acts(f"{_ACTS_BEFORE} OR {_SETS_FIELD}")


def _show_acts(seen: str) -> None:
    op.execute(f"ALTER POLICY as_announced ON acts USING (current_user <> '{_READER}' OR {seen})")
