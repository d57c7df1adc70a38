"""What roles and their scopes come to: sight of a program, and rights on a record."""

from dataclasses import replace

import pytest

from server.domain.access import EVERYTHING, FieldClass, Sight
from server.domain.actors import Caller
from server.domain.errors import InputProblemsError
from server.engine.facts import Kind, Ref
from server.services.access import classes_of, known, program_named, programs_of, reach_of, roles_of, roles_on, sight
from tests.services.school import ANYBODY, RULES, School
from tests.store.builders import counting_statements

BASE = RULES["default"]
HOME, ABROAD = 1, 2


def a_caller(*roles: str, **given: int | None) -> Caller:
    return Caller("Sam", frozenset(roles), **{"program_id": HOME, **given})


@pytest.mark.parametrize(
    ("caller", "here", "there"),
    [
        (ANYBODY, EVERYTHING, EVERYTHING),
        (a_caller("SUPER_ADMIN"), EVERYTHING, Sight()),
        (a_caller("PROGRAM_ADMIN"), EVERYTHING, Sight()),
        (a_caller("AUDITOR"), EVERYTHING, Sight()),
        (a_caller("SITE_STAFF", site_id=7), Sight(site_ids=frozenset({7})), Sight()),
        (a_caller("PARTNER_ADMIN", site_id=7), Sight(site_ids=frozenset({7})), Sight()),
        (a_caller("PARTICIPANT", user_id=9), Sight(user_id=9), Sight()),
        (a_caller("PARTICIPANT", "SITE_STAFF", user_id=9, site_id=7), Sight(False, frozenset({7}), 9), Sight()),
        (a_caller("PROGRAM_ADMIN", "PARTICIPANT", user_id=9), Sight(whole=True, user_id=9), Sight()),
        (a_caller("SITE_STAFF"), Sight(), Sight()),
        (a_caller("PARTICIPANT", site_id=7), Sight(), Sight()),
        (a_caller("SYSTEM"), Sight(), Sight()),
        (a_caller("NEVER_HEARD_OF"), Sight(), Sight()),
        (a_caller(), Sight(), Sight()),
        (Caller("Sam", frozenset({"PROGRAM_ADMIN"})), Sight(), Sight()),
        (Caller("Sam", frozenset({"SITE_STAFF"}), site_id=7), Sight(), Sight()),
        (Caller("Sam", frozenset({"PARTICIPANT"}), user_id=9), Sight(), Sight()),
        (Caller("Sam", frozenset({"SYSTEM"})), Sight(), Sight()),
    ],
)
def test_the_sight_of_a_program_is_what_the_scopes_of_all_roles_come_to(
    caller: Caller, here: Sight, there: Sight
) -> None:
    assert sight(BASE, caller, HOME) == here
    assert sight(BASE, caller, ABROAD) == there


def test_a_role_with_the_scope_all_reaches_every_program() -> None:
    actors = {**BASE.actors, "VISITOR": replace(BASE.actors["AUDITOR"], key="VISITOR", scope="all")}
    ruleset = replace(BASE, actors=actors)
    assert reach_of(ruleset, Caller("Vera", frozenset({"VISITOR"})), ABROAD, "VISITOR") == EVERYTHING


def test_the_owner_needs_no_entry_among_the_actors() -> None:
    assert sight(replace(BASE, actors={}), ANYBODY, HOME) == EVERYTHING


@pytest.mark.parametrize(
    ("roles", "classes"),
    [
        ({"SUPER_ADMIN"}, set(FieldClass)),
        ({"AUDITOR"}, set(FieldClass)),
        ({"PARTNER_ADMIN"}, {FieldClass.PUBLIC, FieldClass.STAFF}),
        ({"PARTICIPANT"}, {FieldClass.PUBLIC, FieldClass.SENSITIVE}),
        ({"PARTICIPANT", "PARTNER_ADMIN"}, set(FieldClass)),
        (set(), set()),
        ({"NEVER_HEARD_OF"}, set()),
    ],
)
def test_the_classes_of_fields_are_those_of_all_roles_that_reach_the_record(
    roles: set[str], classes: set[FieldClass]
) -> None:
    assert classes_of(BASE, frozenset(roles)) == classes


