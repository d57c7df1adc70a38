"""What the database cannot ask of an invariant is judged all the same, of everybody if need be."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from server.rules.loader import load_text
from server.services import inconsistencies
from server.services.inconsistencies import Inconsistencies
from server.store.database import Store
from tests.services.club import BASE, BOSS, CLUB, Club

OLD = "{age: {user_status: {at_least: P365D}}}"
WAITS = """
  invariants.nobody_waits_for_years:
    never: %s
    because: Nobody waits in screening for a year.
"""


def told(club: Club) -> list[tuple[str, int]]:
    def work(session: object) -> list[tuple[str, int]]:
        looking = Inconsistencies(club.book, session, BOSS, club.program, club.now)
        return [(each.invariant.key, each.subject.id) for each in looking.found()]

    return club.store.query_now(work)


@pytest.mark.parametrize(
    ("never", "broken"),
    [
        pytest.param(f"{{all: [{OLD}, {{user_status: SCREENING_INCOMPLETE}}]}}", [2, 3], id="in part"),
        pytest.param(f"{{not: {{any: [{{not: {OLD}}}, {{user_status: ACTIVE}}]}}}}", [0, 1, 2, 3, 4], id="turned"),
        pytest.param(f"{{any: [{OLD}, {{user_status: ACTIVE}}]}}", [0, 1, 2, 3, 4], id="of anybody"),
    ],
)
def test_what_no_statement_can_ask_is_found_too(
    store: Store, never: str, broken: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inconsistencies, "AT_A_TIME", 2)
    club = Club(store, load_text(BASE, "transitions.yaml", {"club": CLUB + WAITS % never}, examined=False).rulesets)
    people = [club.join(f"ann{number}", "MENTOR")[0] for number in range(5)]
    for person in people[2:4]:
        club.perform("finish_application", person)
    assert told(club) == []
    club.now += timedelta(days=365)
    assert told(club) == [("nobody_waits_for_years", people[each].id) for each in broken]
    by_hand = text("UPDATE personas SET match_status = 'RTBM' WHERE id = 5")
    club.store.mutate_now(lambda session: session.act(lambda work: work.connection.execute(by_hand)))
    assert ("only_active_people_are_matched", people[4].id) in told(club)
