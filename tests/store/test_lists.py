"""Pages, filters and totals."""

from datetime import timedelta
from itertools import product

import pytest

from server.domain import filters
from server.domain.errors import InputProblemsError
from server.domain.filters import MatchFilter, PersonaFilter, Total, UserFilter, UserOrder, UserOrderField, Window
from server.store import paging
from server.store.columns import microseconds
from server.store.matches import matches_of_personas, matches_page, matches_total
from server.store.personas import personas_of_users, personas_page, personas_total
from server.store.users import user_by_email, user_by_external_id, users_page, users_total
from tests.store.builders import GOODBYE, NOW, World, counting_statements


def walk(world: World, order: UserOrder, limit: int, *, backwards: bool) -> list[int]:
    """All users, page by page, each page checked on what it says of its neighbours."""
    found: list[int] = []
    cursor = None
    while True:
        window = Window(limit, before=cursor, backwards=True) if backwards else Window(limit, after=cursor)
        page = world.read(users_page, world.program.id, UserFilter(), order, window)
        ids = [row.id for row in page.rows]
        found = [*ids, *found] if backwards else [*found, *ids]
        more, came = (page.has_previous, page.has_next) if backwards else (page.has_next, page.has_previous)
        assert came is (cursor is not None)
        if not more:
            return found
        assert len(ids) == limit
        cursor = page.keys[0] if backwards else page.keys[-1]


