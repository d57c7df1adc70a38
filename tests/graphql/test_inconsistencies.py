"""What the database holds and the rules forbid is found by the rules, with a button that mends it."""

from typing import Any

import pytest
from sqlalchemy import text

from server.domain.actors import Caller
from server.services import inconsistencies
from tests.graphql.builders import Api, Person

FOUND = "code message subject { id } repair { transition { key } subject { id } allowed }"
MATCHED = "Who is Matched is in an open match."


def by_hand(api: Api, statement: str) -> None:
    """Writes past the server."""
    api.store.mutate_now(lambda session: session.act(lambda work: work.connection.execute(text(statement))))


def found(api: Api) -> list[Any]:
    return api.ask(f"{{ inconsistencies {{ {FOUND} }} }}")["inconsistencies"]


@pytest.fixture
def pair(api: Api) -> tuple[Person, Person, str]:
    ann, ben = api.person("Ann"), api.person("Ben", "MENTEE")
    api.place(ann)
    return ann, ben, api.match(ann, ben)


def test_where_everything_is_right_there_is_nothing_to_tell(api: Api, pair: Any) -> None:
    assert found(api) == []


def test_somebody_in_a_match_who_is_not_active_is_found_and_mended_by_the_button_that_is_told(
    api: Api, pair: Any
) -> None:
    ann, _, match = pair
    by_hand(api, "UPDATE users SET user_status = 'SCREENING_INCOMPLETE' WHERE id = 1")
    (told,) = found(api)
    assert told == {
        "code": "only_active_people_are_matched",
        "message": "Only an Active person can be in the pool or in a match.",
        "subject": {"id": ann.user},
        "repair": {"transition": {"key": "activate"}, "subject": {"id": ann.user}, "allowed": True},
    }
    api.done("performTransition", transition="activate", subjectId=ann.user)
    assert found(api) == []
    assert match


def test_a_persona_matched_without_an_open_match_is_found(api: Api, pair: Any) -> None:
    ann, ben, _ = pair
    by_hand(api, "UPDATE matches SET pair_status = 'CLOSED', mentor_place = NULL, mentee_place = NULL")
    told = found(api)
    assert [(each["code"], each["message"], each["subject"]["id"]) for each in told] == [
        ("matched_personas_have_an_open_match", MATCHED, ann.persona),
        ("matched_personas_have_an_open_match", MATCHED, ben.persona),
    ]


def test_only_records_seen_in_full_are_told_and_only_buttons_the_caller_may_press(api: Api, pair: Any) -> None:
    by_hand(api, "UPDATE users SET user_status = 'SCREENING_INCOMPLETE'")
    assert [each["subject"]["id"] for each in found(api)] == ["User-1", "User-2"]
    staff = api.as_(Caller("Sam", frozenset({"SITE_STAFF"}), program_id=1, site_id=1))
    assert [(each["subject"]["id"], bool(each["repair"])) for each in found(staff)] == [("User-1", True)]
    auditor = api.as_(Caller("Ada", frozenset({"AUDITOR"}), program_id=1))
    assert [(each["subject"]["id"], each["repair"]) for each in found(auditor)] == [("User-1", None), ("User-2", None)]


def test_it_costs_the_same_however_many_people_there_are(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inconsistencies, "AT_A_TIME", 2)
    query = "{ inconsistencies { code subject { id } } }"
    api.person("Ann", active=False)
    nobody = api.statements(query)
    by_hand(api, "UPDATE personas SET match_status = 'RTBM'")
    one = api.statements(query)
    for number in range(7):
        api.person(f"Ben {number}")
    assert api.statements(query) == one
    by_hand(api, "UPDATE personas SET match_status = 'NOT_APPLICABLE' WHERE id = 1")
    assert api.statements(query) == nobody < one


def test_many_are_found_page_by_page_until_as_many_as_are_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inconsistencies, "AT_A_TIME", 2)
    people = [api.person(f"Ann {number}") for number in range(5)]
    by_hand(api, "UPDATE users SET user_status = 'SCREENING_INCOMPLETE'")
    assert [each["subject"]["id"] for each in found(api)] == [person.user for person in people]
    monkeypatch.setattr(inconsistencies, "LISTED", 3)
    assert [each["subject"]["id"] for each in found(api)] == [person.user for person in people[:3]]


def test_a_program_that_is_none_is_refused(api: Api) -> None:
    code, message = api.fault('{ inconsistencies(program: "nowhere") { code } }')
    assert code == "BAD_USER_INPUT"
    assert message.startswith("There is no program nowhere.")
