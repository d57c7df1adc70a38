"""A list of those on whom something is possible is the list of those who have its button, for every caller."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from server.domain.actors import Caller
from server.domain.errors import LimitExceededError
from server.domain.filters import (
    MatchFilter,
    PersonaFilter,
    RecordFilter,
    Slice,
    Total,
    UserFilter,
    UserOrder,
    UserOrderField,
    Window,
)
from server.domain.vocabulary import MENTOR
from server.engine.conditions import All
from server.engine.facts import Kind, Ref, kind_of
from server.services import possible
from server.services.reading import Reader, Reading
from server.services.reads import Reads
from server.store.database import open_store
from server.store.sessions import Session, Store
from tests.services.club import BOSS, Club
from tests.services.school import RULES, School
from tests.services.test_kinds import Talks
from tests.services.test_reading_scope import caller
from tests.store.builders import counting_statements

ALL = Window(limit=100)
FILTERS: Mapping[Kind, Any] = {Kind.USER: UserFilter(), Kind.PERSONA: PersonaFilter(), Kind.PAIR: MatchFilter()}


def page_of(reader: Reader, program: int, kind: Kind, wanted: Any, window: Window) -> Slice[Any]:
    pages: Mapping[Kind, Callable[..., Slice[Any]]] = {
        Kind.USER: lambda *given: reader.lists.users_page(*given[:2], UserOrder(), given[2]),
        Kind.PERSONA: reader.lists.personas_page,
        Kind.PAIR: reader.lists.matches_page,
        Kind.RECORD: reader.lists.records_page,
    }
    return pages[kind](program, wanted, window)


def total_of(reader: Reader, program: int, kind: Kind, wanted: Any) -> Total:
    totals: Mapping[Kind, Callable[..., Total]] = {
        Kind.USER: reader.lists.users_total,
        Kind.PERSONA: reader.lists.personas_total,
        Kind.PAIR: reader.lists.matches_total,
        Kind.RECORD: reader.lists.records_total,
    }
    return totals[kind](program, wanted)


def buttons(school: Any, by: Caller, kind: Kind, wanted: Any) -> Mapping[str, list[int]]:
    """For each transition the records of the whole list on which it is possible, each asked as for its buttons."""
    every = school.read(by, lambda reader: [row.id for row in page_of(reader, school.program, kind, wanted, ALL).rows])
    refs, found = [Ref(kind, number) for number in every], defaultdict[str, list[int]](list)
    offers = school.store.query_now(lambda session: school.offers.of(session, by, school.program, refs))
    for ref in refs:
        for transition in {o.transition.id for o in offers.get(ref, ()) if o.allowed and o.subject == ref}:
            found[transition].append(ref.id)
    return found


def listed(school: Any, by: Caller, kind: Kind, wanted: Any, transition: str) -> list[int]:
    """The list of those on whom it is possible; its total is the same."""
    wanted = replace(wanted, can_do=transition)

    def ask(reader: Reader) -> list[int]:
        page = page_of(reader, school.program, kind, wanted, ALL)
        found = [row.id for row in page.rows]
        assert (page.has_next, page.end) == (False, None)
        assert total_of(reader, school.program, kind, wanted) == Total(len(found), capped=False)
        return found

    return school.read(by, ask)


def test_the_list_is_that_of_the_buttons_for_every_caller_and_transition(school: School) -> None:
    rules, told = school.book.ruleset(school.program), set()
    for who in ("owner", "north", "bob", "abroad", "auditor"):
        by = caller(school, who)
        expected = {kind: buttons(school, by, kind, wanted) for kind, wanted in FILTERS.items()}
        for transition in rules.transitions.values():
            ends = rules.ends(transition)
            if ends and transition.pressable and transition.offered:
                kind = kind_of(ends[0])
                found = listed(school, by, kind, FILTERS[kind], transition.id)
                assert found == expected[kind][transition.id], (transition.id, who)
                told |= {(transition.id, who)} if found else set()
    assert {("match", "owner"), ("withdraw", "north"), ("close_match", "north")} <= told
    assert {who for _, who in told} == {"owner", "north"}


@pytest.mark.parametrize("transition", ["hold_meeting", "plan_meeting"])
def test_further_kinds_and_what_is_made_for_a_match(store: Store, transition: str) -> None:
    talks = Talks(store)
    for _ in range(2):
        talks.meeting(talks.ann)
    kind = kind_of(talks.rules.ends(talks.rules.transitions[transition])[0])
    wanted = RecordFilter(("meeting",)) if kind is Kind.RECORD else MatchFilter()
    for by in (BOSS, talks.oneself(talks.ann), talks.oneself(talks.cid)):
        assert listed(talks, by, kind, wanted, transition) == buttons(talks, by, kind, wanted)[transition]
    assert listed(talks, talks.oneself(talks.ann), kind, wanted, transition) != []
    assert listed(talks, talks.oneself(talks.cid), kind, wanted, transition) == []


def test_between_two_it_is_asked_on_the_first(store: Store) -> None:
    asking = Talks(store, "talk_requests")
    for by in (BOSS, asking.oneself(asking.cid), asking.oneself(asking.dot)):
        found = listed(asking, by, Kind.PERSONA, PersonaFilter(), "ask_for_a_talk")
        assert found == buttons(asking, by, Kind.PERSONA, PersonaFilter())["ask_for_a_talk"]


REJECT = UserFilter(can_do="reject")
"""Possible on whoever is not Active yet."""


@pytest.fixture(scope="module")
def club(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Club]:
    """Nine people, every third of whom is Active already."""
    file = tmp_path_factory.mktemp("possible") / "club.db"
    copyfile(sqlite_template, file)
    store = open_store(f"sqlite:///{file}")
    club = Club(store, RULES, "default")
    for number in range(1, 10):
        user, _ = club.join(f"m{number}", MENTOR)
        for transition in ("finish_application", "activate") if number % 3 == 1 else ():
            club.perform(transition, user)
    yield club
    store.close()


def read(club: Club, ask: Callable[[Reader], Any]) -> Any:
    return club.store.query_now(lambda session: ask(Reading(club.book, club.now).reader(session, BOSS)))


@pytest.fixture
def unnarrowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The database leaves everybody to be judged, four at a time."""
    monkeypatch.setattr(possible, "BATCH", 4)
    monkeypatch.setattr(possible, "necessary", lambda *_, **__: All(()))


