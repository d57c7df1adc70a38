"""What callers ask for and what they get back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from server.domain.history import StatusChange
from server.domain.vocabulary import Acts
from server.engine.facts import Ref
from server.engine.plan import Plan, Warned


@dataclass(frozen=True, slots=True)
class Once:
    """Says that a request is to be carried out once, however often it is sent.

    ``key``: the caller's name for the request. ``asked``: a hash of the key and all that is asked, the same for the
    same request; the key makes it a secret of the caller's, for what is asked may name people. ``part``: which act of
    a request with many, from 1; 0 is the only one, or the request as a whole.
    """

    key: str
    asked: str
    part: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """What can accompany every act. ``expected_partner_version``: of the second record, when matching."""

    note: str | None = None
    effective_at: datetime | None = None
    confirm: frozenset[str] = frozenset()
    expected_version: int | None = None
    expected_partner_version: int | None = None
    dry_run: bool = False
    once: Once | None = None


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

    ``plan``: None where it was done before and is only told again. ``subject``: the record acted on; for a creation
    the created one, None on a dry run. ``changes``: the rows of history in plan order, the act itself first; empty on
    a dry run. ``created``: the new records. ``kept``: everything was as it should be, and nothing needed to change.
    """

    plan: Plan | None
    subject: Ref | None
    changes: tuple[StatusChange, ...] = ()
    created: tuple[Ref, ...] = ()
    warnings: tuple[Warned, ...] = field(default=())
    dry_run: bool = False
    kept: bool = False
