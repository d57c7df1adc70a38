"""Values that are worked out: what is missing, what is not known yet, and how large numbers may grow."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.engine.ages import holds_from
from server.engine.conditions import Condition, Latest, Not
from server.engine.derived import Arithmetic, Cases, Counted, Days, Share, Steps, Summed
from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.paths import Operand, Path, Scope, Terms, UnknownRecordError
from server.engine.values import Compare, Constant, Now, ValueOf, is_value
from tests.engine.builders import (
    NOW,
    a_closed_world,
    a_match,
    a_matched_world,
    edited,
    pair,
    persona,
    two_people,
    user,
)
from tests.engine.clockwork import age
from tests.engine.words import is_, number, path, same

UTC = ZoneInfo("UTC")
SINCE = Path("since", value="since")
MISSING = ValueOf(Path("nowhere", value="nowhere"))
LARGEST = "9" * 18


def here(facts: Facts | None = None, ref: Ref | None = None, terms: Terms | None = None) -> Scope:
    situation = Situation(facts or two_people())
    record = situation.record(ref or persona(11))
    return Scope(situation, record, record, terms=terms or Terms())


def half_a_pair() -> Scope:
    """A match as it is offered on the mentor: the other side is not chosen yet."""
    situation = Situation(two_people())
    offered = Record(Ref(Kind.PAIR, -1), 1, {"pair_status": "OPEN"}, links={"MENTOR": persona(11)})
    return Scope(situation, offered, offered)


@pytest.mark.parametrize(
    ("operator", "parts", "result"),
    [("plus", (2, 3, 4), "9"), ("minus", (10, 3, 4), "3"), ("times", (2, 3, -4), "-24"), ("minus", (7,), "7")],
)
def test_numbers_are_reckoned_from_left_to_right(operator: str, parts: tuple[int, ...], result: str) -> None:
    assert Arithmetic(operator, tuple(number(part) for part in parts)).value(here()) == result


@pytest.mark.parametrize("operator", ["plus", "minus", "times"])
def test_one_missing_number_makes_the_result_missing(operator: str) -> None:
    assert Arithmetic(operator, (number(1), MISSING)).value(here()) is None


@given(
    st.sampled_from(["plus", "minus", "times"]),
    st.lists(st.integers(min_value=-(10**18) + 1, max_value=10**18 - 1), min_size=1, max_size=6),
)
def test_whatever_is_reckoned_stays_a_value_that_can_be_kept(operator: str, parts: list[int]) -> None:
    found = Arithmetic(operator, tuple(number(part) for part in parts)).value(here())
    assert found is not None
    assert is_value("integer", found)


def test_a_number_that_would_grow_too_large_stops() -> None:
    assert Arithmetic("times", (Constant(LARGEST), number(-10))).value(here()) == f"-{LARGEST}"
    assert Summed(Constant(LARGEST), path("sides")).value(here(a_matched_world(), pair(21))) == LARGEST


def test_counts_and_sums_leave_out_what_is_missing() -> None:
    facts = a_closed_world(a_match(22), a_match(23))
    assert Counted(path("matches"), is_("pair_status", "OPEN")).value(here(facts)) == "2"
    assert Counted(path("matches")).value(here(facts)) == "3"
    assert Summed(MISSING, path("matches")).value(here(facts)) == "0"
    assert Summed(number(4), path("matches"), is_("pair_status", "CLOSED")).value(here(facts)) == "4"


def test_a_share_is_rounded_down_and_missing_of_nobody() -> None:
    facts = a_closed_world(a_match(22), a_match(23))
    assert Share(path("matches"), is_("pair_status", "OPEN")).value(here(facts)) == "66"
    assert Share(path("matches"), is_("pair_status", "OPEN")).value(here()) is None
    assert Share(path("matches"), is_("pair_status", "OPEN"), is_("pair_status", "OPEN")).value(here(facts)) == "100"


@pytest.mark.parametrize(("given_", "found"), [("-1", None), ("0", "5"), ("9", "5"), ("10", "1"), ("999", "1")])
def test_a_step_is_that_of_the_largest_threshold_reached(given_: str, found: str | None) -> None:
    assert Steps(Constant(given_), {10: 1, 0: 5}).value(here()) == found


def test_a_step_of_what_is_missing_is_missing() -> None:
    assert Steps(MISSING, {0: 5}).value(here()) is None


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        (Constant("2026-08-31"), Now("date", UTC), "1"),
        (Now("instant", UTC), Constant("2026-08-31"), "-1"),
        (Constant("2026-08-31T23:59:00.000000Z"), Constant("2026-09-01T00:01:00.000000Z"), "1"),
        (Constant("2026-09-01"), Now("instant", UTC), "0"),
        (MISSING, Now("date", UTC), None),
    ],
)
def test_days_are_those_between_two_days_of_the_calendar(start: Operand, end: Operand, days: str | None) -> None:
    assert Days(start, end, UTC).value(here()) == days


def test_a_case_is_the_first_that_holds_or_none() -> None:
    cases = (("FULL", is_("match_status", "MATCHED")), ("FREE", is_("match_status", "RTBM")))
    assert Cases(cases).value(here()) == "FREE"
    assert Cases(cases).value(here(a_matched_world())) == "FULL"
    assert Cases(cases).value(here(a_closed_world())) is None
    assert Cases((*cases, ("GONE", None))).value(here(a_closed_world())) == "GONE"


@pytest.mark.parametrize(
    "formula",
    [
        Counted(path("sides")),
        Summed(number(1), path("sides")),
        Share(path("sides"), is_("match_status", "RTBM")),
        Cases((("BOTH", is_("mentee.match_status", "RTBM")), ("REST", None))),
    ],
)
def test_what_depends_on_somebody_not_yet_chosen_is_not_known_and_blocks_nothing(formula: Operand) -> None:
    scope = half_a_pair()
    with pytest.raises(UnknownRecordError):
        formula.value(scope)
    derived = Terms(derived={"worked_out": formula})
    asked = Compare(Path("worked_out", value="worked_out"), "equals", number(2), "integer")
    assert asked.holds(Scope(scope.situation, scope.self, scope.this, terms=derived)) is None


def test_a_derived_value_is_worked_out_of_the_record_at_its_path() -> None:
    terms = Terms(derived={"open_ones": Counted(path("matches"), is_("pair_status", "OPEN"))})
    facts = a_matched_world(a_match(22))
    asked = Compare(Path("mentor.open_ones", links=("MENTOR",), value="open_ones"), "equals", number(2), "integer")
    assert asked.holds(here(facts, pair(21), terms)) is True


def test_the_last_of_a_list_is_the_one_made_last_of_those_that_fit() -> None:
    facts = a_closed_world(a_match(22), a_match(23, "CLOSED"))
    assert Latest(path("matches"), None, is_("pair_status", "CLOSED")).holds(here(facts)) is True
    assert Latest(path("matches"), None, is_("pair_status", "OPEN")).holds(here(facts)) is False
    opened = is_("pair_status", "OPEN")
    assert Latest(path("matches"), opened, opened).holds(here(facts)) is True
    assert Latest(path("matches"), is_("pair_status", "REMOVED"), opened).holds(here(facts)) is False
    assert Latest(path("matches"), None, same("pair_status", "this.match.pair_status")).holds(here(facts)) is True


def trained(days: int) -> Scope:
    """Somebody whose training was so many days ago, among rules that count the days."""
    formula = Days(ValueOf(Path("trained", value="trained")), Now("date", UTC), UTC)
    facts = edited(two_people(), user(1), values={"trained": (NOW - timedelta(days=days)).date().isoformat()})
    cases = Cases((("OLD", Compare(SINCE, "at_least", number(30), "integer")), ("FRESH", None)))
    return here(facts, user(1), Terms(derived={"since": formula, "standing": cases}))


@pytest.mark.parametrize(
    "condition",
    [
        Compare(SINCE, "at_least", number(30), "integer"),
        Not(Compare(SINCE, "less_than", number(30), "integer")),
        is_("standing", "OLD"),
        is_("this.standing", "OLD"),
    ],
)
def test_a_condition_on_days_tells_from_when_on_it_holds(condition: Condition) -> None:
    assert condition.holds(trained(20)) is False
    assert holds_from(condition, trained(20)) == NOW.replace(hour=0) + timedelta(days=10)
    assert condition.holds(trained(30)) is True


def test_what_counts_by_ages_tells_from_when_on_it_holds() -> None:
    since = NOW - timedelta(days=20)
    facts = two_people("RTBM", "RTBM", a_match(21, since=since), a_match(22, since=since))
    counted = Counted(path("matches"), age("pair_status", "P30D"))
    terms = Terms(derived={"old_ones": Arithmetic("plus", (counted, number(1)))})
    condition = Compare(Path("old_ones", value="old_ones"), "at_least", number(3), "integer")
    assert holds_from(condition, here(facts, persona(11), terms)) == since + timedelta(days=30)
