from dataclasses import dataclass

import pytest

from server.engine.conditions import All, AnyOf, Condition, Count, Filled, Named, Not
from server.engine.facts import Facts, Ref
from server.engine.memory import Been
from server.engine.paths import Scope
from tests.engine.builders import (
    a_match,
    a_matched_world,
    a_persona,
    a_user,
    a_world,
    edited,
    pair,
    persona,
    two_people,
    user,
)
from tests.engine.test_paths import half_a_pair, looking_from
from tests.engine.words import answered, every, is_, none, number, on, path, same, some

VERDICTS = (True, False, None)


@dataclass(frozen=True)
class Says:
    """A condition that always gives the same verdict."""

    verdict: bool | None

    def holds(self, scope: Scope) -> bool | None:
        return self.verdict


YES, NO, UNKNOWN = Says(True), Says(False), Says(None)


SOMEBODY = user(1)


def holds(condition: Condition, ref: Ref = SOMEBODY, facts: Facts | None = None) -> bool | None:
    return condition.holds(looking_from(ref, facts or two_people()))


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (True, True, True, True),
        (True, False, False, True),
        (True, None, None, True),
        (False, True, False, True),
        (False, False, False, False),
        (False, None, False, None),
        (None, True, None, True),
        (None, False, False, None),
        (None, None, None, None),
    ],
)
def test_and_and_or_follow_the_three_valued_table(
    one: bool | None, other: bool | None, both: bool | None, either: bool | None
) -> None:
    assert holds(All((Says(one), Says(other)))) is both
    assert holds(AnyOf((Says(one), Says(other)))) is either


@pytest.mark.parametrize(("verdict", "opposite"), [(True, False), (False, True), (None, None)])
def test_not_turns_yes_and_no_around_and_leaves_unknown(verdict: bool | None, opposite: bool | None) -> None:
    assert holds(Not(Says(verdict))) is opposite


def test_of_no_parts_all_hold_and_none_does() -> None:
    assert holds(All(())) is True
    assert holds(AnyOf(())) is False


@pytest.mark.parametrize("verdict", VERDICTS)
def test_a_fact_holds_when_its_condition_does(verdict: bool | None) -> None:
    assert holds(Named("a_fact", Says(verdict))) is verdict


def test_a_status_is_one_of_several() -> None:
    assert holds(is_("match_status", "RTBM", "MATCHED"), persona(11)) is True
    assert holds(is_("match_status", "CLOSED"), persona(11)) is False


def test_an_absent_value_is_none_of_them() -> None:
    assert holds(is_("mentor_site_list", "SPRING"), persona(11)) is False
    assert holds(is_("partner.match_status", "RTBM"), persona(11)) is False


def test_a_condition_can_be_asked_of_a_relative() -> None:
    rtbm = is_("match_status", "RTBM")
    assert holds(on("mentor", rtbm), pair(21), a_matched_world()) is False
    assert holds(on("partner", is_("match_status", "MATCHED")), persona(11), a_matched_world()) is True


def test_nothing_holds_of_a_relative_that_is_not_there() -> None:
    assert holds(on("partner", YES), persona(11)) is False


def test_two_values_are_the_same_or_not() -> None:
    assert holds(same("role", "this.role"), persona(11)) is True
    assert holds(same("mentor.role", "mentee.role"), pair(21), a_matched_world()) is False


def test_an_attribute_is_set_or_empty() -> None:
    placed, lost = a_world(a_user(), a_persona()), a_world(a_user(), a_persona(site=None))
    wanted, empty = Filled(path("partner_site"), True), Filled(path("partner_site"), False)
    assert [holds(wanted, persona(11), facts) for facts in (placed, lost)] == [True, False]
    assert [holds(empty, persona(11), facts) for facts in (placed, lost)] == [False, True]


def been(*statuses: str, of: str = "user_status") -> Been:
    return Been(path(of), frozenset(statuses))


def test_what_somebody_has_been_is_remembered() -> None:
    facts = a_world(a_user(1, "INACTIVE_WITHDRAWN", been=["SCREENING_INCOMPLETE"]))
    assert holds(been("ACTIVE", "SCREENING_INCOMPLETE"), user(1), facts) is True
    assert holds(been("ACTIVE"), user(1), facts) is False


