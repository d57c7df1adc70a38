"""How far invariants look, and that what an act cannot have broken is not looked at."""

import pytest

from server.engine.conditions import Condition
from server.engine.facts import Kind
from server.engine.memory import Did
from server.engine.reach import Reach, reach
from tests.engine.words import every, is_, none, some

ROLES = ("MENTOR", "MENTEE")
WAITING = is_("match_status", "RTBM")


@pytest.mark.parametrize(
    ("on", "condition", "expected"),
    [
        (Kind.USER, every(is_("user_status", "GONE"), some("personas", WAITING)), ("user_status", "match_status")),
        (Kind.PERSONA, none("matches", is_("pair_status", "OPEN")), ("pair_status",)),
        (Kind.PAIR, is_("mentor.user.user_status", "GONE"), ("MENTOR", "user", "user_status")),
        (Kind.PAIR, some("sides", WAITING), ("match_status",)),
    ],
)
def test_what_looks_at_the_people_of_a_record_alone(on: Kind, condition: Condition, expected: tuple[str, ...]) -> None:
    assert reach(condition, on, ROLES, ()) == Reach(True, frozenset(expected))


@pytest.mark.parametrize(
    ("on", "condition"),
    [
        (Kind.PERSONA, is_("partner.match_status", "RTBM")),
        (Kind.USER, some("personas", some("matches", some("sides", WAITING)))),
        (Kind.PERSONA, some("matches", is_("mentor.match_status", "RTBM"))),
        (Kind.PAIR, some("matches", WAITING)),
        (Kind.PROGRAM, is_("phase", "OPEN")),
        ("meeting", is_("held", "YES")),
    ],
)
def test_what_may_look_at_other_people(on: str, condition: Condition) -> None:
    assert not reach(condition, on, ROLES, ()).own


@pytest.mark.parametrize(
    ("on", "condition"),
    [
        (Kind.PERSONA, is_("match.pair_status", "OPEN")),
        (Kind.USER, every(WAITING, Did(frozenset({"withdraw"})))),
        (Kind.USER, is_("score", "3")),
    ],
)
def test_what_may_depend_on_anything(on: Kind, condition: Condition) -> None:
    found = reach(condition, on, ROLES, {"score"})
    assert found.values is None
    assert found.depends_on(frozenset({"user_status"}))


def test_what_depends_on_some_values_does_not_on_others() -> None:
    found = reach(WAITING, Kind.PERSONA, ROLES, ())
    assert found.depends_on(frozenset({"match_status", "persona_status"}))
    assert not found.depends_on(frozenset({"persona_status"}))
