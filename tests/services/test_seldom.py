"""What happens over and over is told once and then counted."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from server.domain.audit import NOBODY, AuditEntry, AuditKind
from server.services import seldom
from server.services.seldom import Seldom


@dataclass
class Watch:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def an_entry(request: str = "r-1") -> AuditEntry:
    return AuditEntry(AuditKind.REFUSAL, datetime(2026, 1, 1, tzinfo=UTC), NOBODY, request)


def test_the_first_of_a_key_is_told_and_the_rest_is_counted_with_the_last_of_them() -> None:
    watch = Watch()
    counter = Seldom(60, watch)
    assert [counter.takes("a", an_entry(f"r-{number}")) for number in range(3)] == [True, False, False]
    assert counter.takes("b", an_entry("other")) is True
    watch.seconds = 59.9
    assert counter.over() == []
    watch.seconds = 60.0
    assert counter.over() == [an_entry("r-2").repeated(2)]
    assert counter.takes("a", an_entry()) is True


def test_what_is_still_being_counted_is_told_at_the_end() -> None:
    counter = Seldom(60, Watch())
    for _ in range(4):
        counter.takes("a", an_entry())
    counter.takes("b", an_entry())
    assert counter.rest() == [an_entry().repeated(3)]
    assert counter.rest() == []


def test_more_keys_than_are_counted_are_told_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seldom, "KEPT", 1)
    counter = Seldom(60, Watch())
    assert [counter.takes(key, an_entry()) for key in ("a", "b", "b", "a")] == [True, True, True, False]
