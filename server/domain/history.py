"""History: an act is one thing somebody did; a status change is one row of what it moved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from server.engine.facts import Kind


@dataclass(frozen=True, slots=True)
class Act:
    """One act, about to be written: who did what, when, under which rules.

    ``name``: the transition, event or act of the rules file. ``subject_kind``/``subject_id`` may also
    name a site or a program. ``answers`` hold the choices (codes only); ``note`` and ``texts``
    (free-text answers) are kept in a row that can be erased.
    """

    program_id: int
    name: str
    subject_kind: str
    actor_name: str
    actor_roles: tuple[str, ...]
    recorded_at: datetime
    effective_at: datetime
    revision: str
    actor_user_id: int | None = None
    note: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)


NOTE = ""
"""The key of an act's note among the parts of it that can be put right; the others are the keys of questions."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One part of an act, put right: its note, or the answer to a question.

    ``before``, ``after``: None for nothing, and for what has been forgotten since. ``change_id``: the row of history
    that tells who did it, when and why; None while it is not written.
    """

    act_id: int
    key: str
    before: str | None
    after: str | None
    change_id: int | None = None


@dataclass(frozen=True, slots=True)
class StatusChange:
    """One row of history. ``id`` grows in commit order within a program.

    ``before`` is None for a record's first status; ``before == after`` for an act that moved nothing
    (placing, correcting a name). ``undoes``: the row that this one takes back. ``actor_name`` is the platform's
    own name where it moved by itself.
    """

    id: int
    program_id: int
    act_id: int
    act: str
    kind: Kind
    subject_id: int
    machine: str
    before: str | None
    after: str
    transition: str
    caused_by: int | None
    by_platform: bool
    actor_name: str
    actor_user_id: int | None
    note: str | None
    answers: Mapping[str, str]
    effective_at: datetime
    recorded_at: datetime
    revision: str
    undoes: int | None = None
