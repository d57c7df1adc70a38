"""People who ask each other: by relation, with partners whom they do not see, on both databases."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from server.domain.actors import Caller
from server.domain.errors import NotFoundError, TransitionRefusedError
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Ref
from server.rules.loader import load_text
from server.services.due import Timetable
from server.services.reading import Reading
from server.store.database import Store
from server.store.matches import matches_by_ids
from server.store.sessions import Session
from tests.circle import EXAMPLES
from tests.services.club import BASE, BOSS, Club

RULES = load_text(BASE, "transitions.yaml", {"circle": EXAMPLES["circle"]}).rulesets


class Circle(Club):
    """mia and max are mentors, ned and nia mentees, all of them Ready To Be Matched."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, RULES, "circle")
        self.mia, self.max = self.ready("mia", MENTOR), self.ready("max", MENTOR)
        self.ned, self.nia = self.ready("ned", MENTEE), self.ready("nia", MENTEE)

    def ready(self, name: str, role: str) -> tuple[Ref, Ref]:
        user, persona = self.join(name, role)
        for transition in ("finish_application", "activate"):
            self.perform(transition, user)
        return user, persona

    def oneself(self, person: tuple[Ref, Ref]) -> Caller:
        return self.caller("PARTICIPANT", person[0])

    def ask(self, mentee: tuple[Ref, Ref], mentor: tuple[Ref, Ref]) -> Ref:
        done = self.perform("propose", mentee[1], partner=mentor[1], by=self.oneself(mentee))
        return done.created[0]

    def press(self, transition: str, match: Ref, person: tuple[Ref, Ref]) -> Any:
        return self.perform(transition, match, by=self.oneself(person))

    def row(self, match: Ref) -> Any:
        return self.store.query_now(lambda session: matches_by_ids(session.connection, [match.id])[match.id])

    def buttons(self, match: Ref, person: tuple[Ref, Ref]) -> set[str]:
        """The transitions of a pair that are offered and not blocked."""

        def work(session: Session) -> set[str]:
            found = self.offers.of(session, self.oneself(person), self.program, [match])
            return {offer.transition.id for offer in found[match] if offer.allowed}

        return self.store.query_now(work)


@pytest.fixture
def circle(store: Store) -> Circle:
    return Circle(store)


def refused(act: Callable[[], Any]) -> list[str]:
    with pytest.raises(TransitionRefusedError) as caught:
        act()
    return [blocker.text for blocker in caught.value.refused.refusal.blockers]


def test_a_mentee_asks_a_mentor_whom_they_do_not_see(circle: Circle) -> None:
    row = circle.row(circle.ask(circle.ned, circle.mia))
    assert (row.pair_status, row.proposed_by_id, row.opened_at) == ("PROPOSED", circle.ned[0].id, None)
    assert (row.mentor_id, row.mentee_id) == (circle.mia[1].id, circle.ned[1].id)


def test_who_does_not_fit_is_answered_like_who_does_not_exist(circle: Circle) -> None:
    ned = circle.oneself(circle.ned)
    missing = Ref(circle.nia[1].kind, 9999)
    _, busy = circle.join("bea", MENTOR)
    for partner in (circle.nia[1], busy, missing):
        with pytest.raises(NotFoundError) as caught:
            circle.perform("propose", circle.ned[1], partner=partner, by=ned)
        text = f"There is no Persona Persona-{partner.id}, or you may not see it."
        assert (caught.value.message, caught.value.path) == (text, ("partner",))


def test_who_may_not_press_it_learns_of_nobody(circle: Circle) -> None:
    for partner in (circle.ned[1], circle.max[1]):
        with pytest.raises(NotFoundError):
            circle.perform("propose", circle.mia[1], partner=partner, by=circle.oneself(circle.mia))
    with pytest.raises(NotFoundError):
        circle.perform("match", circle.ned[1], partner=circle.mia[1], by=circle.oneself(circle.ned))


def test_only_the_one_who_was_asked_accepts(circle: Circle) -> None:
    match = circle.ask(circle.ned, circle.mia)
    assert refused(lambda: circle.press("accept", match, circle.ned)) == [
        "Accept is for: the mentor of this match.",
    ]
    with pytest.raises(NotFoundError):
        circle.press("accept", match, circle.max)
    assert circle.row(match).pair_status == "PROPOSED"
    assert (circle.buttons(match, circle.ned), circle.buttons(match, circle.mia)) == (
        {"take_back"},
        {"accept", "decline"},
    )


def test_when_one_is_accepted_the_others_lapse(circle: Circle) -> None:
    first, second = circle.ask(circle.ned, circle.mia), circle.ask(circle.ned, circle.max)
    third = circle.ask(circle.nia, circle.mia)
    circle.press("accept", first, circle.mia)
    assert [circle.row(match).pair_status for match in (first, second, third)] == ["OPEN", "LAPSED", "LAPSED"]
    assert circle.row(first).opened_at is not None
    assert refused(lambda: circle.press("accept", second, circle.max))


def test_only_the_proposer_takes_a_proposal_back(circle: Circle) -> None:
    match = circle.ask(circle.ned, circle.mia)
    assert refused(lambda: circle.press("take_back", match, circle.mia)) == ["Take back is for: whoever proposed it."]
    circle.press("take_back", match, circle.ned)
    assert circle.row(match).pair_status == "WITHDRAWN"


def test_an_unanswered_proposal_lapses_after_two_weeks(circle: Circle) -> None:
    match = circle.ask(circle.ned, circle.mia)
    asked_at, table = circle.now, Timetable(circle.book, circle.clock)
    circle.now = asked_at + timedelta(days=14, minutes=-2)
    assert circle.act(table.run, "circle").changes == ()
    circle.now = asked_at + timedelta(days=14)
    assert [change.transition for change in circle.act(table.run, "circle").changes] == ["lapse_proposal"]
    assert circle.row(match).pair_status == "LAPSED"


def test_staff_without_a_record_propose_nothing_and_their_matches_have_no_proposer(circle: Circle) -> None:
    done = circle.perform("match", circle.max[1], partner=circle.nia[1], by=BOSS)
    assert circle.row(done.created[0]).proposed_by_id is None


def test_staff_with_a_record_are_the_proposers_of_what_they_make(circle: Circle) -> None:
    """max, who is staff as well, proposes ned to mia; ned does not know max."""
    staff = circle.caller("PROGRAM_ADMIN", circle.max[0])
    match = circle.perform("match", circle.mia[1], partner=circle.ned[1], by=staff).created[0]
    assert circle.row(match).proposed_by_id == circle.max[0].id
    facts = circle.known(match)
    assert facts.records[match].proposer == circle.max[0]
    assert facts.records[circle.max[0]].statuses["user_status"] == "ACTIVE"


def test_nobody_sees_the_proposals_of_strangers(circle: Circle) -> None:
    match, other = circle.ask(circle.ned, circle.mia), circle.ask(circle.nia, circle.mia)

    def seen(person: tuple[Ref, Ref]) -> set[int]:
        def work(session: Session) -> set[int]:
            reader = Reading(circle.book, circle.now).reader(session, circle.oneself(person))
            return set(reader.matches([match.id, other.id]))

        return circle.store.query_now(work)

    everybody = (circle.ned, circle.nia, circle.mia, circle.max)
    assert [seen(person) for person in everybody] == [{match.id}, {other.id}, {match.id, other.id}, set()]
