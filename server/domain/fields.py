"""What rules files declare, as it is kept: where records stand in further machines, and what lists are narrowed by."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from server.domain.access import Sight
from server.engine.facts import Ref


class Standing(NamedTuple):
    """A status and since when."""

    status: str
    since: datetime


@dataclass(frozen=True, slots=True)
class FieldCriterion:
    """Narrows a list by a field: it holds one of ``among``, or a value from ``low`` to ``high`` (None: no limit).

    ``low`` and ``high`` are in the form that sorts. ``is_set``: whether it must hold anything at all.
    ``sight``: of whom the field may be looked into; whoever is not seen so is not found by it.
    """

    field: str
    sight: Sight
    among: tuple[str, ...] | None = None
    low: str | None = None
    high: str | None = None
    is_set: bool | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """What a record holds in a field, and since when it was entered; None: from before that was noted."""

    values: tuple[str, ...]
    since: datetime | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What an act set a field of a record to, and what it held before; None: that has been forgotten since.

    ``act``: the transition, event or act of the rules. ``effective_at``, ``recorded_at``: as history has the act.
    """

    subject: Ref
    field: str
    before: tuple[str, ...] | None
    after: tuple[str, ...] | None
    act: str
    effective_at: datetime
    recorded_at: datetime
