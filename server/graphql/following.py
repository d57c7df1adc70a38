"""What a subscription needs of the server: somebody who looks again whenever something may have come."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

import strawberry

from server.graphql.context import Context

Position = int | str | None
"""How far a subscription has come; None before it has looked for the first time."""


class Source(Enum):
    """What a subscription follows."""

    HISTORY = "history"
    RULES = "rules"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look has found: an object for each event, the position after them, whether there is more already."""

    events: Sequence[object]
    position: Position
    more: bool = False


class Look(Protocol):
    """Looks for what has come since a position, over one session and as one caller; keeps nothing itself."""

    def __call__(self, context: Context, *, position: Position, most: int) -> Seen:
        """At most so many events."""


@dataclass(frozen=True, slots=True)
class Following:
    """What resolvers of subscriptions get as their context.

    ``follow`` looks at once, and again whenever the source has news, each time over a session of its own and with the
    caller's rights of that moment. It yields what each event is answered with.
    """

    follow: Callable[[Look, Source], AsyncIterator[Any]]


FollowingInfo = strawberry.Info[Following, None]
"""What strawberry hands to a resolver of a subscription."""
