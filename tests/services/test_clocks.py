"""Dates of fields, reminders and days of the week, listed and carried out on both databases: each of them once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from server.engine.facts import Ref
from server.services.due import Timetable
from server.store.database import Store, open_store
from server.store.verify import verify
from tests.services.club import BOSS, Club
from tests.services.pauses import RULES

DAY = timedelta(days=1)


class Season(Club):
    """The club, whose time stands still until a test moves it: it begins on Sunday, 1 March 2026, at noon."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, RULES, "pauses")
        self.timetable = Timetable(self.book, self.clock)

    def clock(self) -> datetime:
        return self.now

    def at(self, text: str) -> "Season":
        self.now = datetime.fromisoformat(text).replace(tzinfo=UTC)
        return self

    def coming(self, until: str) -> list[tuple[str, str]]:
        """What falls due: the transition, and when in Vienna."""
        latest = datetime.fromisoformat(until).replace(tzinfo=UTC)
        listed = partial(self.timetable.listed, caller=BOSS, program=self.key, until=latest)
        rows = self.store.query_now(listed)
        return [(row.transition.id, f"{row.due_at.astimezone(self.rules.zone):%m-%d %H:%M}") for row in rows]

    def ran(self) -> list[str]:
        changes = self.act(self.timetable.run, self.key).changes
        return [change.transition for change in changes]

    def away(self, name: str = "robin") -> tuple[Ref, Ref]:
        person, persona = self.join(name, "MENTOR")
        self.perform("finish_application", person)
        self.perform("leave", persona)
        return person, persona


@pytest.fixture
def season(store: Store) -> Season:
    return Season(store)


def test_a_pause_is_announced_twice_and_ends_by_itself(season: Season, store_url: str) -> None:
    person, persona = season.away()
    assert season.coming("2026-12-31") == []
    season.set(person, returns_on=("2026-04-01",))
    assert season.coming("2026-12-31") == [("expect", "03-25 06:00"), ("return", "04-01 06:00")]
    assert season.at("2026-03-25T04:59:59").ran() == []
    assert season.at("2026-03-25T05:00:00").ran() == ["expect"]
    assert season.ran() == []
    assert season.coming("2026-12-31") == [("expect", "03-31 06:00"), ("return", "04-01 06:00")]
    assert season.at("2026-03-31T04:00:00").ran() == ["expect"]
    assert season.at("2026-04-01T04:00:00").ran() == ["return"]
    assert season.known(persona).records[persona].statuses["pause"] == "HERE"
    assert verify(store_url, {})[0] == []


def test_another_date_counts_anew_and_none_means_nothing(season: Season) -> None:
    person, _ = season.away()
    season.set(person, returns_on=("2026-04-01",))
    season.at("2026-03-25T06:00:00").ran()
    season.set(person, returns_on=("2026-04-01",))
    assert season.ran() == []
    season.set(person, returns_on=("2026-05-01",))
    assert season.coming("2026-12-31") == [("expect", "04-24 06:00"), ("return", "05-01 06:00")]
    season.set(person, returns_on=())
    assert season.coming("2026-12-31") == []


def test_what_has_happened_on_a_date_does_not_happen_again_on_the_same(season: Season) -> None:
    person, persona = season.away()
    season.set(person, returns_on=("2026-04-01",))
    assert season.at("2026-04-01T06:00:00").ran() == ["return"]
    season.perform("leave", persona)
    assert season.at("2026-05-01T06:00:00").ran() == []
    season.set(person, returns_on=("2026-04-30",))
    assert "return" in season.ran()


def test_a_reminder_too_late_is_left_out_and_not_listed(season: Season) -> None:
    person, _ = season.away()
    season.set(person, returns_on=("2026-04-01",))
    season.at("2026-03-27T05:00:01")
    assert season.coming("2026-12-31") == [("expect", "03-31 06:00"), ("return", "04-01 06:00")]
    assert season.ran() == []


def test_reminders_come_at_each_age_and_one_by_hand_counts(season: Season) -> None:
    person, _ = season.join("robin", "MENTOR")
    assert season.coming("2026-12-31") == [("remind", "03-08 13:00")]
    season.at("2026-03-08T12:00:00")
    season.perform("remind", person)
    assert season.ran() == []
    assert season.coming("2026-12-31") == [("remind", "03-15 13:00")]
    assert season.at("2026-03-15T12:00:00").ran() == ["remind"]
    assert season.at("2026-06-15T12:00:00").ran() == []


def test_missed_reminders_come_once_together(season: Season) -> None:
    season.join("robin", "MENTOR")
    assert season.at("2026-06-15T12:00:00").ran() == ["remind"]
    assert season.ran() == []


def test_an_instant_is_kept_to_the_minute(season: Season) -> None:
    person, _ = season.away()
    season.set(person, calls_at=("2026-03-02T09:00:00Z",))
    assert season.at("2026-03-02T07:59:59").ran() == []
    assert season.at("2026-03-02T08:00:00").ran() == ["call_up"]
    assert season.ran() == []


def test_on_mondays_and_thursdays_once_each_also_after_a_stop_halfway(season: Season) -> None:
    for name in ("ann", "bob"):
        person, _ = season.join(name, "MENTOR")
        season.perform("finish_application", person)
        season.set(person, asks=("true",))
    monday = season.at("2026-03-02T07:00:00")
    page = season.store.query_now(
        partial(
            season.timetable.page,
            program_id=season.program,
            transition=season.rules.transitions["ask_again"],
            until=monday.now,
        )
    )
    assert len(page.due) == 2
    season.store.mutate_now(partial(season.timetable.carry_out, due=page.due[0]))
    assert season.ran() == ["ask_again"]
    assert season.ran() == []
    assert season.coming("2026-03-06") == [("ask_again", "03-05 08:00")] * 2
    assert season.at("2026-03-05T07:00:00").ran() == ["ask_again"] * 2


@pytest.fixture
def stores(store_url: str) -> Iterator[list[Store]]:
    """The same database, opened by several processes."""
    opened = [open_store(store_url) for _ in range(2)]
    yield opened
    for each in opened:
        each.close()


def test_two_at_once_do_each_once(stores: list[Store]) -> None:
    seasons = [Season(store) for store in stores]
    for number in range(6):
        person, _ = seasons[0].join(f"p{number}", "MENTOR")
        seasons[0].set(person, calls_at=("2026-03-08T12:00:00Z",))
    for each in seasons:
        each.at("2026-03-08T12:00:00")
    with ThreadPoolExecutor(2) as pool:
        found = [transition for ran in pool.map(lambda season: season.ran(), seasons) for transition in ran]
    assert sorted(found) == ["call_up"] * 6 + ["remind"] * 6
