"""Buttons, to everybody: what is offered on whom, with reasons that name nobody who may not be seen."""

from collections.abc import Mapping
from typing import Any

import pytest

from server.domain.actors import Caller
from server.domain.commands import Options
from server.domain.errors import TransitionRefusedError
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Ref
from server.store.sessions import Session
from tests.services.school import ANYBODY, GOODBYE, School
from tests.services.test_reading_scope import caller
from tests.store.builders import counting_statements


def offered(school: School, by: Caller, *refs: Ref) -> Mapping[Ref, Any]:
    return school.store.query_now(lambda session: school.offers.of(session, by, school.program, refs))


def allowed(school: School, by: Caller, ref: Ref) -> set[str]:
    return {offer.transition.id for offer in offered(school, by, ref)[ref] if offer.allowed}


def test_buttons_are_those_of_the_roles_that_reach_the_record(school: School) -> None:
    assert "withdraw" in allowed(school, school.north, school.hal.user)
    assert allowed(school, school.caller("AUDITOR"), school.hal.user) == set()
    assert allowed(school, school.oneself(school.hal), school.hal.user) == set()
    assert "close_match" in allowed(school, school.north, school.across)


def test_nothing_is_offered_on_a_partner_nor_on_a_stranger(school: School) -> None:
    refs = [school.sid.user, school.sid.persona, school.dan.user, school.outer]
    assert offered(school, school.north, *refs) == dict.fromkeys(refs, ())


def test_what_stands_in_the_way_is_named_to_whoever_may_see_it(school: School) -> None:
    done = school.perform("close_match", school.across, answers=GOODBYE)
    again = next(ref for ref in done.created if _role(school, ref) == MENTEE)
    school.act(school.people.place_persona, again, {"partner_site": "south"}, Options())
    school.perform("make_rtbm", again)
    school.perform("match", school.ready("zoe", MENTOR, "south").persona, partner=again)

    def in_the_way(by: Caller) -> list[tuple[str, Ref | None]]:
        (button,) = [o for o in offered(school, by, school.across)[school.across] if o.transition.id == "open_match"]
        return [(b.text, b.subject) for b in button.blockers if b.code == "NOT_REMATCHED_MENTEE"]

    text = "The mentee is in another match. Close that one first."
    assert in_the_way(school.office) == [(text, again)]
    assert in_the_way(school.south) == [(text, again)]
    assert in_the_way(school.north) == [(text, None)]
    with pytest.raises(TransitionRefusedError) as caught:
        school.perform("open_match", school.across, by=school.north)
    blockers = caught.value.refused.refusal.blockers
    assert [(b.subject, b.seen) for b in blockers if b.code == "NOT_REMATCHED_MENTEE"] == [(None, ())]


def _role(school: School, ref: Ref) -> str:
    return school.read(ANYBODY, lambda read: read.personas([ref.id])[ref.id].role)


@pytest.mark.parametrize("by", ["office", "north", "bob"])
def test_the_buttons_of_many_cost_as_many_statements_as_those_of_one(school: School, by: str) -> None:
    def cost(*refs: Ref) -> int:
        def work(session: Session) -> int:
            with counting_statements() as statements:
                school.offers.of(session, caller(school, by), school.program, refs)
            return len(statements)

        return school.store.query_now(work)

    everybody = [person.user for person in school.everybody().values()]
    assert cost(*everybody) == cost(school.bob.user)
