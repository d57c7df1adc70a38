"""Statuses and fields of programs and sites: what readers on PostgreSQL may see of them.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

# They read past the policies, as their owner: a program for whoever sees anybody in it, a site where it is one's
# own, or that of somebody seen in full.
_FUNCTIONS = {
    "matchkeeper_programs_known": """
  SELECT matchkeeper_sight('programs')
  UNION
  SELECT program_id FROM sites WHERE id IN (SELECT matchkeeper_sight('sites'))
  UNION
  SELECT program_id FROM users WHERE id IN (SELECT matchkeeper_sight('users'))""",
    "matchkeeper_sites_known": """
  SELECT matchkeeper_sight('sites')
  UNION
  SELECT site_id FROM personas WHERE id IN (SELECT matchkeeper_personas_in_full()) AND site_id IS NOT NULL""",
}
_KNOWN = (
    "(subject_kind = 'program' AND subject_id IN (SELECT matchkeeper_programs_known()))"
    " OR (subject_kind = 'site' AND subject_id IN (SELECT matchkeeper_sites_known()))"
)
_OWN = "subject_kind = 'site' AND subject_id IN (SELECT matchkeeper_sight('sites'))"
_ALSO = {"declared_statuses": _KNOWN, "field_values": _KNOWN, "status_changes": _OWN, "messages": _OWN}


def upgrade() -> None:
    """Adds a policy to each of the tables; a row is seen if any of its policies says so."""
    if op.get_bind().dialect.name != "postgresql":
        return
    schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    for name, body in _FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER"
            f" SET search_path = pg_catalog, {schema}, pg_temp AS $${body}\n$$"
        )
    for table, seen in _ALSO.items():
        op.execute(f"CREATE POLICY around_announced ON {table} FOR SELECT USING ({seen})")


def downgrade() -> None:
    """Drops policies and functions."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in _ALSO:
        op.execute(f"DROP POLICY around_announced ON {table}")
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}()")