@pytest.mark.usefixtures("unnarrowed")
@pytest.mark.parametrize("order", [UserOrder(UserOrderField.NAME, descending=True), UserOrder()])
@pytest.mark.parametrize("backwards", [False, True])
def test_pages_are_filled_and_end_where_the_list_ends(club: Club, order: UserOrder, backwards: bool) -> None:
    def page(window: Window) -> Slice[Any]:
        return read(club, lambda reader: reader.lists.users_page(club.program, REJECT, order, window))

    found, window, more, sizes = list[int](), Window(limit=4, backwards=backwards), True, []
    while more:
        one = page(window)
        rows = [row.id for row in one.rows]
        sizes.append(len(rows))
        found = [*rows, *found] if backwards else [*found, *rows]
        more = one.has_previous if backwards else one.has_next
        window = replace(window, before=one.keys[0]) if backwards else replace(window, after=one.keys[-1])
    expected = [2, 3, 5, 6, 8, 9]
    assert (found, sizes) == (expected[::-1] if order.descending else expected, [4, 2])


@pytest.mark.usefixtures("unnarrowed")
def test_a_request_judges_so_many_and_says_how_far_it_came(club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(possible, "CANDIDATES", 4)
    told, window, more = [], Window(limit=10), True
    while more:

        def ask(reader: Reader, window: Window = window) -> tuple[Slice[Any], Total]:
            page = reader.lists.users_page(club.program, REJECT, UserOrder(), window)
            return page, reader.lists.users_total(club.program, REJECT)

        page, total = read(club, ask)
        told.append(([row.id for row in page.rows], total))
        more, window = page.has_next, replace(window, after=page.end)
    assert told == [([2, 3], Total(2, True)), ([5, 6, 8], Total(0, True)), ([9], Total(2, True))]


@pytest.mark.usefixtures("unnarrowed")
def test_a_further_list_of_the_same_request_is_refused_once_so_many_were_judged(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(possible, "CANDIDATES", 4)

    def ask(reader: Reader) -> None:
        reader.lists.users_total(club.program, REJECT)
        reader.lists.personas_page(club.program, PersonaFilter(can_do="match"), ALL)

    with pytest.raises(LimitExceededError, match="Ask for this list in a request of its own") as caught:
        read(club, ask)
    assert caught.value.limit == "candidates"


@pytest.mark.parametrize("who", ["north"])
def test_the_number_of_statements_does_not_depend_on_the_number_of_records(school: School, who: str) -> None:
    def cost() -> int:
        with counting_statements() as seen:
            listed(school, caller(school, who), Kind.PERSONA, PersonaFilter(), "match")
        return len(seen)

    school.ready("zoe", MENTOR, "north")
    cost()  # connections are made once
    before = cost()
    for number in range(4):
        school.ready(f"x{number}", MENTOR, "north")
    assert cost() == before


def test_who_may_not_do_it_has_nobody_judged(school: School) -> None:
    with counting_statements() as seen:
        assert listed(school, school.caller("AUDITOR"), Kind.PERSONA, PersonaFilter(), "match") == []
    assert sum("persona_status" in text for text in seen) == 2  # the page, and its total


def test_only_who_is_shown_is_entered_into_the_record_of_reads(school: School) -> None:
    waiting = school.ready("zoe", MENTOR, "north")

    reads = Reads()

    def work(session: Session) -> None:
        reader = Reading(school.book, school.now, reads).reader(session, school.office)
        reader.lists.personas_page(school.program, PersonaFilter(can_do="match"), ALL)

    school.store.query_now(work)
    shown = {number for number, _ in reads.shown(school.program, Kind.PERSONA)}
    assert shown == {school.gus.persona.id, waiting.persona.id}
