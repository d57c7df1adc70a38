"""What is due, listed and carried out, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from server.domain.actors import Caller
from server.domain.commands import Options, Registration
from server.domain.errors import InputProblemsError, NotPermittedError
from server.engine.facts import Kind, Ref
from server.engine.ruleset import OWNER
from server.rules.loader import load_text
from server.services import due as due_service
from server.services.changes import Changes
from server.services.due import DueTransition, Ran, Timetable
from server.services.people import People
from server.services.rulebook import open_rulebook
from server.store.database import Store, open_store
from server.store.tables import acts, status_changes, users
from tests.store.builders import counting_statements
from tests.timed import CALL_IN, LAPSE, LAPSE_ALONE, SET_ASIDE, STUCK, rules

ANYBODY = Caller("Olga Owner", frozenset({OWNER}))
MONDAY = datetime(2026, 3, 2, 11, tzinfo=UTC)
DAY = timedelta(days=1)


class Office:
    """A program that a test's own rules are for; ``now`` is moved by the test."""

    def __init__(self, store: Store, *transitions: str, run_due: str = "", since: datetime = MONDAY) -> None:
        self.store, self.now = store, MONDAY
        found = load_text(rules(*transitions, run_due=run_due), "t.yaml").rulesets
        self.book = store.mutate_now(lambda session: open_rulebook(session, found, since))
        self.people, self.changes = People(self.book, self.clock), Changes(self.book, self.clock)
        self.timetable = Timetable(self.book, self.clock)
        self.number = 0

    def clock(self) -> datetime:
        return self.now

    def after(self, passed: timedelta) -> "Office":
        self.now = MONDAY + passed
        return self

    def act(self, act: Any, *given: Any, by: Caller = ANYBODY, **named: Any) -> Any:
        return self.store.mutate_now(lambda session: act(session, by, *given, **named))

    def site(self, key: str) -> int:
        found: int = self.act(self.people.add_site, None, key, key.title()).id
        return found

    def person(self, site: str | None = None) -> Ref:
        self.number += 1
        asked = Registration("MENTOR", "Robin", f"robin{self.number}@example.org", partner_site=site)
        found: Ref = self.act(self.people.register, asked, Options()).created[0]
        return found

    def press(self, transition: str, subject: Ref) -> Any:
        return self.act(self.changes.perform, transition, subject, answers={}, options=Options())

    def listed(self, until: timedelta | None = None, by: Caller = ANYBODY) -> list[tuple[str, Ref, timedelta]]:
        latest = None if until is None else MONDAY + until
        rows = self.store.query_now(partial(self.timetable.listed, caller=by, program=None, until=latest))
        return [(row.transition.id, row.subject, row.due_at - MONDAY) for row in rows]

    def run(self, by: Caller = ANYBODY) -> Ran:
        ran: Ran = self.act(self.timetable.run, None, by=by)
        return ran

    def moves(self, by: Caller = ANYBODY) -> list[tuple[int, str, str]]:
        return [(change.subject_id, change.transition, change.after) for change in self.run(by).changes]

    def status(self, person: Ref) -> str:
        query = select(users.c.user_status).where(users.c.id == person.id)
        return str(self.store.query_now(lambda session: session.connection.scalar(query)))

    def history(self) -> int:
        query = select(status_changes.c.id)
        return len(self.store.query_now(lambda session: session.connection.execute(query).all()))


def test_what_is_due_is_listed_and_carried_out_as_an_act_of_the_platform(store: Store) -> None:
    office = Office(store, LAPSE)
    person = office.person()
    assert office.listed() == []
    assert office.moves() == []
    assert office.listed(22 * DAY) == [("lapse", person, 21 * DAY)]
    assert office.after(21 * DAY - timedelta(seconds=1)).moves() == []
    assert office.status(person) == "APPLICATION_INCOMPLETE"
    office.after(24 * DAY)
    assert office.listed() == [("lapse", person, 21 * DAY)]
    (change,) = office.run().changes
    assert (change.transition, change.after, change.by_platform) == ("lapse", "INACTIVE_WITHDRAWN", True)
    assert change.effective_at == change.recorded_at == MONDAY + 24 * DAY
    query = select(acts.c.name, acts.c.actor_roles, acts.c.actor_user_id).order_by(acts.c.id.desc()).limit(1)
    row = store.query_now(lambda session: session.connection.execute(query).one())
    assert tuple(row) == ("lapse", ["SYSTEM"], None)
    assert office.listed() == office.moves() == []


