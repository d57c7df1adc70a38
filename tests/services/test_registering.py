"""Registering people who are known: who may learn what of them, and what becomes of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from server.domain.actors import STRANGER
from server.domain.commands import Applied, Options, Registration
from server.domain.errors import AlreadyExistsError, InputProblemsError, TransitionRefusedError
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Kind
from server.rules.loader import load_text
from server.store.sessions import Store
from tests.services.school import ANYBODY, School

SHIPPED = (Path(__file__).parents[2] / "rules" / "transitions.yaml").read_text(encoding="utf-8")
PLAIN = Options()
WAYS = """
  come:
    machine: user_status
    label: Come
    creates: user
    to: APPLICATION_INCOMPLETE
    allow: [ANYONE, SITE_STAFF]
    known: come_again
  come_again:
    machine: persona_status
    label: Come again
    creates: persona
    to: ACTIVE
    allow: [SYSTEM]
    require:
      ONCE: {that: {none: {of: personas, where: {role: created.role}}}, otherwise: There is such a persona already.}

  # --- User Status"""
TEXT = SHIPPED.replace("\nroles:", "  ANYONE: {label: Anybody, scope: none}\nroles:", 1).replace(
    "\n  # --- User Status", WAYS, 1
)


@pytest.fixture
def school(store: Store) -> School:
    return School(store, load_text(TEXT).rulesets)


def coming(school: School, name: str, role: str, **more: Any) -> Callable[..., Applied]:
    new = Registration(role, "Somebody Else", f"{name}@example.org", transition="come", **more)
    return lambda by, options=PLAIN: school.act(school.people.register, new, options, by=by)


def test_somebody_known_gains_a_persona_and_stays_as_they_are(school: School) -> None:
    done = coming(school, "SID", MENTOR, partner_site="north")(school.north)
    assert (done.subject, [made.kind for made in done.created]) == (school.sid.user, [Kind.PERSONA])
    assert [(change.transition, change.actor_name) for change in done.changes][:1] == [
        ("come_again", school.north.name)
    ]
    tried = coming(school, "gus", MENTEE, partner_site="north")(ANYBODY, Options(dry_run=True))
    assert (tried.subject, [made.kind for made in tried.plan.creations]) == (None, [Kind.PERSONA])


def test_of_somebody_unseen_nothing_is_told_but_that_they_are_known(school: School) -> None:
    before = school.dump()
    with pytest.raises(InputProblemsError) as unseen:
        coming(school, "sid", MENTEE, partner_site="north")(school.north)
    assert [(problem.path, problem.code) for problem in unseen.value.problems] == [(("email",), "ALREADY_EXISTS")]
    with pytest.raises(TransitionRefusedError) as seen:
        coming(school, "eve", MENTEE, partner_site="north")(school.north)
    assert [blocker.code for blocker in seen.value.refused.refusal.blockers] == ["ONCE"]
    assert school.dump() == before


def test_the_address_of_one_and_the_external_id_of_another_are_refused(school: School) -> None:
    with pytest.raises(InputProblemsError) as caught:
        coming(school, "ann", MENTEE, external_id="no-eve", partner_site="north")(school.north)
    assert [(problem.path, problem.code) for problem in caught.value.problems] == [(("external_id",), "ALREADY_EXISTS")]


def test_a_stranger_is_told_the_same_of_everybody_and_writes_only_what_the_rules_say(school: School) -> None:
    outcomes = [coming(school, name, role)(STRANGER) for name, role in (("una", MENTOR), ("sid", MENTOR))]
    before = school.dump()
    outcomes.append(coming(school, "sid", MENTOR)(STRANGER))
    assert school.dump() == before
    assert len({repr((each.subject, each.changes, each.created, each.warnings)) for each in outcomes}) == 1
    assert outcomes[0].subject is None


def test_who_was_faster_is_known_at_the_second_try(school: School) -> None:
    class Beaten:
        """A session in which somebody else registers the same person first."""

        tries = 0

        def act(self, fn: Callable[[Any], Applied]) -> Applied:
            self.tries += 1
            if self.tries == 1:
                raise AlreadyExistsError("taken")
            return school.store.mutate_now(lambda session: session.act(fn))

    beaten, new = Beaten(), Registration(MENTOR, "Una", "una@example.org", transition="come")
    done = school.people.register(beaten, STRANGER, new, Options())  # type: ignore[arg-type]  # all it needs
    assert (beaten.tries, done.subject) == (2, None)
