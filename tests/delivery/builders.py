"""Messages to deliver, with defaults."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from server.domain.messages import Message, State
from server.engine.facts import Kind

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)


def a_message(**besides: Any) -> Message:
    plain = Message(
        id=12,
        program_id=1,
        template="closed",
        channel="webhook",
        kind=Kind.PAIR,
        subject_id=9,
        cause_id=77,
        recipient_id=3,
        role=None,
        sites=(),
        title="Your match",
        body="Dear Zoë,\nit is closed.\n",
        address="zoe@example.org",
        state=State.PENDING,
        attempts=1,
        next_attempt_at=NOW,
        created_at=NOW,
        delivered_at=None,
        error=None,
    )
    return replace(plain, **besides)
