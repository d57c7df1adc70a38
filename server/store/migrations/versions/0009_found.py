"""Who finds whom by a rule: the second lock admits what was announced as found, but not its history.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_READER = "matchkeeper_reader"
_WHOLE = "program_id = ANY (ARRAY(SELECT matchkeeper_sight('programs')))"

_HAS_CHANGE = "EXISTS (SELECT FROM status_changes WHERE status_changes.act_id = {})"
# The answers of a match are those of the act that brought it into its status.
_IS_ANSWER = "{} IN (SELECT status_act_id FROM matches WHERE id IN (SELECT matchkeeper_sight('found_pair')))"

_PAIRS_KNOWN = """
  SELECT matchkeeper_pairs_seen()
  UNION
  SELECT matchkeeper_sight('found_pair')"""
_PERSONAS_KNOWN = """
  SELECT matchkeeper_personas_in_full()
  UNION
  SELECT matchkeeper_sight('found_persona')
  UNION
  SELECT unnest(ARRAY[mentor_id, mentee_id]) FROM matches WHERE id IN (SELECT matchkeeper_pairs_known())"""
_PEOPLE_KNOWN = """
  SELECT matchkeeper_people_in_full()
  UNION
  SELECT matchkeeper_sight('found_user')
  UNION
  SELECT user_id FROM personas WHERE id IN (SELECT matchkeeper_personas_known())"""
_PERSONAS_BEFORE = """
  SELECT matchkeeper_personas_in_full()
  UNION
  SELECT unnest(ARRAY[mentor_id, mentee_id]) FROM matches WHERE id IN (SELECT matchkeeper_pairs_seen())"""
_PEOPLE_BEFORE = """
  SELECT matchkeeper_people_in_full()
  UNION
  SELECT user_id FROM personas WHERE id IN (SELECT matchkeeper_personas_known())"""


_ACTS = (("acts", "acts.id", f"{_WHOLE} OR "), ("act_texts", "act_texts.act_id", ""))


def upgrade() -> None:
    """Widens what readers know by what is announced as found; nothing on SQLite, which knows no rights on rows."""
    if op.get_bind().dialect.name != "postgresql":
        return
    _define("matchkeeper_pairs_known", _PAIRS_KNOWN)
    _define("matchkeeper_personas_known", _PERSONAS_KNOWN)
    _define("matchkeeper_people_known", _PEOPLE_KNOWN)
    _hold_to("matchkeeper_pairs_known")
    for table, column, others in _ACTS:
        _hold(table, f"{others}{_HAS_CHANGE.format(column)} OR {_IS_ANSWER.format(column)}")


def downgrade() -> None:
    """Back to what is seen in full, and partners."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, column, others in _ACTS:
        _hold(table, f"{others}{_HAS_CHANGE.format(column)}")
    _hold_to("matchkeeper_pairs_seen")
    _define("matchkeeper_people_known", _PEOPLE_BEFORE)
    _define("matchkeeper_personas_known", _PERSONAS_BEFORE)
    op.execute("DROP FUNCTION matchkeeper_pairs_known()")


def _define(name: str, body: str) -> None:
    """Functions read past the policies, as their owner, so that no policy asks itself."""
    schema = op.get_bind().execute(sa.text("SELECT quote_ident(current_schema())")).scalar_one()
    op.execute(
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS SETOF bigint LANGUAGE sql STABLE SECURITY DEFINER"
        f" SET search_path = pg_catalog, {schema}, pg_temp AS $${body}\n$$"
    )


def _hold_to(pairs: str) -> None:
    """Holds readers of matches, and of what is declared on them, to the pairs that a function names."""
    of_record = (
        f"{_WHOLE} OR (subject_kind = 'user' AND subject_id IN (SELECT matchkeeper_people_known()))"
        " OR (subject_kind = 'persona' AND subject_id IN (SELECT matchkeeper_personas_known()))"
        f" OR (subject_kind = 'pair' AND subject_id IN (SELECT {pairs}()))"
    )
    seen = {
        "matches": f"{_WHOLE} OR id IN (SELECT {pairs}())",
        "declared_statuses": of_record,
        "field_values": of_record,
    }
    for table, rows in seen.items():
        _hold(table, rows)


def _hold(table: str, rows: str) -> None:
    op.execute(f"ALTER POLICY as_announced ON {table} USING (current_user <> '{_READER}' OR {rows})")
