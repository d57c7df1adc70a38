"""``canDo`` in filters: everyone on whom a transition is possible now, in every list and for acts in bulk."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from server.services import bulk, possible
from tests.graphql.builders import STAFF, Api
from tests.graphql.test_bulk import AUDITOR, by_filter


@pytest.fixture(scope="module")
def served(new_api: Callable[[], Api]) -> Api:
    """Ann and Ben wait, Bob and Eve are matched, Cleo is still applying."""
    api = new_api()
    api.place(api.person("Ann"))
    api.person("Ben", "MENTEE")
    api.match(api.person("Bob"), api.person("Eve", "MENTEE"))
    api.person("Cleo", "MENTEE", active=False)
    return api


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ('{canDo: "match"}', ["Ann", "Ben"]),
        ('{canDo: "match", role: MENTEE}', ["Ben"]),
        ('{canDo: "match", partnerSite: "north"}', ["Ann"]),
        ('{canDo: "make_rtbm"}', []),
        ('{canDo: "inactivate_persona"}', ["Ann", "Ben", "Bob", "Eve", "Cleo"]),
        ('{canDo: null, matchStatusIn: ["MATCHED"]}', ["Bob", "Eve"]),
    ],
)
def test_personas(served: Api, wanted: str, names: list[str]) -> None:
    page = served.ask(
        f"{{ personas(filter: {wanted}) {{ nodes {{ user {{ name }} }} totalCount totalCountIsCapped }} }}"
    )
    assert [node["user"]["name"] for node in page["personas"]["nodes"]] == names
    assert (page["personas"]["totalCount"], page["personas"]["totalCountIsCapped"]) == (len(names), False)


def test_people_and_matches(served: Api) -> None:
    answer = served.ask(
        '{ users(filter: {canDo: "withdraw"}, orderBy: {field: NAME, direction: DESC}) { nodes { name } }'
        ' matches(filter: {canDo: "close_match"}) { nodes { mentor { user { name } } } } }'
    )
    assert [node["name"] for node in answer["users"]["nodes"]] == ["Cleo", "Ben", "Ann"]
    assert [node["mentor"]["user"]["name"] for node in answer["matches"]["nodes"]] == ["Bob"]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ('users(filter: {canDo: "activte"})', 'There is no transition "activte" here. Did you mean activate?'),
        ('users(filter: {canDo: "match"})', "Match acts on a Persona: give canDo in the filter of personas."),
        ('matches(filter: {canDo: "activate"})', "Make Active acts on a User: give canDo in the filter of users."),
        (
            'personas(filter: {canDo: "close_match"})',
            "acts on a Match: give canDo in the filter of matches.",
        ),
        ('records(filter: {canDo: "match"})', "Match acts on a Persona: give canDo in the filter of personas."),
        ('personas(filter: {canDo: "become_matched"})', "(become_matched) is no button: nobody presses it."),
        ('users(filter: {canDo: "register_user"})', "register_user"),
    ],
)
def test_a_transition_that_nobody_could_do_there_is_told(served: Api, asked: str, message: str) -> None:
    code, told = served.fault(f"{{ {asked} {{ totalCount }} }}")
    assert code == "BAD_USER_INPUT"
    assert message in told


def test_who_may_not_do_it_finds_nobody_and_staff_only_their_own(served: Api) -> None:
    names = '{ personas(filter: {canDo: "match"}) { nodes { user { name } } totalCount } }'
    assert served.as_(AUDITOR).ask(names)["personas"] == {"nodes": [], "totalCount": 0}
    assert served.as_(STAFF).ask(names)["personas"] == {"nodes": [{"user": {"name": "Ann"}}], "totalCount": 1}


def test_a_page_that_falls_short_says_where_to_go_on(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(possible, "CANDIDATES", 2)
    monkeypatch.setattr(possible, "BATCH", 2)
    text = (
        'query($after: String) { personas(filter: {canDo: "inactivate_persona"}, after: $after)'
        " { nodes { id } totalCountIsCapped pageInfo { hasNextPage endCursor } } }"
    )
    after, found, more = None, [], True
    while more:
        page = served.ask(text, after=after)["personas"]
        found.append(([node["id"] for node in page["nodes"]], page["totalCountIsCapped"]))
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    rows = [f"Persona-{number}" for number in range(1, 6)]
    assert [ids for ids, _ in found] == [rows[:2], rows[2:4], rows[4:]]
    assert all(capped for _, capped in found)


def test_several_lists_in_one_request_share_what_may_be_judged(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(possible, "CANDIDATES", 2)
    result = served.run(
        '{ one: personas(filter: {canDo: "inactivate_persona"}) { nodes { id } }'
        ' two: users(filter: {canDo: "withdraw"}) { nodes { id } } }'
    )
    assert result.errors is not None
    assert result.errors[0].extensions == {"code": "LIMIT_EXCEEDED", "limit": "candidates"}
    assert "Ask for this list in a request of its own." in result.errors[0].message


def test_everybody_on_whom_it_is_possible_is_changed_at_once(api: Api) -> None:
    for name in ("Ann", "Ben"):
        api.person(name, active=False)
    api.match(api.person("Bob"), api.person("Eve", "MENTEE"))
    payload = by_filter(api, "withdraw", {"users": {"canDo": "withdraw"}})
    assert (payload["userErrors"], payload["changedCount"], payload["refusedCount"]) == ([], 2, 0)


def test_acts_in_bulk_want_to_know_of_everybody(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("Ann", "Ben", "Bob"):
        api.person(name, active=False)
    monkeypatch.setattr(possible, "BATCH", 1)
    for module in (possible, bulk):
        monkeypatch.setattr(module, "CANDIDATES", 2)
    before = api.history_length()
    payload = by_filter(api, "withdraw", {"users": {"canDo": "withdraw"}})
    (error,) = payload["userErrors"]
    text = "The filter leaves more records than the 2 of which one request can tell whether withdraw is possible"
    assert (error["code"], error["message"]) == ("INVALID_INPUT", f"{text}: narrow it.")
    assert api.history_length() == before


def test_what_it_costs_does_not_depend_on_how_many_there_are(new_api: Callable[[], Api]) -> None:
    api = new_api()
    text = '{ personas(filter: {canDo: "match"}) { nodes { id user { name } } totalCount } }'
    api.person("Ann")
    few = api.statements(text)
    for number in range(6):
        api.person(f"P {number}")
    assert (few, api.statements(text)) == (9, 9)


def test_the_site_of_staff_matters_as_for_buttons(served: Api) -> None:
    elsewhere = served.as_(replace(STAFF, site_id=None))
    assert elsewhere.ask('{ users(filter: {canDo: "withdraw"}) { totalCount } }')["users"]["totalCount"] == 0