def test_only_programs_in_which_something_is_seen_exist(school: School) -> None:
    keys = {name: [p.key for p in programs_of(school.book, caller)] for name, caller in _callers(school).items()}
    assert keys == {
        "owner": ["default", "post_secondary"],
        "office": ["default"],
        "staff": ["default"],
        "member": ["default"],
        "nobody": [],
    }


def _callers(school: School) -> dict[str, Caller]:
    return {
        "owner": ANYBODY,
        "office": school.office,
        "staff": school.north,
        "member": school.caller(),
        "nobody": Caller("Nemo", frozenset()),
    }


def test_a_program_that_is_not_seen_is_told_apart_from_none_by_nobody(school: School) -> None:
    told = []
    for key in ("post_secondary", "post_graduate_"):
        with pytest.raises(InputProblemsError) as caught:
            program_named(school.book, school.north, key)
        told.append([problem.text.replace(key, "KEY") for problem in caught.value.problems])
    assert told == [["There is no program KEY. There are: default."]] * 2
    assert program_named(school.book, school.north, None).key == "default"
    with pytest.raises(InputProblemsError, match="You belong to no program"):
        program_named(school.book, Caller("Nemo", frozenset()), None)


def test_without_a_program_of_that_name_one_has_to_be_said(school: School) -> None:
    abroad = Caller("Una", frozenset({"PROGRAM_ADMIN"}), program_id=school.other)
    with pytest.raises(InputProblemsError, match=r"Say which program\. There are: post_secondary\."):
        program_named(school.book, abroad, None)


def test_each_role_counts_only_where_it_reaches(school: School) -> None:
    both = replace(school.caller("SITE_STAFF", "PARTICIPANT", site="south", person=school.bob))

    def roles(ref: Ref) -> set[str]:
        return set(school.store.query_now(lambda session: roles_on(session, BASE, both, school.program, ref)))

    assert roles(school.bob.user) == {"PARTICIPANT"}
    assert roles(school.sid.persona) == {"SITE_STAFF"}
    assert roles(school.across) == {"SITE_STAFF", "PARTICIPANT"}
    assert roles(school.inner) == set()
    assert roles(Ref(Kind.USER, 999)) == set()


def test_whoever_has_the_whole_program_costs_no_statement(school: School) -> None:
    refs = [ref for person in school.everybody().values() for ref in (person.user, person.persona)]

    def work(session):
        with counting_statements() as seen:
            found = roles_of(session, BASE, school.office, school.program, refs)
        return found, len(seen)

    found, cost = school.store.query_now(work)
    assert set(found.values()) == {frozenset({"PROGRAM_ADMIN"})}
    assert cost == 0


@pytest.mark.parametrize("many", [1, 8])
def test_a_site_costs_a_statement_a_kind_however_many_the_records(school: School, many: int) -> None:
    people = list(school.everybody().values())[:many]

    def work(session):
        with counting_statements() as seen:
            roles_of(session, BASE, school.north, school.program, [r for p in people for r in (p.user, p.persona)])
        return len(seen)

    assert school.store.query_now(work) == 2


def test_what_may_be_named_is_seen_in_full_or_as_a_partner(school: School) -> None:
    every = [ref for person in school.everybody().values() for ref in (person.user, person.persona)]
    wanted = [*every, school.inner, school.across, school.outer]
    north = sight(BASE, school.north, school.program)
    found = school.store.query_now(lambda session: known(session, north, wanted))
    people = (school.ann, school.eve, school.bob, school.sid, school.hal)
    assert found == {*(ref for p in people for ref in (p.user, p.persona)), school.inner, school.across}
