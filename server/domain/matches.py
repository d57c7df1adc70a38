"""Matches: one mentor persona and one mentee persona (``pair`` in the rules file)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Match:
    """A pair and what is known of it.

    ``answers``: those of the act that brought it into its present status (empty after re-opening).
    ``opened_at``: when it first counted as open; ``closed_at``: when it last stopped, None while open.
    ``proposed_by_id``: the user who made it; None where whoever did has no record.
    """

    id: int
    program_id: int
    mentor_id: int
    mentee_id: int
    pair_status: str
    pair_status_since: datetime
    answers: Mapping[str, str]
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    version: int
    proposed_by_id: int | None
