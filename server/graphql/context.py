"""What a resolver may use: made anew for every request, so that nothing outlives it."""

from dataclasses import dataclass, field
from datetime import datetime

import strawberry

from server.domain.actors import Caller
from server.services.changes import Changes
from server.services.clock import Clock
from server.services.drafts import Drafts, RuleChecks
from server.services.due import Timetable
from server.services.fields import Fields
from server.services.offers import Offers
from server.services.people import People
from server.services.reading import Reading
from server.services.reads import Reads
from server.services.rulebook import Rulebook
from server.services.tokens import Tokens
from server.store.sessions import Session


@dataclass(frozen=True, slots=True)
class Context:
    """The request: its database session, who asks, the rules it is judged by, the services, its time.

    ``now`` is one moment for the whole request, ``clock`` what it was read from.
    ``reads`` gathers what is shown, and refused, for the record of reads.
    ``drafts``: the edited rules that it wants judged.
    ``rulebook`` is the one in force when the request began; a request never sees two.
    """

    session: Session
    caller: Caller
    rulebook: Rulebook
    reading: Reading
    changes: Changes
    people: People
    offers: Offers
    fields: Fields
    tokens: Tokens
    timetable: Timetable
    rule_checks: RuleChecks
    drafts: Drafts
    clock: Clock
    now: datetime
    reads: Reads = field(default_factory=Reads)


Info = strawberry.Info[Context, None]
"""What strawberry hands to a resolver that asks for it."""
