"""What the database itself does not let happen twice: addresses, external ids, site keys, open places."""

import pytest
from sqlalchemy import select

from server.domain.errors import AlreadyExistsError, ConflictError
from server.engine.facts import Kind
from server.engine.plan import Change, Creation, Plan
from server.store.tables import users
from server.store.users import users_by_ids
from tests.engine.flow import FLOW
from tests.store.builders import GOODBYE, World, an_act, pair


@pytest.mark.parametrize(
    ("first", "second", "path"),
    [
        ({"email": "ada@example.org"}, {"email": "ADA@Example.ORG"}, ("email",)),
        ({"email": "straße@example.org"}, {"email": "STRASSE@example.org"}, ("email",)),
        ({"external_id": "X-7"}, {"external_id": "X-7"}, ("externalId",)),
    ],
)
def test_what_is_taken_is_refused_and_nothing_is_written(world: World, first, second, path) -> None:
    world.register(**first)
    before = world.rows()
    with pytest.raises(AlreadyExistsError) as refused:
        world.register(**second)

    assert refused.value.path == path
    assert refused.value.code == "ALREADY_EXISTS"
    assert world.rows() == before


def test_a_taken_address_is_refused_on_an_edit_and_the_act_leaves_nothing(world: World) -> None:
    first, _ = world.register(email="ada@example.org")
    second, _ = world.register(email="bea@example.org")
    with pytest.raises(AlreadyExistsError):
        world.do(lambda work: work.edit_user(second.id, name="B", email="Ada@example.org", external_id=None))

    found = world.read(users_by_ids, [first.id, second.id])
    assert [(found[ref.id].email, found[ref.id].version) for ref in (first, second)] == [
        ("ada@example.org", 1),
        ("bea@example.org", 1),
    ]


def test_people_without_address_or_external_id_do_not_collide(world: World) -> None:
    world.register(email=None)
    world.register(email=None)
    world.register(email="")
    assert world.read(lambda c: c.execute(select(users.c.email)).scalars().all()) == [None, None, None]


def test_a_site_key_is_taken_once_in_a_program(world: World) -> None:
    world.site("LINCOLN")
    before = world.rows()
    with pytest.raises(AlreadyExistsError) as refused:
        world.site("LINCOLN", "Another")
    assert refused.value.path == ("key",)
    assert world.rows() == before


def _a_match_plan(mentor, mentee, place: int = 1) -> Plan:
    """A hand-made plan that asks nobody whether the two are free."""
    new = pair(-1)
    change = Change(new, "pair_status", None, "OPEN", "match", None, False, {"MENTOR": place, "MENTEE": place})
    creation = Creation(new, Kind.PAIR, {"MENTOR": mentor, "MENTEE": mentee}, "match")
    return Plan(FLOW.transitions["match"], (change,), (creation,))


def test_the_database_itself_refuses_a_second_open_pair(world: World) -> None:
    _, mentor, mentee = world.matched()
    other = world.ready("MENTEE")[1]
    before = world.rows()
    for sides in ((mentor, other), (world.ready("MENTOR")[1], mentee)):
        plan = _a_match_plan(*sides)
        before = world.rows()
        with pytest.raises(ConflictError):
            world.do(lambda work, plan=plan: work.apply(an_act(kind="pair"), 0, plan))
        assert world.rows() == before


def test_a_second_open_place_is_free(world: World) -> None:
    _, mentor, _ = world.matched()
    other = world.ready("MENTEE")[1]
    written = world.do(lambda work: work.apply(an_act(kind="pair"), 0, _a_match_plan(mentor, other, place=2)))
    assert len(written.changes) == 1


def test_a_closed_pair_frees_its_places(world: World) -> None:
    match, mentor, _ = world.matched()
    world.act("close_match", match, answers=GOODBYE)
    other = world.ready("MENTEE")[1]
    world.do(lambda work: work.apply(an_act(kind="pair"), 0, _a_match_plan(mentor, other)))
    assert world.rows()["matches"] == 2
