"""Acts that leave the status as it is, on both databases: history, time in the status, and the check of both."""

from datetime import datetime
from typing import Any

import pytest

from server.domain.commands import Options, Registration
from server.domain.errors import NotConfiguredError
from server.engine.facts import Ref
from server.store.database import Store
from server.store.matches import matches_by_ids
from server.store.verify import verify
from tests.services.club import PLAIN, Club
from tests.services.pauses import RULES


@pytest.fixture
def club(store: Store) -> Club:
    return Club(store, RULES, "pauses")


def since(club: Club, ref: Ref, machine: str) -> datetime:
    return club.known(ref).records[ref].since[machine]


def rows(applied: Any) -> list[tuple[str | None, str]]:
    return [(change.before, change.after) for change in applied.changes]


def test_a_note_is_in_history_and_the_time_in_the_status_goes_on(club: Club, store_url: str) -> None:
    person, _ = club.join("robin", "MENTOR")
    began = since(club, person, "user_status")
    assert rows(club.perform("note", person)) == [("APPLICATION_INCOMPLETE", "APPLICATION_INCOMPLETE")]
    assert since(club, person, "user_status") == began
    assert verify(store_url, {})[0] == []


def test_a_check_in_begins_the_time_of_an_open_pair_anew_and_nothing_else(club: Club, store_url: str) -> None:
    club.act(club.people.add_site, club.key, "north", "North")
    sides = []
    for role in ("MENTOR", "MENTEE"):
        asked = Registration(role, role, f"{role}@example.org", program=club.key, partner_site="north")
        person, side = club.act(club.people.register, asked, Options()).created
        club.perform("finish_application", person)
        club.perform("activate", person)
        sides.append(side)
    mentor, mentee = sides
    match = club.perform("match", mentor, partner=mentee).created[0]
    before = club.store.query_now(lambda session: matches_by_ids(session.connection, [match.id]))[match.id]
    done = club.perform("check_in", match)
    after = club.store.query_now(lambda session: matches_by_ids(session.connection, [match.id]))[match.id]
    assert rows(done) == [("OPEN", "OPEN")]
    assert after.pair_status_since == done.changes[0].effective_at > before.pair_status_since
    assert (after.opened_at, after.closed_at, after.answers) == (before.opened_at, None, before.answers)
    assert club.known(match).records[match].places == {"MENTOR": 1, "MENTEE": 1}
    assert verify(store_url, {club.program: frozenset({"OPEN"})})[0] == []


def test_so_it_does_in_a_machine_that_is_declared(club: Club, store_url: str) -> None:
    _, persona = club.join("robin", "MENTOR")
    began = since(club, persona, "pause")
    done = club.perform("look_after", persona)
    assert rows(done) == [("HERE", "HERE")]
    assert since(club, persona, "pause") == done.changes[0].effective_at > began
    club.perform("leave", persona)
    assert rows(club.perform("look_after", persona)) == [("AWAY", "AWAY")]
    assert verify(store_url, {})[0] == []


def test_a_status_that_is_asked_for_is_never_reached_by_staying(club: Club) -> None:
    person, _ = club.join("robin", "MENTOR")
    with pytest.raises(NotConfiguredError, match="no transition leads to Application Incomplete"):
        club.act(club.changes.perform_to, person, "user_status", "APPLICATION_INCOMPLETE", answers={}, options=PLAIN)
