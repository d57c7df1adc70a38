"""Messages: what somebody is told because of an act, from the moment it is written to the one it arrives."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from server.engine.facts import Kind, Ref


class State(StrEnum):
    """What has become of a message.

    ``FAILED`` is given up, until somebody sends it anew; ``WITHDRAWN`` is never sent: its act was taken back first.
    """

    PENDING = "PENDING"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    WITHDRAWN = "WITHDRAWN"


NO_ADDRESS = "no address"
"""Why an e-mail fails at once: the person has no e-mail address."""


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message about to be written. Exactly one of ``recipient_id`` (a user) and ``role`` is there.

    ``sites``: the keys of the sites at which the role is meant; ``address``: where an e-mail goes, and
    for a webhook the recipient's, if they have one.
    """

    template: str
    channel: str
    subject: Ref
    cause_id: int
    body: str
    title: str | None = None
    recipient_id: int | None = None
    role: str | None = None
    sites: tuple[str, ...] = ()
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``title``, ``body`` and ``address`` are None once they are erased.

    ``attempts``: how often its delivery was begun. ``next_attempt_at``: when it is due (again); while a
    process delivers it, until when that process has it to itself. ``error``: why the last attempt
    failed, in words of ours.
    """

    id: int
    program_id: int
    template: str
    channel: str
    kind: Kind
    subject_id: int
    cause_id: int
    recipient_id: int | None
    role: str | None
    sites: tuple[str, ...]
    title: str | None
    body: str | None
    address: str | None
    state: State
    attempts: int
    next_attempt_at: datetime
    created_at: datetime
    delivered_at: datetime | None
    error: str | None

    def refs(self) -> tuple[Ref, ...]:
        """The record it is about, and whom it goes to."""
        recipient = () if self.recipient_id is None else (Ref(Kind.USER, self.recipient_id),)
        return (Ref(self.kind, self.subject_id), *recipient)
