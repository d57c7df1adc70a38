"""A year with phases, and sites with places: what the program and its sites gate, and what follows for people."""

import asyncio
import io
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from server.domain.actors import Caller
from server.domain.commands import Options, Registration
from server.domain.errors import NotFoundError, TransitionRefusedError
from server.domain.fields import Standing
from server.engine.facts import Kind, Ref
from server.services.due import Timetable
from server.services.scheduler import LONGEST, Scheduler
from server.store.database import Store
from server.store.declared import standings, values
from server.telemetry.logs import open_log
from tests.services.club import START, Club
from tests.year import year_rules


class Year(Club):
    """The school year, with a site that has two places and its agreement signed."""

    def __init__(self, store: Store, more: str = "") -> None:
        super().__init__(store, year_rules(more), "school_year")
        self.whole = Ref(Kind.PROGRAM, self.program)
        self.site = self.add_site("north")
        self.set(self.site, free_places=("2",))
        self.perform("sign", self.site)
        self.timetable = Timetable(self.book, self.clock)

    def add_site(self, key: str) -> Ref:
        return Ref(Kind.SITE, self.act(self.people.add_site, self.key, key, key.title()).id)

    def begin(self) -> None:
        self.set(self.whole, season_ends=("2026-06-30",))
        self.perform("begin_matching", self.whole)

    def register(self, name: str, role: str, site: str | None = "north") -> tuple[Ref, Ref]:
        asked = Registration(role, name, f"{name}@example.org", program=self.key, partner_site=site)
        user, persona = self.act(self.people.register, asked, Options()).created
        return user, persona

    def ready(self, name: str, role: str) -> Ref:
        user, persona = self.register(name, role)
        self.act(self.changes.send_event, "application.finished", user, answers={}, options=Options())
        self.perform("activate", user)
        return persona

    def phase(self) -> str:
        return self.stands(self.whole)["phase"].status

    def stands(self, ref: Ref) -> dict[str, Standing]:
        return self.store.query_now(lambda session: standings(session.connection, [ref]))[ref]

    def places(self) -> str:
        (left,) = self.store.query_now(lambda s: values(s.connection, [self.site]))[self.site]["free_places"]
        return left

    def retired(self, *personas: Ref) -> list[bool]:
        records = self.known(*personas).records
        return [records[ref].statuses["persona_status"] == "INACTIVE" for ref in personas]

    def due(self) -> list[Ref]:
        rows = self.store.query_now(partial(self.timetable.listed, caller=self.caller("SUPER_ADMIN"), program=self.key))
        return [row.subject for row in rows if row.transition.id == "retire"]


@pytest.fixture
def year(store: Store) -> Year:
    return Year(store)


def codes(error: pytest.ExceptionInfo[TransitionRefusedError]) -> list[str]:
    return [blocker.code for blocker in error.value.refused.refusal.blockers]


def test_a_program_and_a_new_site_stand_where_their_machines_start(year: Year) -> None:
    assert year.stands(year.whole) == {"phase": Standing("SETUP", START)}
    assert year.stands(year.add_site("south"))["agreement"].status == "NONE"
    again = Club(year.store, year_rules(), "school_year")
    assert again.known(year.whole).records[year.whole].since == {"phase": START}


def test_the_phase_and_the_places_gate_registration(year: Year) -> None:
    with pytest.raises(TransitionRefusedError, match="at this time of the year") as early:
        year.register("Mia", "MENTEE")
    assert codes(early) == ["OPEN"]
    assert year.places() == "2"
    year.begin()
    year.register("Mia", "MENTEE")
    year.register("Max", "MENTEE")
    assert year.places() == "0"
    with pytest.raises(TransitionRefusedError, match="no place left"):
        year.register("Moe", "MENTEE")
    with pytest.raises(TransitionRefusedError, match="no place left"):
        year.register("Ina", "MENTEE", site=None)
    year.register("Ann", "MENTOR")
    assert year.places() == "0"


def test_the_phase_and_the_agreement_gate_matching(year: Year) -> None:
    year.begin()
    mentor, mentee = year.ready("Ann", "MENTOR"), year.ready("Mia", "MENTEE")
    year.perform("begin_season", year.whole)
    with pytest.raises(TransitionRefusedError, match="before the season begins") as late:
        year.perform("match", mentor, partner=mentee)
    assert codes(late) == ["SEASON"]
    assert [blocker.subject for blocker in late.value.refused.refusal.blockers] == [year.whole]


