"""Triggers for tables of history of which the values, ``before`` and ``after``, may be forgotten and nothing else."""

from alembic import op

_APPEND_ONLY = "history is append-only"
_REFUSE = f"BEGIN SELECT RAISE(ABORT, '{_APPEND_ONLY}'); END"


def defend(table: str, key: tuple[str, ...], further: tuple[str, ...] = ()) -> None:
    """Has the database refuse whatever else would be done to a table than adding rows and forgetting their values.

    ``key``: the columns of its primary key; ``further``: those that stay the same besides. What it makes is part of
    the migrations that call it: it must go on making the same.
    """
    kept = " AND ".join(f"NEW.{column} = OLD.{column}" for column in (*key, *further))
    forgets = f"{kept} AND NEW.before IS NULL AND NEW.after IS NULL"
    if op.get_bind().dialect.name == "postgresql":
        _defend_on_postgres(table, forgets)
    else:
        _defend_on_sqlite(table, key, forgets)


def lift(table: str) -> None:
    """Takes the triggers away from a table that stays."""
    if op.get_bind().dialect.name == "postgresql":
        for name in ("no_change", "no_truncate"):
            op.execute(f"DROP TRIGGER {table}_{name} ON {table}")
        drop_guard(table)
    else:
        for name in ("no_update", "no_delete", "no_replace"):
            op.execute(f"DROP TRIGGER {table}_{name}")


def drop_guard(table: str) -> None:
    """Drops what the triggers of a table called on PostgreSQL; the triggers go first, or with the table."""
    op.execute(f"DROP FUNCTION refuse_to_change_{table}()")


def _defend_on_sqlite(table: str, key: tuple[str, ...], forgets: str) -> None:
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    there = f"EXISTS (SELECT 1 FROM {table} WHERE {same})"  # noqa: S608 - words of ours
    for name, event in (
        ("no_update", f"UPDATE ON {table} WHEN NOT ({forgets})"),
        ("no_delete", f"DELETE ON {table}"),
        ("no_replace", f"INSERT ON {table} WHEN {there}"),
    ):
        op.execute(f"CREATE TRIGGER {table}_{name} BEFORE {event} {_REFUSE}")


def _defend_on_postgres(table: str, forgets: str) -> None:
    """ALWAYS, so that not even the mode for replication passes the triggers by."""
    op.execute(
        f"CREATE FUNCTION refuse_to_change_{table}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN IF TG_OP = 'UPDATE' AND {forgets} THEN RETURN NEW; END IF;"
        f" RAISE EXCEPTION '{_APPEND_ONLY}'; END $$"
    )
    for name, event, function in (
        ("no_change", f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW", f"refuse_to_change_{table}"),
        ("no_truncate", f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "refuse_to_change_history"),
    ):
        op.execute(f"CREATE TRIGGER {table}_{name} {event} EXECUTE FUNCTION {function}()")
        op.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_{name}")
