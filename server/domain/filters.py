"""What lists can be narrowed by, ordered by and paged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Generic, NamedTuple, TypeVar

from server.domain.fields import FieldCriterion
from server.engine.facts import Ref

Row = TypeVar("Row")

PAGE_DEFAULT = 20
PAGE_LIMIT = 100
COUNT_LIMIT = 10_000
"""How far a total is counted; beyond it the total is said to be capped."""


@dataclass(frozen=True, slots=True)
class UserFilter:
    """None leaves a criterion out. Several criteria must all hold; persona criteria on the same persona.

    ``status_not_in`` keeps removed records out unless their status is asked for. ``can_do``: the transition that must
    be possible for whoever asks, which the database cannot tell alone.
    """

    status_in: tuple[str, ...] | None = None
    status_not_in: tuple[str, ...] = ()
    role: str | None = None
    match_status_in: tuple[str, ...] | None = None
    site_id: int | None = None
    search: str | None = None
    changed_since: datetime | None = None
    fields: tuple[FieldCriterion, ...] = ()
    can_do: str | None = None


@dataclass(frozen=True, slots=True)
class PersonaFilter:
    """See :class:`UserFilter`."""

    role: str | None = None
    mentor_site_list: str | None = None
    status_in: tuple[str, ...] | None = None
    status_not_in: tuple[str, ...] = ()
    match_status_in: tuple[str, ...] | None = None
    user_status_in: tuple[str, ...] | None = None
    user_status_not_in: tuple[str, ...] = ()
    site_id: int | None = None
    changed_since: datetime | None = None
    fields: tuple[FieldCriterion, ...] = ()
    can_do: str | None = None


@dataclass(frozen=True, slots=True)
class MatchFilter:
    """See :class:`UserFilter`."""

    status_in: tuple[str, ...] | None = None
    status_not_in: tuple[str, ...] = ()
    user_id: int | None = None
    persona_id: int | None = None
    site_id: int | None = None
    opened_since: datetime | None = None
    fields: tuple[FieldCriterion, ...] = ()
    can_do: str | None = None


class Stand(NamedTuple):
    """Where records of a declared kind stand: in one of some statuses of a machine.

    ``from_start``: those count as well that were never moved in it.
    """

    kind: str
    machine: str
    statuses: tuple[str, ...]
    from_start: bool


@dataclass(frozen=True, slots=True)
class RecordFilter:
    """``stands_not_in`` keeps removed records out unless their status is asked for; ``about``: linked to this one.

    ``kind_in``: the kinds that are listed at all. See :class:`UserFilter`.
    """

    kind_in: tuple[str, ...]
    stands_in: tuple[Stand, ...] | None = None
    stands_not_in: tuple[Stand, ...] = ()
    about: Ref | None = None
    fields: tuple[FieldCriterion, ...] = ()
    can_do: str | None = None


RowFilter = UserFilter | PersonaFilter | MatchFilter | RecordFilter
"""What narrows the list of one kind of record."""


@dataclass(frozen=True, slots=True)
class HistoryFilter:
    """``subjects``: pairs of kind and id. Times compare with ``effective_at``. See :class:`UserFilter`."""

    machine_in: tuple[str, ...] | None = None
    subjects: tuple[tuple[str, int], ...] | None = None
    to_in: tuple[str, ...] | None = None
    transition_in: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """``since`` compares with when a message was written. See :class:`UserFilter`."""

    channel_in: tuple[str, ...] | None = None
    state_in: tuple[str, ...] | None = None
    recipient_id: int | None = None
    template_in: tuple[str, ...] | None = None
    since: datetime | None = None


class UserOrderField(StrEnum):
    """What a list of users can be ordered by; every order ends in the id."""

    CREATED_AT = "created_at"
    NAME = "name"
    STATUS_CHANGED_AT = "user_status_since"


@dataclass(frozen=True, slots=True)
class UserOrder:
    """An order and its direction."""

    field: UserOrderField = UserOrderField.CREATED_AT
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """One page of a list: ``limit`` rows after or before a cursor, forwards or (``backwards``) from the end.

    ``cursor`` is the decoded key of a row: the value ordered by (absent when ordered by id) and the id.
    """

    limit: int = PAGE_DEFAULT
    after: tuple[str | int, ...] | None = None
    before: tuple[str | int, ...] | None = None
    backwards: bool = False


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """Rows of one page in list order, each with its key, and whether there is more on either side.

    ``start`` and ``end``: the keys between which was looked, where that is beyond the rows.
    """

    rows: Sequence[Row]
    keys: Sequence[tuple[str | int, ...]]
    has_next: bool
    has_previous: bool
    start: tuple[str | int, ...] | None = None
    end: tuple[str | int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """How many rows a list has; ``capped`` when counting stopped at the limit."""

    count: int
    capped: bool