def test_what_somebody_is_they_have_been() -> None:
    facts = edited(a_world(a_user(1, "ACTIVE")), user(1), past={})
    assert holds(been("ACTIVE"), user(1), facts) is True
    assert holds(been("REJECTED"), user(1), facts) is False


def test_nobody_has_been_nothing() -> None:
    assert holds(been("MATCHED", of="partner.match_status"), persona(11)) is False
    assert holds(been("MATCHED", of="user"), persona(11)) is False


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("", (True, False, False, True)),
        ("y", (False, True, True, True)),
        ("n", (True, False, False, True)),
        ("u", (None, None, None, True)),
        ("yu", (False, True, None, None)),
        ("nu", (None, None, None, True)),
        ("yy", (False, True, False, False)),
        ("yyu", (False, True, False, False)),
        ("yuu", (False, True, None, None)),
        ("uu", (None, None, None, None)),
        ("ynu", (False, True, None, None)),
    ],
)
def test_none_some_exactly_one_and_at_most_one_with_unknowns(found: str, expected: tuple[bool | None, ...]) -> None:
    """Of the personas found some satisfy the condition (y), some do not (n), of some it is unknown (u)."""
    where = _ByMark(found)
    facts = a_world(a_user(1), *(a_persona(number) for number in range(11, 11 + len(found))))
    counts = [(0, 0), (1, None), (1, 1), (0, 1)]
    limits = [tuple(None if limit is None else number(limit) for limit in pair) for pair in counts]
    verdicts = [holds(Count(path("personas"), where, least, most), user(1), facts) for least, most in limits]
    assert tuple(verdicts) == expected


@dataclass(frozen=True)
class _ByMark:
    marks: str

    def holds(self, scope: Scope) -> bool | None:
        return {"y": True, "n": False, "u": None}[self.marks[scope.self.ref.id - 11]]


def test_without_a_condition_all_are_counted() -> None:
    assert holds(Count(path("personas"), None, number(1), number(1)), user(1)) is True
    assert holds(none("matches"), user(1)) is True
    assert holds(some("matches"), user(1), a_matched_world()) is True


def test_an_answer_is_one_of_several() -> None:
    wants = answered("mentor_rematch", "YES", "MAYBE")
    assert wants.holds(looking_from(user(1), two_people(), answers={"mentor_rematch": "MAYBE"})) is True
    assert wants.holds(looking_from(user(1), two_people(), answers={"mentor_rematch": "NO"})) is False
    assert wants.holds(looking_from(user(1), two_people(), answers={})) is False


def test_before_anything_is_asked_an_answer_is_unknown() -> None:
    assert holds(answered("mentor_rematch", "YES")) is None


@pytest.mark.parametrize(
    "condition",
    [
        is_("mentee.match_status", "RTBM"),
        on("mentee", YES),
        same("mentee.role", "mentor.role"),
        same("mentor.role", "mentee.role"),
        Filled(path("mentee.partner_site"), True),
        been("RTBM", of="mentee.match_status"),
        none("mentee.user.personas"),
        Not(is_("mentee.match_status", "RTBM")),
    ],
)
def test_whatever_is_said_of_the_side_not_yet_chosen_is_unknown(condition: Condition) -> None:
    assert condition.holds(half_a_pair()) is None


def test_of_the_side_that_is_chosen_all_is_known() -> None:
    scope = half_a_pair()
    assert is_("mentor.match_status", "RTBM").holds(scope) is True
    assert every(is_("mentor.match_status", "CLOSED"), is_("mentee.match_status", "RTBM")).holds(scope) is False


def test_counting_the_sides_leaves_room_for_the_one_not_yet_chosen() -> None:
    scope = half_a_pair()
    ready, closed = is_("match_status", "RTBM"), is_("match_status", "CLOSED")
    assert Count(path("sides"), ready, at_least=number(2)).holds(scope) is None
    assert Count(path("sides"), closed, at_least=number(2)).holds(scope) is False
    assert none("sides", ready).holds(scope) is False
    assert none("sides", closed).holds(scope) is None
    assert some("sides", ready).holds(scope) is True
    assert Count(path("sides"), None, number(2), number(2)).holds(scope) is True


def test_a_match_can_be_counted_from_a_persona() -> None:
    facts = two_people("MATCHED", "MATCHED", a_match(), a_match(22, "CLOSED"))
    assert holds(Count(path("matches"), is_("pair_status", "OPEN"), number(1), number(1)), persona(11), facts) is True
