"""What carries a message out of the house, and how it says that it could not."""

from typing import Protocol

from server.domain.messages import Message


class UndeliveredError(Exception):
    """A message was not taken. ``reason`` is shown to people: words of ours, never those of the other side.

    ``final``: trying again would be no use.
    """

    def __init__(self, reason: str, *, final: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final = final


class Carrier(Protocol):
    """Carries the messages of one channel."""

    async def carry(self, message: Message) -> None:
        """Hands a message over; coming back means that the other side has taken it. Raises UndeliveredError."""

    async def close(self) -> None:
        """Lets go of what it holds open."""
