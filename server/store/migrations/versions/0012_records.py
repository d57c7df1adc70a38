"""Records of the kinds that rules files declare, what they are linked to, and whose they are.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Identifier, Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_READER = "matchkeeper_reader"
_WHOLE = "program_id = ANY (ARRAY(SELECT matchkeeper_sight('programs')))"

# As in earlier migrations: they read past the policies, as their owner.
_NEW = {
    "matchkeeper_records_seen": """
  SELECT record_id FROM record_people WHERE user_id IN (SELECT matchkeeper_people_in_full())""",
    "matchkeeper_records_at_sites": """
  SELECT record_id FROM record_people WHERE user_id IN (SELECT matchkeeper_people_at_sites())""",
}
_KNOWN_BEFORE = {
    "matchkeeper_personas_known": """
  SELECT matchkeeper_personas_in_full()
  UNION
  SELECT matchkeeper_sight('found_persona')
  UNION
  SELECT unnest(ARRAY[mentor_id, mentee_id]) FROM matches WHERE id IN (SELECT matchkeeper_pairs_known())""",
    "matchkeeper_people_known": """
  SELECT matchkeeper_people_in_full()
  UNION
  SELECT matchkeeper_sight('found_user')
  UNION
  SELECT user_id FROM personas WHERE id IN (SELECT matchkeeper_personas_known())""",
}
_NAMED = """
  UNION
  SELECT target_id FROM record_links
  WHERE target_kind = '{}' AND record_id IN (SELECT matchkeeper_records_seen())"""
_KNOWN = {
    name: f"{body}{_NAMED.format(kind)}"
    for (name, body), kind in zip(_KNOWN_BEFORE.items(), ("persona", "user"), strict=True)
}


def _about(people: str, personas: str, pairs: str, records: str | None) -> str:
    """The condition that a row is about something that these functions find."""
    ways = {"user": people, "persona": personas, "pair": pairs, **({"record": records} if records else {})}
    found = (
        f"(subject_kind = '{kind}' AND subject_id IN (SELECT matchkeeper_{name}()))" for kind, name in ways.items()
    )
    return f"({' OR '.join(found)})"


def _policies(records: bool) -> dict[str, str]:
    """Who sees which rows that are about records of any kind; ``records``: also of declared ones."""
    seen, placed = ("records_seen", "records_at_sites") if records else (None, None)
    in_full = _about("people_in_full", "personas_in_full", "pairs_seen", seen)
    known = _about("people_known", "personas_known", "pairs_known", seen)
    at_sites = _about("people_at_sites", "personas_at_sites", "pairs_at_sites", placed)
    own = f"recipient_id IN (SELECT matchkeeper_sight('users')) AND {in_full}"
    return {
        "status_changes": f"{_WHOLE} OR {in_full}",
        "declared_statuses": f"{_WHOLE} OR {known}",
        "field_values": f"{_WHOLE} OR {known}",
        "messages": f"{_WHOLE} OR {at_sites} OR {own}",
    }


_OF_RECORD = "record_id IN (SELECT id FROM records)"
_OWN = {
    "records": f"{_WHOLE} OR id IN (SELECT matchkeeper_records_seen())",
    "record_links": _OF_RECORD,
    "record_people": _OF_RECORD,
}


def upgrade() -> None:
    """Creates the tables, and on PostgreSQL the policies that hold readers to what they may see."""
    op.create_table(
        "records",
        sa.Column("id", Identifier, nullable=False),
        sa.Column("program_id", Identifier, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("author_id", Identifier),
        sa.Column("created_at", Moment, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_records"),
        sa.ForeignKeyConstraint(["program_id"], ["programs.id"], name="fk_records_program_id"),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name="fk_records_author_id"),
    )
    op.create_table(
        "record_links",
        sa.Column("record_id", Identifier, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("target_kind", sa.Text, nullable=False),
        sa.Column("target_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("record_id", "name", name="pk_record_links"),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name="fk_record_links_record_id"),
    )
    op.create_table(
        "record_people",
        sa.Column("record_id", Identifier, nullable=False),
        sa.Column("user_id", Identifier, nullable=False),
        sa.PrimaryKeyConstraint("record_id", "user_id", name="pk_record_people"),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name="fk_record_people_record_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_record_people_user_id"),
    )
    for table, *columns in (
        ("records", "program_id", "id"),
        ("records", "program_id", "kind", "id"),
        ("record_links", "target_kind", "target_id", "record_id"),
        ("record_people", "user_id", "record_id"),
    ):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, columns)
    if op.get_bind().dialect.name == "postgresql":
        _write_functions(_NEW)
        _write_functions(_KNOWN)
        for table in _OWN:
            op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        _write_policies(_OWN)
        _write_policies(_policies(records=True))


def downgrade() -> None:
    """Drops the tables with all that is in them; history and texts about the records stay."""
    if op.get_bind().dialect.name == "postgresql":
        _write_policies(_policies(records=False))
        _write_functions(_KNOWN_BEFORE)
        for table in _OWN:
            op.execute(f"DROP POLICY as_announced ON {table}")
        for name in _NEW:
            op.execute(f"DROP FUNCTION {name}()")
    for table in reversed(_OWN):
        op.drop_table(table)


def _write_functions(bodies: dict[str, str]) -> None:
    schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    for name, body in bodies.items():
        op.execute(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER"
            f" SET search_path = pg_catalog, {schema}, pg_temp AS $${body}\n$$"
        )


def _write_policies(seen: dict[str, str]) -> None:
    for table, condition in seen.items():
        op.execute(f"DROP POLICY IF EXISTS as_announced ON {table}")
        op.execute(
            f"CREATE POLICY as_announced ON {table}"
            f" USING (current_user <> '{_READER}' OR {condition}) WITH CHECK (true)"
        )
