"""Records of the kinds that a program declares: an application, a request, a meeting."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from server.engine.facts import Ref


@dataclass(frozen=True, slots=True)
class Record:
    """One record. ``kind``: the key of its kind. ``links``: what it is linked to, by the names of the kind.

    ``author_id``: the user who made it; None where whoever did has no record, or nobody did.
    """

    id: int
    program_id: int
    kind: str
    links: Mapping[str, Ref]
    author_id: int | None
    created_at: datetime
    version: int