def test_a_machine_of_the_program_happens_by_the_calendar(year: Year) -> None:
    year.begin()
    year.perform("begin_season", year.whole)
    with pytest.raises(TransitionRefusedError, match="not over yet"):
        year.perform("end_season", year.whole, by=year.caller("PROGRAM_ADMIN"))
    year.now = START + timedelta(days=121)
    assert year.act(year.timetable.run, year.key).changes == ()
    year.now += timedelta(days=1)
    ran = year.act(year.timetable.run, year.key)
    assert [(change.kind, change.after) for change in ran.changes] == [(Kind.PROGRAM, "CLOSED")]


def test_a_date_of_the_program_is_a_clock_for_its_people(store: Store) -> None:
    clock = "automatic: {before: P7D, of: program.season_ends}"
    move = "machine: place, label: Clear, from: TAKEN, to: NONE, allow: [SYSTEM]"
    year = Year(store, f"  transitions.clear: {{{move}, {clock}}}\n")
    year.begin()
    _, mia = year.register("Mia", "MENTEE")
    year.now = START + timedelta(days=113)
    assert year.act(year.timetable.run, year.key).changes == ()
    year.now += timedelta(days=1)
    ran = year.act(year.timetable.run, year.key)
    assert [(change.subject_id, change.transition) for change in ran.changes] == [(mia.id, "clear")]


def closed(year: Year) -> tuple[Ref, Ref]:
    """A mentor and a mentee at the end of the year; not a person has moved by it."""
    year.begin()
    people = year.ready("Ann", "MENTOR"), year.ready("Mia", "MENTEE")
    year.perform("begin_season", year.whole)
    year.set(year.whole, season_ends=("2026-03-01",))
    year.now = START + timedelta(days=2)
    year.perform("end_season", year.whole)
    assert year.retired(*people) == [False, False]
    return people


def test_what_becomes_true_for_people_is_due_at_once_and_runs_once(year: Year) -> None:
    people = closed(year)
    assert year.due() == list(people)
    ran = year.act(year.timetable.run, year.key)
    assert [change.transition for change in ran.changes if change.caused_by is None] == ["retire", "retire"]
    assert year.retired(*people) == [True, True]
    assert year.act(year.timetable.run, year.key).changes == ()


def test_the_scheduler_sees_that_the_program_has_changed(year: Year) -> None:
    year.begin()
    mentor = year.ready("Ann", "MENTOR")
    scheduler = Scheduler(year.store, year.book, lambda: year.now, open_log(io.StringIO(), colours=False), lambda: 0.0)
    asyncio.run(scheduler.round())
    year.perform("begin_season", year.whole)
    year.set(year.whole, season_ends=("2026-03-01",))
    asyncio.run(scheduler.round())
    assert year.retired(mentor) == [False]
    year.now += timedelta(days=2)
    year.perform("end_season", year.whole)
    wake = asyncio.run(scheduler.round())
    assert wake - year.now <= LONGEST
    assert year.retired(mentor) == [True]


def test_whoever_does_not_reach_the_program_or_the_site_cannot_act_on_it(year: Year) -> None:
    person, _ = year.register("Ann", "MENTOR")
    other = year.add_site("south")
    here = Caller("Sam", frozenset({"SITE_STAFF"}), None, year.program, year.site.id)
    for caller in (here, year.caller("PARTICIPANT", person)):
        with pytest.raises(NotFoundError):
            year.perform("begin_matching", year.whole, by=caller)
    with pytest.raises(NotFoundError):
        year.perform("sign", other, by=here)
    with pytest.raises(NotFoundError):
        year.set(year.whole, by=here, season_ends=("2026-06-30",))
    year.set(year.site, by=here, free_places=("5",))
    assert (year.phase(), year.places()) == ("SETUP", "5")


def test_only_what_the_caller_may_press_is_offered_on_a_site(year: Year) -> None:
    other = year.add_site("south")
    here = Caller("Sam", frozenset({"SITE_STAFF"}), None, year.program, other.id)
    found: Any = year.store.query_now(
        lambda session: year.offers.of(session, here, year.program, [year.site, other, year.whole])
    )
    assert {ref: [offer.transition.id for offer in offers] for ref, offers in found.items()} == {
        year.site: [],
        other: ["sign"],
        year.whole: [],
    }
