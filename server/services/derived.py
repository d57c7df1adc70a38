"""What is worked out of records, for those who are shown it: named numbers and named statuses."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from server.engine.facts import Ref, Situation, kind_of
from server.engine.paths import Path, Scope, UnknownRecordError, value_at
from server.engine.ruleset import Field, Ruleset
from server.store.cases import facts as load_facts
from server.store.sessions import Session

Held = Mapping[str, tuple[str, ...]]
"""Values by key; what is missing, or cannot be known, is left out."""


def derived(session: Session, ruleset: Ruleset, refs: Sequence[Ref], now: datetime) -> dict[Ref, Held]:
    """Everything that the rules work out of records of one program, whoever asks.

    The number of statements does not depend on how many records they are.
    """
    kinds = {kind_of(field.owner) for field in ruleset.derived.values()}
    asked = [ref for ref in refs if ref.kind in kinds]
    if not asked:
        return {}
    with session.everything() as connection:
        facts = load_facts(connection, ruleset, asked, now)
    situation, terms = Situation(facts), ruleset.terms
    known = [facts.records[ref] for ref in asked if ref in facts.records]
    scopes = [Scope(situation, record, record, terms=terms) for record in known]
    return {scope.self.ref: _worked_out(scope, ruleset.derived_of(scope.self.sort)) for scope in scopes}


def _worked_out(scope: Scope, fields: Sequence[Field]) -> Held:
    found = {field.key: _value(field.key, scope) for field in fields}
    return {key: (value,) for key, value in found.items() if value is not None}


def _value(key: str, scope: Scope) -> str | None:
    try:
        return value_at(Path(key, value=key), scope)
    except UnknownRecordError:
        return None
