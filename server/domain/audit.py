"""The record of reads: who was shown what of whom, who signed in, who was refused. Ids and codes, no names."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from server.domain.access import FieldClass
from server.domain.actors import Caller


class AuditKind(StrEnum):
    """What an entry tells of."""

    READ = "read"
    SIGN_IN = "sign-in"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Who:
    """Whoever an entry is about. ``name`` only of those who came with neither a token of ours nor a record here."""

    token_id: int | None = None
    user_id: int | None = None
    name: str | None = None

    @classmethod
    def of(cls, caller: Caller) -> "Who":
        """The caller, by ids as far as there are any: names can be erased, and so stand elsewhere."""
        known = caller.token_id is not None or caller.user_id is not None
        return cls(caller.token_id, caller.user_id, None if known else caller.name)


NOBODY = Who()
"""Whoever did not get in."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry, about to be written.

    ``person_id``: whose data were shown, and ``classes``: how private ones. ``code`` and ``detail``: why
    something was refused, and what. ``times``: how often the same happened in about a minute.
    """

    kind: AuditKind
    at: datetime
    who: Who
    request_id: str
    program_id: int | None = None
    person_id: int | None = None
    classes: frozenset[FieldClass] = frozenset()
    code: str | None = None
    detail: str | None = None
    times: int = 1

    def repeated(self, times: int) -> "AuditEntry":
        """The same, so often."""
        return replace(self, times=times)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry as it is read. ``who_name``: what they are called today; ``program``: its key."""

    id: int
    entry: AuditEntry
    who_name: str | None
    program: str | None


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries; what is None narrows nothing."""

    person_id: int | None = None
    who: Who | None = None
    since: datetime | None = None
    kind: AuditKind | None = None
