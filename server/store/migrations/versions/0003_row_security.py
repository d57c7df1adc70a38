"""A second lock on PostgreSQL: policies hold whoever reads under the role of readers to the sight announced.

Revision ID: 0003
Revises: 0002
"""

import logging

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_LOG = logging.getLogger("matchkeeper.migrations")
_READER = "matchkeeper_reader"

_ROLE = f"""
DO $$ BEGIN
  CREATE ROLE {_READER} NOLOGIN NOINHERIT;
EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
END $$"""
_MEMBERSHIP = f"""
DO $$ BEGIN
  EXECUTE format('GRANT {_READER} TO %I', current_user);
EXCEPTION WHEN undefined_object OR insufficient_privilege THEN NULL;
END $$"""
_IS_MEMBER = (
    "SELECT coalesce(bool_or(pg_has_role(current_user, oid, 'MEMBER')), false)"  # noqa: S608 - a name of ours
    f" FROM pg_roles WHERE rolname = '{_READER}'"
)
_NOTICE = (
    "The database user may not create the role %s, so the second lock on rows stays off. "
    "To have it, let an administrator run: CREATE ROLE %s NOLOGIN; GRANT %s TO <the server's user>; "
    "GRANT USAGE ON SCHEMA %s TO %s; GRANT SELECT ON ALL TABLES IN SCHEMA %s TO %s;"
)

# Each part of the announced sight, by id. What was never announced is nothing.
_SIGHT = """
CREATE FUNCTION matchkeeper_sight(part text) RETURNS SETOF bigint LANGUAGE sql STABLE AS $$
  SELECT value::bigint FROM jsonb_array_elements_text(
    coalesce(nullif(current_setting('matchkeeper.sight', true), ''), '{}')::jsonb -> part)
$$"""

# The functions read past the policies, as their owner, so that no policy asks itself.
_FUNCTIONS = {
    "matchkeeper_people_in_full": """
  SELECT matchkeeper_sight('users')
  UNION
  SELECT placed.user_id FROM personas AS placed
  WHERE placed.site_id = ANY (ARRAY(SELECT matchkeeper_sight('sites'))) AND NOT EXISTS (
    SELECT FROM personas AS later
    WHERE later.user_id = placed.user_id AND later.role = placed.role
      AND later.site_id IS NOT NULL AND later.id > placed.id)""",
    "matchkeeper_personas_in_full": """
  SELECT id FROM personas WHERE user_id IN (SELECT matchkeeper_people_in_full())""",
    "matchkeeper_pairs_seen": """
  SELECT id FROM matches WHERE mentor_id IN (SELECT matchkeeper_personas_in_full())
  UNION
  SELECT id FROM matches WHERE mentee_id IN (SELECT matchkeeper_personas_in_full())""",
    "matchkeeper_personas_known": """
  SELECT matchkeeper_personas_in_full()
  UNION
  SELECT unnest(ARRAY[mentor_id, mentee_id]) FROM matches WHERE id IN (SELECT matchkeeper_pairs_seen())""",
    "matchkeeper_people_known": """
  SELECT matchkeeper_people_in_full()
  UNION
  SELECT user_id FROM personas WHERE id IN (SELECT matchkeeper_personas_known())""",
}

_WHOLE = "program_id = ANY (ARRAY(SELECT matchkeeper_sight('programs')))"
_HAS_CHANGE = "EXISTS (SELECT FROM status_changes WHERE status_changes.act_id = {})"
_SEEN = {
    "users": f"{_WHOLE} OR id IN (SELECT matchkeeper_people_known())",
    "personas": f"{_WHOLE} OR id IN (SELECT matchkeeper_personas_known())",
    "matches": f"{_WHOLE} OR id IN (SELECT matchkeeper_pairs_seen())",
    "status_changes": f"{_WHOLE}"
    " OR (subject_kind = 'user' AND subject_id IN (SELECT matchkeeper_people_in_full()))"
    " OR (subject_kind = 'persona' AND subject_id IN (SELECT matchkeeper_personas_in_full()))"
    " OR (subject_kind = 'pair' AND subject_id IN (SELECT matchkeeper_pairs_seen()))",
    "acts": f"{_WHOLE} OR {_HAS_CHANGE.format('acts.id')}",
    "act_texts": _HAS_CHANGE.format("act_texts.act_id"),
}


def upgrade() -> None:
    """Creates the role, the functions and the policies; nothing on SQLite, which knows no rights on rows."""
    if op.get_bind().dialect.name != "postgresql":
        return
    schema = _schema()
    op.execute(_SIGHT)
    for name, body in _FUNCTIONS.items():
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER"
            f" SET search_path = pg_catalog, {schema}, pg_temp AS $${body}\n$$"
        )
    for table, seen in _SEEN.items():
        # Everybody else goes on as before, also a server that does not own the tables.
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY as_announced ON {table} USING (current_user <> '{_READER}' OR {seen}) WITH CHECK (true)"
        )
    op.execute(_ROLE)
    op.execute(_MEMBERSHIP)
    if op.get_bind().execute(sa.text(_IS_MEMBER)).scalar_one():
        _grant(schema)
    else:
        _LOG.warning(_NOTICE, _READER, _READER, _READER, schema, _READER, schema, _READER)


def downgrade() -> None:
    """Drops policies and functions; the role stays, for it may serve other databases of the same server."""
    if op.get_bind().dialect.name != "postgresql":
        return
    schema = _schema()
    for table in _SEEN:
        op.execute(f"DROP POLICY as_announced ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for name in reversed(_FUNCTIONS):
        op.execute(f"DROP FUNCTION {name}()")
    op.execute("DROP FUNCTION matchkeeper_sight(text)")
    if op.get_bind().execute(sa.text(_IS_MEMBER)).scalar_one():
        _revoke(schema)


def _revoke(schema: str) -> None:
    rights = f"IN SCHEMA {schema}"
    op.execute(f"ALTER DEFAULT PRIVILEGES {rights} REVOKE SELECT ON TABLES FROM {_READER}")  # noqa: S608 - names of ours
    op.execute(f"REVOKE SELECT ON ALL TABLES {rights} FROM {_READER}")  # noqa: S608 - names of ours
    op.execute(f"REVOKE USAGE ON SCHEMA {schema} FROM {_READER}")


def _schema() -> str:
    """The schema of the tables, quoted."""
    return str(op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one())


def _grant(schema: str) -> None:
    """Readers may read; rows of people only as the policies say, other tables as their services do."""
    op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {_READER}")
    op.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {_READER}")
    op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {_READER}")
