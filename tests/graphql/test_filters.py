"""Lists are narrowed by the words of the program's rules; unknown words are told with the known ones."""

from collections.abc import Callable

import pytest

from tests.graphql.builders import Api


@pytest.fixture(scope="module")
def served(new_api: Callable[[], Api]) -> Api:
    """Ann waits at the north, Eve and Bob are matched, Cleo is still applying."""
    api = new_api()
    api.done("addSite", key="north", name="North School")
    api.person("Ann", partnerSite="north", mentorSiteList="North A")
    api.match(api.person("Bob"), api.person("Eve", "MENTEE"))
    api.person("Cleo", "MENTEE", active=False, externalId="C-7")
    return api


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("{}", ["Ann", "Bob", "Eve", "Cleo"]),
        ('{statusIn: ["ACTIVE"]}', ["Ann", "Bob", "Eve"]),
        ("{statusIn: []}", []),
        ("{statusIn: null, role: null, search: null}", ["Ann", "Bob", "Eve", "Cleo"]),
        ("{categoryIn: [STEP]}", ["Cleo"]),
        ('{categoryIn: [STEP], statusIn: ["ACTIVE"]}', []),
        ("{role: MENTEE}", ["Eve", "Cleo"]),
        ('{matchStatusIn: ["RTBM"]}', ["Ann"]),
        ('{matchStatusIn: ["RTBM"], role: MENTEE}', []),
        ('{partnerSite: "north"}', ["Ann"]),
        ('{search: "EVE"}', ["Eve"]),
        ('{search: "c-7"}', ["Cleo"]),
        ('{changedSince: "2099-01-01T00:00:00Z"}', []),
    ],
)
def test_people_are_found(served: Api, wanted: str, names: list[str]) -> None:
    page = served.ask(f"{{ users(filter: {wanted}) {{ nodes {{ name }} totalCount }} }}")["users"]
    assert [node["name"] for node in page["nodes"]] == names
    assert page["totalCount"] == len(names)


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ("{role: MENTOR}", ["Ann", "Bob"]),
        ('{mentorSiteList: "North A"}', ["Ann"]),
        ('{statusIn: ["INACTIVE"]}', []),
        ('{matchStatusIn: ["MATCHED"]}', ["Bob", "Eve"]),
        ('{userStatusIn: ["APPLICATION_INCOMPLETE"]}', ["Cleo"]),
        ('{partnerSite: "north"}', ["Ann"]),
    ],
)
def test_personas_are_found(served: Api, wanted: str, names: list[str]) -> None:
    page = served.ask(f"{{ personas(filter: {wanted}) {{ nodes {{ user {{ name }} }} totalCount }} }}")["personas"]
    assert [node["user"]["name"] for node in page["nodes"]] == names
    assert page["totalCount"] == len(names)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ('{userId: "User-2"}', 1),
        ('{userId: "User-1"}', 0),
        ('{personaId: "Persona-3"}', 1),
        ('{statusIn: ["CLOSED"]}', 0),
        ('{openedSince: "2026-01-01T00:00:00Z"}', 1),
        ('{openedSince: "2099-01-01T00:00:00Z"}', 0),
    ],
)
def test_matches_are_found(served: Api, wanted: str, count: int) -> None:
    page = served.ask(f"{{ matches(filter: {wanted}) {{ nodes {{ id }} totalCount }} }}")["matches"]
    assert (len(page["nodes"]), page["totalCount"]) == (count, count)


@pytest.mark.parametrize(
    ("wanted", "transitions"),
    [
        ('{machineIn: ["pair_status"]}', ["match"]),
        ('{toIn: ["MATCHED"]}', ["become_matched", "become_matched"]),
        ('{transitionIn: ["match"]}', ["match"]),
        ('{subjectIdIn: ["Match-1", "Persona-2"]}',
         ["register_user", "register_user", "enter_pool", "match", "become_matched"]),
        ('{transitionIn: ["match"], since: "2099-01-01T00:00:00Z"}', []),
        ('{transitionIn: ["match"], until: "2099-01-01T00:00:00Z"}', ["match"]),
    ],
)  # fmt: skip
def test_history_is_found(served: Api, wanted: str, transitions: list[str]) -> None:
    page = served.ask(f"{{ history(filter: {wanted}) {{ nodes {{ transition }} totalCount }} }}")["history"]
    assert [node["transition"] for node in page["nodes"]] == transitions
    assert page["totalCount"] == len(transitions)


@pytest.mark.parametrize(
    ("question", "meant"),
    [
        ('users(filter: {statusIn: ["ACTIV"]})', "ACTIVE"),
        ('users(filter: {matchStatusIn: ["RTB"]})', "RTBM"),
        ('users(filter: {partnerSite: "nort"})', "north"),
        ('personas(filter: {statusIn: ["INACTIV"]})', "INACTIVE"),
        ('personas(filter: {userStatusIn: ["ACTIV"]})', "ACTIVE"),
        ('matches(filter: {statusIn: ["CLOSE"]})', "CLOSED"),
        ('history(filter: {machineIn: ["user_statu"]})', "user_status"),
        ('history(filter: {toIn: ["MATCHD"]})', "MATCHED"),
        ('history(filter: {transitionIn: ["close_mach"]})', "close_match"),
        ('users(program: "defalt")', "default"),
        ('history(program: "defalt")', "default"),
    ],
)
def test_an_unknown_word_is_told_with_the_one_that_was_meant(served: Api, question: str, meant: str) -> None:
    code, message = served.fault(f"{{ {question} {{ nodes {{ id }} }} }}")
    assert code == "BAD_USER_INPUT"
    assert f"Did you mean {meant}?" in message


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ('matches(filter: {userId: "Persona-1"})', "User-1"),
        ('matches(filter: {personaId: "x"})', "Persona-1"),
        (
            'history(filter: {subjectIdIn: ["Message-1"]})',
            "Program-1 or Site-1 or User-1 or Persona-1 or Match-1 or Record-1",
        ),
    ],
)
def test_a_wrong_id_is_told_with_the_right_form(served: Api, question: str, message: str) -> None:
    code, told = served.fault(f"{{ {question} {{ nodes {{ id }} }} }}")
    assert code == "BAD_USER_INPUT"
    assert told.endswith(f"Give one of the form {message}.")


def test_too_much_to_look_for_is_refused(api: Api) -> None:
    query = """query Q($search: String, $ids: [ID!]) {
      users(filter: {search: $search}) { nodes { id } }
      history(filter: {subjectIdIn: $ids}) { nodes { id } } }"""
    assert api.fault(query, search="x" * 201)[1] == "search may have at most 200 characters."
    assert "character that no text can have" in api.fault(query, search="a\0b")[1]
    assert "at most 100 entries" in api.fault(query, ids=[f"User-{n}" for n in range(1, 102)])[1]


def test_a_persona_shows_its_matches_in_the_statuses_asked_for(served: Api) -> None:
    query = """query Q($in: [String!]) { user(id: "User-2") {
      matches(statusIn: $in) { id } personas { matches(statusIn: $in) { id } } } }"""
    assert served.ask(query)["user"] == {"matches": [{"id": "Match-1"}], "personas": [{"matches": [{"id": "Match-1"}]}]}
    assert served.ask(query, **{"in": ["CLOSED"]})["user"] == {"matches": [], "personas": [{"matches": []}]}
    assert "Did you mean CLOSED?" in served.fault(query, **{"in": ["CLOSE"]})[1]
