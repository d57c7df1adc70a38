"""A server process that keeps time."""

import asyncio
import io
import json
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from server.domain.errors import TryAgainError
from server.services.scheduler import LONGEST, SWEEP, Scheduler
from server.store.database import Store
from server.telemetry.logs import open_log
from tests.services.test_due import DAY, Office, waiting_for_screening
from tests.store.builders import counting_statements
from tests.timed import CALL_IN, LAPSE, LAPSE_ALONE, SET_ASIDE, STUCK

PATIENCE_SECONDS = 10


class Watch:
    """A scheduler whose lines can be read."""

    def __init__(self, office: Office) -> None:
        self.office, self.said = office, io.StringIO()
        self.scheduler = Scheduler(
            office.store, office.book, office.clock, open_log(self.said, colours=False), lambda: 0.0
        )

    def round(self) -> timedelta:
        """One round; how long it would sleep then."""
        return asyncio.run(self.scheduler.round()) - self.office.now

    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.said.getvalue().splitlines()]

    def events(self) -> list[str]:
        return [line["event"] for line in self.lines()]


def test_a_round_carries_out_what_is_due_and_sleeps_until_the_next(store: Store) -> None:
    office = Office(store, LAPSE)
    people = [office.person() for _ in range(3)]
    watch = Watch(office)
    assert watch.round() == LONGEST
    office.after(21 * DAY - timedelta(seconds=7))
    assert watch.round() == timedelta(seconds=7)
    office.after(21 * DAY)
    assert watch.round() == LONGEST
    assert [office.status(person) for person in people] == ["INACTIVE_WITHDRAWN"] * 3
    (line,) = watch.lines()
    assert (line["event"], line["transition"], line["acts"]) == ("happened by itself", "lapse", 3)


def test_dates_are_seen_to_and_slept_towards(store: Store) -> None:
    office = Office(store, CALL_IN)
    person = waiting_for_screening(office)
    watch = Watch(office)
    assert watch.round() == LONGEST
    office.after(timedelta(hours=20) - timedelta(seconds=5))
    assert watch.round() == timedelta(seconds=5)
    office.after(timedelta(hours=20))
    watch.round()
    assert office.status(person) == "ACTIVE"
    later = office.person()
    office.press("finish_application", later)
    office.after(timedelta(hours=20, minutes=1))
    watch.round()
    assert office.status(later) == "SCREENING_INCOMPLETE"


def test_what_came_true_without_an_act_is_found_at_the_start_and_then_every_hour(store: Store) -> None:
    earlier, office = Office(store), Office(store, SET_ASIDE)
    watch = Watch(office)
    earlier.press("withdraw", earlier.person())
    watch.round()
    assert office.listed() == []
    earlier.press("withdraw", earlier.person())
    office.after(SWEEP - timedelta(seconds=1))
    watch.round()
    assert len(office.listed()) == 1
    office.after(SWEEP)
    watch.round()
    assert office.listed() == []


def test_what_an_age_of_somebody_else_makes_true_is_slept_towards(store: Store) -> None:
    elder = "{some: {of: personas, where: {age: {match_status: {at_least: PT90M}}}}}"
    office = Office(store, LAPSE.replace("{after: P21D}", f"{{when: {elder}}}"))
    person = office.person()
    watch = Watch(office)
    office.after(timedelta(hours=1))
    assert watch.round() == LONGEST
    office.after(timedelta(minutes=90) - timedelta(seconds=3))
    assert watch.round() == timedelta(seconds=3)
    assert office.status(person) == "APPLICATION_INCOMPLETE"
    office.after(timedelta(minutes=90))
    watch.round()
    assert office.status(person) == "INACTIVE_WITHDRAWN"


def test_what_cannot_happen_is_logged_once_and_again_only_after_it_could(store: Store) -> None:
    office = Office(store, STUCK)
    waiting_for_screening(office)
    watch = Watch(office)
    for hours in (24, 25, 26, 27):
        office.after(timedelta(hours=hours))
        watch.round()
    (line,) = watch.lines()
    assert (line["event"], line["transition"], line["subject"], line["codes"]) == (
        "cannot happen by itself",
        "stuck",
        "User-1",
        ["WRONG_STATUS"],
    )


class Slow(Office):
    """An office in which every look at the clock takes two seconds."""

    def clock(self) -> datetime:
        self.now += timedelta(seconds=2)
        return self.now


def test_where_many_were_looked_at_in_vain_it_rests_but_never_from_the_calendar(store: Store) -> None:
    office = Slow(store, LAPSE_ALONE, CALL_IN)
    person = waiting_for_screening(office)
    office.person()  # not placed, so it waits in vain
    watch = Watch(office)
    office.after(21 * DAY)
    watch.round()
    with counting_statements() as seen:
        watch.round()
    assert not [each for each in seen if "user_status_since <=" in each]
    assert office.status(person) == "ACTIVE"
    office.now += timedelta(minutes=5)
    with counting_statements() as seen:
        watch.round()
    assert [each for each in seen if "user_status_since <=" in each]


def kept(watch: Watch, until: Callable[[], bool]) -> None:
    """Lets the scheduler run until something is so, and stops it; it must end at once."""

    async def run() -> None:
        keeping = asyncio.create_task(watch.scheduler.keep_time())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not until():
            assert time.monotonic() < deadline
            await asyncio.sleep(0.01)
        watch.scheduler.stop()
        await asyncio.wait_for(keeping, 2)

    asyncio.run(run())


def test_it_runs_until_it_is_stopped(store: Store) -> None:
    office = Office(store, LAPSE)
    person = office.person()
    office.after(21 * DAY)
    kept(Watch(office), lambda: office.status(person) == "INACTIVE_WITHDRAWN")


def test_it_outlives_whatever_goes_wrong_and_says_so(store: Store, monkeypatch: Any) -> None:
    office = Office(store, LAPSE)
    watch = Watch(office)
    failures = iter([TryAgainError("Busy."), ValueError("a secret word")])

    def fail() -> Any:
        raise next(failures)

    monkeypatch.setattr("server.services.scheduler._AFTER_FAILURE", timedelta())
    monkeypatch.setattr(watch.scheduler, "round", fail)
    kept(watch, lambda: len(watch.events()) >= 2)
    assert watch.events()[:2] == ["the scheduler could not go on", "the scheduler failed"]
    assert watch.lines()[0]["code"] == "TRY_AGAIN"
    assert "secret" not in watch.said.getvalue()