def test_what_requires_more_waits_quietly_and_happens_once_it_may(store: Store) -> None:
    office = Office(store, LAPSE_ALONE)
    office.site("north")
    waiting, placed = office.person(), office.person("north")
    rows = office.history()
    office.after(30 * DAY)
    assert office.listed() == [("lapse", placed, 21 * DAY)]
    ran = office.run()
    assert [change.subject_id for change in ran.changes] == [placed.id]
    assert ran.stuck == ()
    assert office.history() == rows + 1
    assert office.status(waiting) == "APPLICATION_INCOMPLETE"


def test_what_has_become_true_follows_in_the_same_act(store: Store) -> None:
    office = Office(store, LAPSE, SET_ASIDE)
    office.person()
    office.after(21 * DAY)
    lapsed, aside = office.run().changes
    assert (lapsed.transition, aside.transition) == ("lapse", "set_aside")
    assert (aside.act_id, aside.caused_by, aside.by_platform) == (lapsed.act_id, lapsed.id, True)


def test_what_became_true_under_earlier_rules_is_found_by_a_look(store: Store) -> None:
    earlier = Office(store)
    person = earlier.person()
    earlier.press("withdraw", person)
    office = Office(store, SET_ASIDE)
    assert [transition for transition, _, _ in office.listed()] == ["set_aside"]
    assert [move[1:] for move in office.moves()] == [("set_aside", "INACTIVE")]
    assert office.moves() == []


def test_what_cannot_be_carried_out_to_the_end_is_told_and_writes_nothing(store: Store) -> None:
    office = Office(store, STUCK)
    person = office.person()
    office.press("finish_application", person)
    rows = office.history()
    office.after(2 * DAY)
    ran = office.run()
    assert ran.changes == ()
    (stuck,) = ran.stuck
    assert (stuck.due.transition.id, stuck.due.subject, stuck.codes) == ("stuck", person, ("WRONG_STATUS",))
    assert "starts from" in stuck.reasons[0]
    assert office.history() == rows


def test_what_is_no_longer_due_under_the_lock_is_skipped(store: Store) -> None:
    office = Office(store, LAPSE)
    person = office.person()
    office.after(22 * DAY)
    stale = DueTransition(1, person, office.book.ruleset(1).transitions["lapse"], MONDAY + 21 * DAY)
    office.press("finish_application", person)
    rows = office.history()
    assert store.mutate_now(partial(office.timetable.carry_out, due=stale)) == Ran()
    gone = DueTransition(1, Ref(person.kind, 99), stale.transition, stale.due_at)
    assert store.mutate_now(partial(office.timetable.carry_out, due=gone)) == Ran()
    assert office.history() == rows


@pytest.fixture
def stores(store_url: str) -> Iterator[list[Store]]:
    """The same database, opened by several processes."""
    opened = [open_store(store_url) for _ in range(4)]
    yield opened
    for each in opened:
        each.close()


def test_however_many_run_at_once_each_is_carried_out_once(stores: list[Store]) -> None:
    offices = [Office(store, LAPSE, SET_ASIDE) for store in stores]
    people = [offices[0].person() for _ in range(10)]
    for office in offices:
        office.after(22 * DAY)
    with ThreadPoolExecutor(len(offices)) as threads:
        ran = list(threads.map(lambda office: office.run(), offices))
    lapsed = [change.subject_id for each in ran for change in each.changes if change.transition == "lapse"]
    assert sorted(lapsed) == sorted(person.id for person in people)
    assert [each.stuck for each in ran] == [()] * 4
    assert offices[0].listed() == []


def test_the_number_of_statements_does_not_depend_on_how_many_wait(store: Store) -> None:
    office = Office(store, LAPSE, SET_ASIDE)
    counts = []
    for more in (1, 15):
        for _ in range(more):
            office.person()
        with counting_statements() as seen:
            assert len(office.listed(30 * DAY)) == office.number
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_those_who_wait_in_vain_keep_nobody_else_from_being_seen(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_service, "PAGE", 2)
    office = Office(store, LAPSE_ALONE)
    office.site("north")
    for _ in range(5):
        office.person()
    placed = [office.person("north") for _ in range(3)]
    office.after(22 * DAY)
    assert [subject for _, subject, _ in office.listed()] == placed
    assert [number for number, _, _ in office.moves()] == [person.id for person in placed]


def test_one_request_carries_out_only_so_much_and_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due_service, "DUE_LIMIT", 3)
    office = Office(store, LAPSE)
    for _ in range(5):
        office.person()
    office.after(22 * DAY)
    assert len(office.listed()) == 3
    first, second = office.run(), office.run()
    assert [(len(ran.changes), ran.more) for ran in (first, second)] == [(3, True), (2, False)]


