"""The first tables: programs, people, matches, and a history that the database itself defends.

Revision ID: 0001
Revises:
"""

import sqlalchemy as sa
from alembic import op

from server.store.columns import Document, Identifier, Moment, OrderedText

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_PEOPLE = ("programs", "sites", "known_statuses", "users", "personas")
_HISTORY = ("acts", "status_changes")
_TABLES = (*_PEOPLE, "acts", "act_texts", "status_changes", "matches")


def upgrade() -> None:
    """Creates everything."""
    _create_programs()
    _create_people()
    _create_history()
    _create_matches()
    for table in _HISTORY:
        if op.get_bind().dialect.name == "postgresql":
            _defend_on_postgres(table)
        else:
            _defend_on_sqlite(table)


def downgrade() -> None:
    """Drops everything, history too."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_to_change_history()")


def _id() -> sa.Column[int]:
    return sa.Column("id", Identifier, nullable=False)


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=nullable)


def _number(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=nullable)


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, Moment, nullable=nullable)


def _reference(name: str, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, Identifier, nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*(columns or ("id",)), name=f"pk_{table}")


def _foreign(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name="_".join(("uq", table, *columns)))


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _index(table: str, *columns: str) -> None:
    op.create_index("_".join(("ix", table, *columns)), table, list(columns))


def _create_programs() -> None:
    op.create_table(
        "programs",
        _id(),
        _text("key"),
        _text("name"),
        _number("version"),
        _key("programs"),
        _unique("programs", "key"),
    )
    op.create_table(
        "sites",
        _id(),
        _reference("program_id"),
        _text("key"),
        _text("name"),
        _number("version"),
        _key("sites"),
        _foreign("sites", "program_id", "programs"),
        _unique("sites", "program_id", "key"),
    )
    op.create_table(
        "known_statuses",
        _reference("program_id"),
        _text("machine"),
        _text("key"),
        _text("label"),
        _text("short", nullable=True),
        _text("category"),
        _text("colour"),
        _text("description", nullable=True),
        _number("position"),
        _key("known_statuses", "program_id", "machine", "key"),
        _foreign("known_statuses", "program_id", "programs"),
    )


def _create_people() -> None:
    op.create_table(
        "users",
        _id(),
        _reference("program_id"),
        _text("name"),
        _text("email", nullable=True),
        _text("external_id", nullable=True),
        _text("user_status"),
        _moment("user_status_since"),
        _moment("created_at"),
        _number("version"),
        sa.Column("name_key", OrderedText, nullable=False),
        _text("email_key", nullable=True),
        _text("search_text"),
        _key("users"),
        _foreign("users", "program_id", "programs"),
        _unique("users", "program_id", "email_key"),
        _unique("users", "program_id", "external_id"),
    )
    for order in ("created_at", "name_key", "user_status_since"):
        _index("users", "program_id", order, "id")
        _index("users", "program_id", "user_status", order, "id")
    op.create_table(
        "personas",
        _id(),
        _reference("program_id"),
        _reference("user_id"),
        _text("role"),
        _text("persona_status"),
        _moment("persona_status_since"),
        _text("match_status"),
        _moment("match_status_since"),
        _reference("site_id", nullable=True),
        _text("mentor_site_list", nullable=True),
        _moment("created_at"),
        _number("version"),
        _key("personas"),
        _foreign("personas", "program_id", "programs"),
        _foreign("personas", "user_id", "users"),
        _foreign("personas", "site_id", "sites"),
        _check("personas", "role", "role IN ('MENTOR', 'MENTEE')"),
    )
    _index_personas()


def _index_personas() -> None:
    _index("personas", "user_id", "id")
    _index("personas", "site_id", "id")
    _index("personas", "program_id", "id")
    _index("personas", "program_id", "role", "match_status", "id")
    for narrowed in (
        "role",
        "persona_status",
        "match_status",
        "mentor_site_list",
        "persona_status_since",
        "match_status_since",
    ):
        _index("personas", "program_id", narrowed, "id")


def _create_history() -> None:
    op.create_table(
        "acts",
        _id(),
        _reference("program_id"),
        _text("name"),
        _text("subject_kind"),
        _reference("subject_id"),
        _reference("actor_user_id", nullable=True),
        sa.Column("actor_roles", Document, nullable=False),
        sa.Column("answers", Document, nullable=False),
        _moment("effective_at"),
        _moment("recorded_at"),
        _text("revision"),
        _key("acts"),
        _foreign("acts", "program_id", "programs"),
        _foreign("acts", "actor_user_id", "users"),
        _check("acts", "id", "id > 0"),
    )
    _index("acts", "program_id", "id")
    _index("acts", "subject_kind", "subject_id", "id")
    op.create_table(
        "act_texts",
        sa.Column("act_id", Identifier, nullable=False, autoincrement=False),
        _text("actor_name"),
        _text("note", nullable=True),
        sa.Column("texts", Document, nullable=False),
        _key("act_texts", "act_id"),
        _foreign("act_texts", "act_id", "acts"),
    )
    _create_status_changes()


def _create_status_changes() -> None:
    op.create_table(
        "status_changes",
        _id(),
        _reference("program_id"),
        _reference("act_id"),
        _text("subject_kind"),
        _reference("subject_id"),
        _text("machine"),
        _text("before", nullable=True),
        _text("after"),
        _text("transition"),
        _reference("caused_by", nullable=True),
        sa.Column("by_platform", sa.Boolean, nullable=False),
        _moment("effective_at"),
        _key("status_changes"),
        _foreign("status_changes", "program_id", "programs"),
        _foreign("status_changes", "act_id", "acts"),
        _foreign("status_changes", "caused_by", "status_changes"),
        _check("status_changes", "id", "id > 0"),
    )
    _index("status_changes", "program_id", "id")
    for narrowed in ("machine", "after", "transition", "effective_at"):
        _index("status_changes", "program_id", narrowed, "id")
    _index("status_changes", "subject_kind", "subject_id", "id")
    _index("status_changes", "act_id", "id")
    _index("status_changes", "caused_by", "id")


def _create_matches() -> None:
    sides = ("mentor", "mentee")
    op.create_table(
        "matches",
        _id(),
        _reference("program_id"),
        *(_reference(f"{side}_id") for side in sides),
        _text("pair_status"),
        _moment("pair_status_since"),
        _reference("status_act_id"),
        *(_number(f"{side}_place", nullable=True) for side in sides),
        _moment("created_at"),
        _moment("opened_at", nullable=True),
        _moment("closed_at", nullable=True),
        _number("version"),
        _key("matches"),
        _foreign("matches", "program_id", "programs"),
        _foreign("matches", "status_act_id", "acts"),
        *(_foreign("matches", f"{side}_id", "personas") for side in sides),
        *(_check("matches", f"{side}_place", f"{side}_place > 0") for side in sides),
        *(_unique("matches", f"{side}_id", f"{side}_place") for side in sides),
    )
    _index("matches", "program_id", "id")
    _index("matches", "program_id", "pair_status", "id")
    _index("matches", "program_id", "opened_at", "id")
    for side in sides:
        _index("matches", f"{side}_id", "id")


def _defend_on_sqlite(table: str) -> None:
    """REPLACE deletes without asking the trigger for DELETE, so a known or passed-over id cannot be inserted either."""
    refuse = "BEGIN SELECT RAISE(ABORT, 'history is append-only'); END"
    op.execute(f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {refuse}")
    op.execute(f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} {refuse}")
    passed = f"NEW.id > 0 AND NEW.id <= (SELECT max(id) FROM {table})"  # noqa: S608 - a name of ours
    op.execute(f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN {passed} {refuse}")


def _defend_on_postgres(table: str) -> None:
    """ALWAYS, so that not even the mode for replication passes the triggers by."""
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_to_change_history() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'history is append-only'; END $$"
    )
    for name, event in (
        ("no_change", "BEFORE UPDATE OR DELETE ON {} FOR EACH ROW"),
        ("no_truncate", "BEFORE TRUNCATE ON {} FOR EACH STATEMENT"),
    ):
        trigger = f"{table}_{name}"
        op.execute(f"CREATE TRIGGER {trigger} {event.format(table)} EXECUTE FUNCTION refuse_to_change_history()")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
