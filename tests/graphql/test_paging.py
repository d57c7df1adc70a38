"""Lists are paged by cursors, forwards and backwards, and say how long they are only when asked."""

from collections.abc import Callable

import pytest

from server.graphql.paging import cursor_of
from tests.graphql.builders import Api

NAMES = ["Ann", "Bob", "cleo", "Dan", "Eve", "Fay", "Gus"]
PAGE = "nodes { name } edges { cursor node { name } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
USERS = f"""query Q($first: Int, $after: String, $last: Int, $before: String, $order: UserOrder) {{
  users(first: $first, after: $after, last: $last, before: $before, orderBy: $order) {{ {PAGE} }} }}"""
ORDERS = [
    None,
    {"field": "NAME"},
    {"field": "NAME", "direction": "DESC"},
    {"field": "STATUS_CHANGED_AT"},
    {"field": "CREATED_AT", "direction": "DESC"},
]


@pytest.fixture(scope="module")
def people(new_api: Callable[[], Api]) -> Api:
    api = new_api()
    for name in NAMES:
        api.person(name, active=False)
    return api


def names(page: dict) -> list[str]:  # type: ignore[type-arg]  # the shape is the query's
    return [node["name"] for node in page["nodes"]]


@pytest.mark.parametrize("order", ORDERS)
def test_pages_forwards_are_the_whole_list_in_order(people: Api, order: dict[str, str] | None) -> None:
    whole = names(people.ask(USERS, order=order)["users"])
    seen, after = [], None
    for _ in range(3):
        page = people.ask(USERS, first=3, after=after, order=order)["users"]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        seen, after = seen + names(page), page["pageInfo"]["endCursor"]
    assert seen == whole
    assert page["pageInfo"]["hasNextPage"] is False


@pytest.mark.parametrize("order", ORDERS)
def test_pages_backwards_are_the_whole_list_in_order(people: Api, order: dict[str, str] | None) -> None:
    whole = names(people.ask(USERS, order=order)["users"])
    seen, before = [], None
    for _ in range(3):
        page = people.ask(USERS, last=3, before=before, order=order)["users"]
        assert page["pageInfo"]["hasNextPage"] is (before is not None)
        seen, before = names(page) + seen, page["pageInfo"]["startCursor"]
    assert seen == whole
    assert page["pageInfo"]["hasPreviousPage"] is False


def test_names_are_ordered_whatever_their_case(people: Api) -> None:
    assert names(people.ask(USERS, order={"field": "NAME"})["users"]) == NAMES


def test_nodes_and_edges_are_the_same_rows(people: Api) -> None:
    page = people.ask(USERS, first=2)["users"]
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    assert page["edges"][-1]["cursor"] == page["pageInfo"]["endCursor"]


def test_twenty_rows_come_unless_said(api: Api) -> None:
    for number in range(21):
        api.person(f"Person {number}", active=False)
    page = api.ask("{ users { nodes { id } totalCount totalCountIsCapped pageInfo { hasNextPage } } }")["users"]
    assert (len(page["nodes"]), page["totalCount"], page["totalCountIsCapped"]) == (20, 21, False)
    assert page["pageInfo"] == {"hasNextPage": True}


def test_an_empty_page_has_no_cursors(api: Api) -> None:
    page = api.ask(USERS)["users"]
    assert page == {
        "nodes": [],
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


def test_counting_costs_a_statement_only_when_asked_for(people: Api) -> None:
    plain = people.statements("{ users { nodes { id } } }")
    assert people.statements("{ users { nodes { id } totalCount totalCountIsCapped } }") == plain + 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("first: 101", "first must be from 0 to 100, not 101. Fetch the rest page by page."),
        ("last: 101", "last must be from 0 to 100, not 101. Fetch the rest page by page."),
        ("first: -1", "first must be from 0 to 100, not -1. Fetch the rest page by page."),
        ("first: 1, last: 1", "Give either first or last, not both."),
    ],
)
@pytest.mark.parametrize("field", ["users", "personas", "matches", "history"])
def test_a_wrong_size_is_the_callers_fault(api: Api, field: str, arguments: str, message: str) -> None:
    assert api.fault(f"{{ {field}({arguments}) {{ nodes {{ id }} }} }}") == ("BAD_USER_INPUT", message)


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "%%%",
        "ü",
        "W10",
        "bnVsbA",
        "A" * 5_000,
        cursor_of("created_at asc", [1]),
        cursor_of("created_at asc", ["1", 1]),
        cursor_of("created_at asc", [True, 1]),
        cursor_of("created_at asc", [2**70, 1]),
        cursor_of("created_at asc", [2**62, 1]),
        cursor_of("name asc", ["Ann", 1]),
        cursor_of("id", [1]),
    ],
)
def test_a_cursor_of_no_list_or_another_is_the_callers_fault(api: Api, cursor: str) -> None:
    code, message = api.fault(USERS, after=cursor)
    assert code == "BAD_USER_INPUT"
    assert "cursor" in message


def test_a_name_in_a_forged_cursor_cannot_reach_the_database_broken(api: Api) -> None:
    code, _ = api.fault(USERS, order={"field": "NAME"}, before=cursor_of("name asc", ["A\0", 1]))
    assert code == "BAD_USER_INPUT"


def test_the_cursor_of_a_change_reads_on_in_every_list_of_history(api: Api) -> None:
    ann = api.person("Ann")
    query = """query Q($id: ID!, $after: String) { user(id: $id) {
      history(first: 1, after: $after) { nodes { cursor to { key } } } } }"""
    (first,) = api.ask(query, id=ann.user)["user"]["history"]["nodes"]
    (second,) = api.ask(query, id=ann.user, after=first["cursor"])["user"]["history"]["nodes"]
    assert (first["to"]["key"], second["to"]["key"]) == ("APPLICATION_INCOMPLETE", "SCREENING_INCOMPLETE")
    everything = (
        "query Q($after: String) { history(after: $after) { nodes { cursor } } program { history { totalCount } } }"
    )
    rest = api.ask(everything, after=first["cursor"])
    assert len(rest["history"]["nodes"]) == rest["program"]["history"]["totalCount"] - 1