@pytest.fixture
def crowd(world: World) -> World:
    """Seven people; names, creation and status times are equal for several of them."""
    for number, name in enumerate(["bea", "Ada", "ada", "Cy", "Bea", "ada", "Émile"]):
        world.register(name=name, at=NOW + timedelta(hours=number // 3))
    return world


ORDERS = [
    (UserOrder(UserOrderField.CREATED_AT), [1, 2, 3, 4, 5, 6, 7]),
    (UserOrder(UserOrderField.NAME), [2, 3, 6, 1, 5, 4, 7]),
    (UserOrder(UserOrderField.STATUS_CHANGED_AT), [1, 2, 3, 4, 5, 6, 7]),
]


@pytest.mark.parametrize(("order", "expected"), ORDERS)
def test_every_walk_over_the_pages_meets_everybody_once_and_in_order(crowd: World, order, expected) -> None:
    for descending, limit, backwards in product((False, True), (1, 2, 3, 7, 100), (False, True)):
        way = UserOrder(order.field, descending)
        wanted = expected[::-1] if descending else expected
        assert walk(crowd, way, limit, backwards=backwards) == wanted, (way, limit, backwards)


def test_a_page_between_two_cursors(crowd: World) -> None:
    order = UserOrder(UserOrderField.NAME)
    every = crowd.read(users_page, crowd.program.id, UserFilter(), order, Window(100))
    between = crowd.read(
        users_page, crowd.program.id, UserFilter(), order, Window(100, after=every.keys[0], before=every.keys[4])
    )
    assert [row.id for row in between.rows] == [3, 6, 1]
    assert every.keys[0] == ("ada", 2)


def test_a_time_is_a_whole_number_in_a_key(crowd: World) -> None:
    page = crowd.read(users_page, crowd.program.id, UserFilter(), UserOrder(), Window(1))
    assert page.keys == [(microseconds(NOW), 1)]


def test_a_page_of_none_says_that_there_is_more(crowd: World) -> None:
    page = crowd.read(users_page, crowd.program.id, UserFilter(), UserOrder(), Window(0))
    assert (list(page.rows), page.has_next) == ([], True)


@pytest.mark.parametrize("cursor", [("ada", 2), (1,), (1, 2, 3), (1, "2"), (10**30, 1)])
def test_a_cursor_of_another_list_is_refused(crowd: World, cursor) -> None:
    with pytest.raises(InputProblemsError, match="cursor") as refused:
        crowd.read(users_page, crowd.program.id, UserFilter(), UserOrder(), Window(after=cursor))
    assert [problem.path for problem in refused.value.problems] == [("after",)]


def test_a_page_is_one_statement_whatever_its_size(crowd: World) -> None:
    for limit in (1, 100):
        with counting_statements() as seen:
            crowd.read(users_page, crowd.program.id, UserFilter(role="MENTOR"), UserOrder(), Window(limit))
        assert len([statement for statement in seen if statement != "BEGIN"]) == 1


def users(world: World, **criteria) -> list[int]:
    narrowed = UserFilter(**criteria)
    page = world.read(users_page, world.program.id, narrowed, UserOrder(), Window(100))
    assert world.read(users_total, world.program.id, narrowed) == Total(len(page.rows), False)
    return [row.id for row in page.rows]


def test_users_are_narrowed_by_what_they_are_and_by_one_and_the_same_persona(world: World) -> None:
    site = world.site()
    world.register("MENTOR", site=site.id)
    person, _ = world.ready("MENTEE")
    world.act("add_persona", person, role="MENTOR")

    assert users(world) == [1, 2]
    assert users(world, status_in=("ACTIVE",)) == [2]
    assert users(world, status_in=("ACTIVE", "APPLICATION_INCOMPLETE")) == [1, 2]
    assert users(world, status_in=()) == []
    assert users(world, role="MENTEE") == [2]
    assert users(world, role="MENTOR") == [1, 2]
    assert users(world, match_status_in=("RTBM",)) == [2]
    assert users(world, site_id=site.id) == [1]
    assert users(world, role="MENTEE", site_id=site.id) == []
    assert users(world, role="MENTOR", match_status_in=("NOT_APPLICABLE",), site_id=site.id) == [1]
    assert users(world, changed_since=NOW + timedelta(minutes=1)) == [2]
    assert world.read(users_total, 999, UserFilter()) == Total(0, False)


def test_a_search_looks_into_name_address_and_external_id_whatever_the_case(world: World) -> None:
    world.register(name="Zoë Ångström", email="first@example.org", external_id="X_7")
    world.register(name="Bob 100%", email="zoe@example.org", external_id="X-7")
    world.register(name="Carl/Back\\slash", email=None)

    assert users(world, search="zoë") == users(world, search="ZOË") == users(world, search="ångstr") == [1]
    assert users(world, search="ZOE@") == [2]
    assert users(world, search="x_7") == [1]
    assert users(world, search="x-7") == [2]
    assert users(world, search="100%") == [2]
    assert users(world, search="%") == [2]
    assert users(world, search="_") == [1]
    assert users(world, search="/") == users(world, search="\\") == [3]
    assert users(world, search="ström\nfirst") == [1]
    assert users(world, search="nobody") == []
    assert users(world, search="") == [1, 2, 3]


def test_a_search_follows_an_edit(world: World) -> None:
    person, _ = world.register(name="Before")
    world.do(lambda work: work.edit_user(person.id, name="After", email=None, external_id=None))
    assert users(world, search="before") == []
    assert users(world, search="AFTER") == [1]


def test_users_are_found_by_address_in_any_case_and_by_external_id(world: World) -> None:
    world.register(email="Ada@Example.org", external_id="X-7")
    number = world.program.id
    assert world.read(user_by_email, number, "aDA@example.ORG").id == 1
    assert world.read(user_by_email, number, "bea@example.org") is None
    assert world.read(user_by_email, number, "") is None
    assert world.read(user_by_email, 999, "ada@example.org") is None
    assert world.read(user_by_external_id, number, "X-7").id == 1
    assert world.read(user_by_external_id, number, "x-7") is None


def personas(world: World, **criteria) -> list[int]:
    narrowed = PersonaFilter(**criteria)
    page = world.read(personas_page, world.program.id, narrowed, Window(100))
    assert world.read(personas_total, world.program.id, narrowed) == Total(len(page.rows), False)
    assert page.keys == [(row.id,) for row in page.rows]
    return [row.id for row in page.rows]


def test_personas_are_narrowed_by_each_criterion(world: World) -> None:
    site = world.site()
    world.register("MENTOR", site=site.id, site_list="Autumn")
    world.ready("MENTEE")
    _, third = world.ready("MENTOR")
    world.act("inactivate_persona", third, at=NOW + timedelta(days=9))

    assert personas(world) == [1, 2, 3]
    assert personas(world, role="MENTOR") == [1, 3]
    assert personas(world, mentor_site_list="Autumn") == [1]
    assert personas(world, status_in=("INACTIVE",)) == [3]
    assert personas(world, match_status_in=("RTBM",)) == [2, 3]
    assert personas(world, user_status_in=("ACTIVE",)) == [2, 3]
    assert personas(world, site_id=site.id) == [1]
    assert personas(world, changed_since=NOW + timedelta(days=9)) == [3]
    assert personas(world, role="MENTEE", user_status_in=("ACTIVE",), match_status_in=("RTBM",)) == [2]


def test_the_personas_of_users_come_in_creation_order_in_one_statement(world: World) -> None:
    person, _ = world.ready()
    world.act("add_persona", person, role="MENTEE")
    world.register()
    with counting_statements() as seen:
        found = world.read(personas_of_users, [2, 1, 999])
    assert len([statement for statement in seen if statement != "BEGIN"]) == 1
    assert {user: [run.id for run in runs] for user, runs in found.items()} == {2: [3], 1: [1, 2], 999: []}


def matches(world: World, **criteria) -> list[int]:
    narrowed = MatchFilter(**criteria)
    page = world.read(matches_page, world.program.id, narrowed, Window(100))
    assert world.read(matches_total, world.program.id, narrowed) == Total(len(page.rows), False)
    return [row.id for row in page.rows]


def test_matches_are_narrowed_by_either_side(world: World) -> None:
    site = world.site()
    first, mentor, mentee = world.matched()
    second, _, _ = world.matched()
    third, _, _ = world.matched()
    world.do(lambda work: work.edit_persona(mentee.id, site_id=site.id, mentor_site_list=None))
    world.act("close_match", second, answers=GOODBYE)
    world.act("delete_match", third)

    assert matches(world) == [1, 2, 3]
    assert matches(world, status_in=("OPEN", "DELETED")) == [1, 3]
    assert matches(world, status_not_in=("DELETED",)) == [1, 2]
    assert matches(world, persona_id=mentor.id) == matches(world, persona_id=mentee.id) == [first.id]
    assert matches(world, user_id=3) == matches(world, user_id=4) == [second.id]
    assert matches(world, site_id=site.id) == [first.id]
    assert matches(world, site_id=site.id, status_in=("CLOSED",)) == []
    assert matches(world, opened_since=NOW + timedelta(days=9)) == []
    assert matches(world, opened_since=NOW) == [1, 2, 3]


def test_the_matches_of_personas_come_in_creation_order_in_one_statement(world: World) -> None:
    first, mentor, mentee = world.matched()
    with counting_statements() as seen:
        found = world.read(matches_of_personas, [mentor.id, mentee.id, 999])
    assert len([statement for statement in seen if statement != "BEGIN"]) == 1
    assert {side: [match.id for match in its] for side, its in found.items()} == {
        mentor.id: [first.id],
        mentee.id: [first.id],
        999: [],
    }


def test_a_total_stops_at_the_limit_and_says_so(crowd: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert filters.COUNT_LIMIT == paging.COUNT_LIMIT == 10_000
    for limit, expected in ((8, Total(7, False)), (7, Total(7, False)), (6, Total(6, True))):
        monkeypatch.setattr(paging, "COUNT_LIMIT", limit)
        assert crowd.read(users_total, crowd.program.id, UserFilter()) == expected
