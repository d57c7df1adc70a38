"""What callers ask for and what they get back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server.domain.history import StatusChange
from server.domain.vocabulary import Acts
from server.engine.facts import Ref
from server.engine.plan import Plan, Warned


@dataclass(frozen=True, slots=True)
class Options:
    """What can accompany every act. ``expected_partner_version``: of the second record, when matching."""

    note: str | None = None
    effective_at: datetime | None = None
    confirm: frozenset[str] = frozenset()
    expected_version: int | None = None
    expected_partner_version: int | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """A new person with the first persona. ``program`` None is the base program; sites go by key.

    ``transition``: the way in; ``answers`` to what it asks, ``fields`` as they were given, both by key.
    """

    role: str
    name: str
    email: str | None
    program: str | None = None
    external_id: str | None = None
    partner_site: str | None = None
    mentor_site_list: str | None = None
    transition: str = Acts.REGISTER_USER
    answers: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Applied:
    """What an act did, or on a dry run would do.

    ``subject``: the record acted on; for a creation the created one, None on a dry run. ``changes``:
    the rows of history in plan order, the act itself first; empty on a dry run. ``created``: the new
    records.
    """

    plan: Plan
    subject: Ref | None
    changes: tuple[StatusChange, ...] = ()
    created: tuple[Ref, ...] = ()
    warnings: tuple[Warned, ...] = field(default=())
    answers: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False
