"""Which record a record is: true, false, or not known yet; and who may press, in words."""

import pytest

from server.engine.blame import blame
from server.engine.conditions import All, AnyOf, Condition, Identical, Named, Not, OneOf
from server.engine.facts import Facts, Record, Ref, Situation
from server.engine.paths import Path, Scope, UnknownRecordError, refs_at
from server.engine.who import who
from tests.engine.builders import a_match, a_matched_world, edited, pair, persona, user
from tests.engine.flow import FLOW

ACTOR = Path("actor", "actor")
MENTOR = Path("mentor.user", links=("MENTOR", "user"))
MENTEE = Path("mentee.user", links=("MENTEE", "user"))
PROPOSER = Path("proposer", links=("proposer",))
FACTS = edited(a_matched_world(a_match(22, mentee=14)), pair(21), proposer=user(2))


def scope(actor: Ref | None, number: int = 21, facts: Facts = FACTS) -> Scope:
    record: Record = facts.records[pair(number)]
    return Scope(Situation(facts), record, record, actor=actor)


@pytest.mark.parametrize(
    ("actor", "others", "verdict"),
    [
        (user(1), (MENTOR,), True),
        (user(2), (MENTOR,), False),
        (user(2), (MENTOR, MENTEE), True),
        (user(2), (PROPOSER,), True),
        (user(1), (PROPOSER,), False),
        (None, (MENTOR,), None),
        (user(9), (MENTOR,), False),
    ],
)
def test_the_actor_is_one_of_several_people(actor: Ref | None, others: tuple[Path, ...], verdict: bool | None) -> None:
    assert Identical(ACTOR, others).holds(scope(actor)) is verdict


@pytest.mark.parametrize(("actor", "verdict"), [(user(1), True), (user(2), None)])
def test_a_side_that_is_not_known_may_be_anybody(actor: Ref, verdict: bool | None) -> None:
    assert Identical(ACTOR, (MENTOR, MENTEE)).holds(scope(actor, 22)) is verdict


def test_a_pair_that_nobody_proposed_has_no_proposer_rather_than_an_unknown_one() -> None:
    assert refs_at(PROPOSER, scope(user(1), 22)) == frozenset()
    assert Identical(ACTOR, (PROPOSER,)).holds(scope(user(1), 22)) is False


def test_a_record_is_itself_and_no_other() -> None:
    this = Path("this", "this")
    here = scope(None)
    assert Identical(Path("self"), (this,)).holds(here) is True
    assert Identical(Path("self"), (this,)).holds(here.at(FACTS.records[pair(22)])) is False


def test_ways_from_the_actor_are_unknown_without_one() -> None:
    with pytest.raises(UnknownRecordError):
        refs_at(ACTOR, scope(None))
    status = OneOf(Path("actor.user_status", "actor", (), "user_status"), frozenset({"ACTIVE"}))
    assert status.holds(scope(None)) is None
    assert status.holds(scope(user(1))) is True


def test_the_record_in_the_way_is_the_one_compared() -> None:
    assert blame(Identical(ACTOR, (MENTOR,)), scope(user(2))) == (user(2), ())
    side = Path("mentor", links=("MENTOR",))
    assert blame(Not(Identical(side, (side,))), scope(None)) == (persona(11), ())


IS_MENTOR, IS_MENTEE = Identical(ACTOR, (MENTOR,)), Identical(ACTOR, (MENTEE,))
IS_PROPOSER, ACTIVE = (
    Identical(ACTOR, (PROPOSER,)),
    OneOf(Path("pair_status", value="pair_status"), frozenset({"OPEN"})),
)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        (None, "Staff"),
        (IS_MENTOR, "the mentor of this match"),
        (Named("mine", IS_MENTOR), "the mentor of this match"),
        (AnyOf((IS_MENTOR, IS_MENTEE)), "the mentor of this match or the mentee of this match"),
        (AnyOf((IS_MENTOR, ACTIVE)), "Staff, under a condition of the rules"),
        (Not(IS_PROPOSER), "anybody but whoever proposed it"),
        (All((IS_MENTOR, Not(IS_PROPOSER))), "the mentor of this match, but not whoever proposed it"),
        (All((IS_MENTOR, ACTIVE)), "the mentor of this match, under a condition of the rules"),
        (All((Not(IS_PROPOSER), ACTIVE)), "anybody but whoever proposed it, under a condition of the rules"),
        (All((ACTIVE,)), "Staff, under a condition of the rules"),
        (Identical(ACTOR, (Path("self"),)), "the person themselves"),
        (Identical(ACTOR, (Path("partner.user", links=("partner", "user")),)), "the partner"),
        (Identical(ACTOR, (Path("match.mentor.user", links=("match", "MENTOR", "user")),)), "the mentor of the match"),
    ],
)
def test_who_may_is_said_in_words(condition: Condition | None, said: str) -> None:
    assert who("Staff", condition, FLOW) == said
