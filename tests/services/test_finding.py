"""Whom people find by a rule: whom it serves, what is shown and recorded of them, and what stays hidden."""

from collections.abc import Iterator
from typing import Any

import pytest

from server.domain.access import FieldClass
from server.domain.actors import Caller
from server.domain.commands import Options
from server.domain.errors import InputProblemsError, NotFoundError
from server.domain.filters import PersonaFilter, UserFilter, UserOrder, Window
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Kind, Ref
from server.rules.loader import load_text
from server.services.fields import Fields
from server.services.reading import Reading
from server.services.reads import Reads
from server.store.database import open_store
from server.store.sessions import Session
from tests.rules.builders import SHIPPED
from tests.services.school import School
from tests.store.builders import counting_statements

FINDS = """
finds:
  mentors_here:
    allow: [PARTICIPANT]
    of: persona
    where: {role: MENTOR, some: {of: actor.personas, where: {partner_site: this.partner_site}}}
    sees: [staff]
  mentees: {allow: [PARTNER_ADMIN], of: user, where: {some: {of: personas, where: {role: MENTEE}}}}
fields:
  buddy: {of: user, label: Buddy, type: user, sees: public, allow: [PARTICIPANT]}
"""
OTHER = "extends: default\nprogram: other\ntitle: Other\n"
RULES = load_text(SHIPPED.read_text(encoding="utf-8") + FINDS, "base.yaml", {"other": OTHER}).rulesets
MANY = Window(limit=100)


@pytest.fixture
def school(sqlite_url: str) -> Iterator[School]:
    store = open_store(sqlite_url)
    yield School(store, RULES)
    store.close()


def personas(school: School, caller: Caller) -> set[int]:
    page = school.read(caller, lambda reader: reader.lists.personas_page(school.program, PersonaFilter(), MANY))
    return {row.id for row in page.rows}


def users(school: School, caller: Caller, **narrowed: Any) -> set[int]:
    wanted = UserFilter(**narrowed)
    page = school.read(caller, lambda reader: reader.lists.users_page(school.program, wanted, UserOrder(), MANY))
    return {row.id for row in page.rows}


def test_a_rule_serves_those_who_have_one_of_its_roles_in_its_program(school: School) -> None:
    eve = school.oneself(school.eve)
    here = {school.ann.persona.id, school.bob.persona.id, school.hals_second.id, school.eve.persona.id}
    assert personas(school, eve) == here
    assert personas(school, school.oneself(school.gus)) == {school.gus.persona.id}, "nobody else is at no site"
    assert personas(school, Caller("Eve", eve.roles, eve.user_id)) == set()
    assert personas(school, Caller("Eve", eve.roles, eve.user_id, school.other)) == set()
    assert personas(school, school.caller("PARTICIPANT")) == set()
    assert personas(school, school.caller("AUDITOR")) == personas(school, school.office)


def test_staff_without_a_record_find_by_a_rule_that_does_not_ask_for_one(school: School) -> None:
    partner = school.caller("PARTNER_ADMIN", site="north")
    own = {school.ann.user.id, school.eve.user.id, school.bob.user.id, school.hal.user.id}
    assert users(school, partner) == own | {school.sid.user.id, school.dan.user.id}
    # The personas of dan are not found, so that nothing of them finds dan either.
    assert users(school, partner, role=MENTEE) == {school.eve.user.id}
    assert users(school, partner, site_id=school.sites["south"]) == {school.hal.user.id}


def test_what_is_shown_is_what_the_rule_says_and_the_person_is_seen_as_a_partner(school: School) -> None:
    def classes(kind: Kind, ref: Ref) -> Any:
        return school.read(school.oneself(school.eve), lambda r: r.classes(kind, ref.id, school.program))

    assert classes(Kind.PERSONA, school.bob.persona) == {FieldClass.PUBLIC, FieldClass.STAFF}
    assert classes(Kind.USER, school.bob.user) == frozenset()
    assert classes(Kind.PERSONA, school.cat.persona) == frozenset()
    found = school.read(school.oneself(school.eve), lambda r: set(r.users([school.bob.user.id, school.cat.user.id])))
    assert found == {school.bob.user.id}


def test_who_is_found_is_known_but_nobody_to_act_upon(school: School) -> None:
    eve, before = school.oneself(school.eve), school.dump()
    with pytest.raises(NotFoundError):
        school.perform("not_matching", school.bob.persona, by=eve)
    fields = Fields(school.book, school.clock)
    with pytest.raises(InputProblemsError):
        school.act(fields.update, school.eve.user, {"buddy": (f"User-{school.cat.user.id}",)}, Options(), by=eve)
    assert school.dump() == before
    school.act(fields.update, school.eve.user, {"buddy": (f"User-{school.bob.user.id}",)}, Options(), by=eve)
    offers = school.store.query_now(lambda s: school.offers.of(s, eve, school.program, [school.bob.persona]))
    assert offers == {school.bob.persona: ()}


def test_whoever_is_found_is_recorded_as_read(school: School) -> None:
    reads = Reads()

    def work(session: Session) -> None:
        reader = Reading(school.book, school.now, reads).reader(session, school.oneself(school.eve))
        reader.lists.personas_page(school.program, PersonaFilter(role=MENTOR), MANY)

    school.store.query_now(work)
    shown = {number for number, _ in reads.shown(school.program, Kind.PERSONA)}
    assert shown == {school.ann.persona.id, school.bob.persona.id, school.hals_second.id}


def test_a_rule_costs_one_statement_and_only_those_whom_it_serves(school: School) -> None:
    def statements(caller: Caller) -> int:
        with counting_statements() as counted:
            school.read(caller, lambda reader: reader.sight(school.program))
        return sum("SELECT" in statement for statement in counted)

    assert [statements(who) for who in (school.office, school.oneself(school.eve))] == [0, 1]
