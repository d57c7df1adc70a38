"""Keeps the text of all rules that were ever in force, and when and by what they came to be."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, insert, select
from sqlalchemy.dialects import postgresql, sqlite

from server.domain.revisions import Activation, Activator, Cause, LastRules
from server.engine.ruleset import Ruleset
from server.store.declared_tables import rule_activations, rule_texts
from server.store.tables import programs, users

_rows = rule_activations.c
_LAST = select(func.max(_rows.id)).where(_rows.program_id == bindparam("program")).scalar_subquery()
_LAST_REVISION = select(_rows.revision).where(_rows.id == _LAST)
_LOCK = select(programs.c.id).where(programs.c.id == bindparam("program")).with_for_update(key_share=True)

_NEWEST = select(func.max(_rows.id)).group_by(_rows.program_id)
_base, _overlay = rule_texts.alias("base_text"), rule_texts.alias("overlay_text")
_LAST_TEXTS = (
    select(programs.c.key, _base.c.text, _overlay.c.text, exists().where(users.c.program_id == programs.c.id))
    .select_from(
        rule_activations.join(programs, programs.c.id == _rows.program_id)
        .join(_base, _base.c.digest == _rows.base)
        .outerjoin(_overlay, _overlay.c.digest == _rows.overlay)
    )
    .where(_rows.id.in_(_NEWEST))
    .order_by(_rows.overlay.is_not(None), _rows.id.desc())
)
_LISTED = (
    select(_rows.id, programs.c.key, _rows.revision, _rows.activated_at, _rows.cause, _rows.process)
    .select_from(rule_activations.join(programs, programs.c.id == _rows.program_id))
    .order_by(_rows.id.desc())
    .limit(bindparam("limit"))
)


def note_active(connection: Connection, program_id: int, ruleset: Ruleset, by: Activator, now: datetime) -> bool:
    """Keeps the rules a program is under from now on; answers whether it was under others before.

    Any number of processes may say the same; it is kept once.
    """
    connection.execute(_LOCK, {"program": program_id})
    if connection.scalar(_LAST_REVISION, {"program": program_id}) == ruleset.revision:
        return False
    base, *overlay = [_keep(connection, text) for text in ruleset.texts]
    row = {"program_id": program_id, "revision": ruleset.revision, "base": base, "activated_at": now}
    texts = {"overlay": overlay[0] if overlay else None, "cause": by.cause.value, "process": by.process}
    connection.execute(insert(rule_activations), {**row, **texts})
    return True


def _keep(connection: Connection, text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    adding: Any = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    connection.execute(adding(rule_texts).values(digest=digest, text=text).on_conflict_do_nothing())
    return digest


def last_rules(connection: Connection) -> Mapping[str, LastRules]:
    """What each program was under last, by its key: base programs first, of these the latest."""
    rows = connection.execute(_LAST_TEXTS)
    return {
        key: LastRules(key, (base,) if overlay is None else (base, overlay), peopled)
        for key, base, overlay, peopled in rows
    }


def activations(connection: Connection, program: str | None, limit: int) -> list[Activation]:
    """When rules were taken into force, the latest first, at most ``limit``; of one program or of all."""
    statement = _LISTED if program is None else _LISTED.where(programs.c.key == program)
    rows = connection.execute(statement, {"limit": limit})
    return [
        Activation(id_, key, revision, at, Activator(Cause(cause), process))
        for id_, key, revision, at, cause, process in rows
    ]
