"""The time that the server goes by."""

from datetime import datetime

import strawberry

from server.services.clock import Clock as ServerClock


@strawberry.type(description="The time that the server goes by.")
class Clock:
    """See the description."""

    now: datetime = strawberry.field(description="The moment it is.")
    is_test: bool = strawberry.field(description="Whether time stands still until `advanceClock` moves it.")

    @classmethod
    def of(cls, clock: ServerClock) -> "Clock":
        """What the clock shows now."""
        return cls(now=clock(), is_test=clock.is_test)