def test_only_whoever_the_rules_name_may_and_only_as_far_as_they_reach(store: Store) -> None:
    office = Office(store, LAPSE, run_due="SITE_STAFF")
    north = office.site("north")
    office.site("south")
    ours, theirs = office.person("north"), office.person("south")
    office.after(22 * DAY)
    staff = Caller("Sam", frozenset({"SITE_STAFF"}), program_id=1, site_id=north)
    for refused in (
        Caller("Ann", frozenset({"PROGRAM_ADMIN"}), program_id=1),
        Caller("Rob", frozenset({"PARTICIPANT"}), program_id=1, user_id=ours.id),
        Caller("Sys", frozenset({"SYSTEM"}), program_id=1),
    ):
        for attempt in (office.listed, office.run):
            with pytest.raises((NotPermittedError, InputProblemsError)):
                attempt(by=refused)
    assert [subject for _, subject, _ in office.listed(by=staff)] == [ours]
    assert office.moves(staff) == [(ours.id, "lapse", "INACTIVE_WITHDRAWN")]
    assert office.status(theirs) == "APPLICATION_INCOMPLETE"


def test_without_a_word_in_the_rules_only_the_owner_may(store: Store) -> None:
    office = Office(store, LAPSE)
    admin = Caller("Ann", frozenset({"PROGRAM_ADMIN"}), program_id=1)
    with pytest.raises(NotPermittedError, match=r"This is for: Super administrator\."):
        office.listed(by=admin)


def waiting_for_screening(office: Office) -> Ref:
    person = office.person()
    office.press("finish_application", person)
    return person


def test_every_weekday_at_its_time_and_not_before(store: Store) -> None:
    office = Office(store, CALL_IN)
    person = waiting_for_screening(office)
    assert office.listed(3 * DAY) == [("call_in", person, timedelta(hours=20))]
    assert office.after(timedelta(hours=19, minutes=59)).moves() == []
    assert [move[1] for move in office.after(timedelta(hours=20)).moves()] == ["call_in"]


def test_whoever_comes_after_the_date_waits_for_the_next(store: Store) -> None:
    office = Office(store, CALL_IN)
    waiting_for_screening(office)
    office.after(timedelta(hours=20)).run()
    later = office.after(timedelta(hours=21)).person()
    office.press("finish_application", later)
    assert office.after(timedelta(hours=22)).moves() == []
    assert office.listed(7 * DAY) == [("call_in", later, timedelta(hours=44))]


def test_who_comes_to_meet_the_requirement_after_the_date_was_seen_to_waits_for_the_next(store: Store) -> None:
    placed = "{that: {some: {of: personas, where: {partner_site: set}}}, otherwise: Place them.}"
    office = Office(store, f"{CALL_IN}    require: {{PLACED: {placed}}}\n")
    office.site("north")
    waiting_for_screening(office)
    assert office.after(timedelta(hours=20, minutes=1)).moves() == []
    persona = Ref(Kind.PERSONA, 1)
    office.act(office.people.place_persona, persona, {"partner_site": "north"}, Options())
    assert office.after(timedelta(hours=23)).moves() == []
    assert [move[1] for move in office.after(timedelta(hours=44)).moves()] == ["call_in"]


def test_missed_dates_are_made_up_once(store: Store) -> None:
    office = Office(store, CALL_IN)
    person = waiting_for_screening(office)
    office.after(10 * DAY)
    assert office.listed() == [("call_in", person, timedelta(hours=20))]
    assert [move[1] for move in office.moves()] == ["call_in"]
    later = office.person()
    office.press("finish_application", later)
    assert office.after(10 * DAY + timedelta(hours=1)).moves() == []


def test_missed_dates_are_skipped_when_it_is_too_late(store: Store) -> None:
    office = Office(store, CALL_IN.replace('"08:00"', '"08:00", late: PT2H'))
    waiting_for_screening(office)
    assert office.after(timedelta(hours=22, seconds=1)).moves() == []
    assert office.listed(3 * DAY)[0][2] == timedelta(hours=44)
    assert [move[1] for move in office.after(timedelta(hours=46)).moves()] == ["call_in"]


def test_dates_before_the_rules_were_there_were_not_missed(store: Store) -> None:
    earlier = Office(store)
    waiting_for_screening(earlier)
    office = Office(store, CALL_IN, since=MONDAY + 3 * DAY)
    office.after(3 * DAY + timedelta(minutes=1))
    assert office.moves() == []
    assert [move[1] for move in office.after(4 * DAY).moves()] == ["call_in"]
