"""Which rows a sight shows: every scope with every kind of record, in full, as a partner, or not at all."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from sqlalchemy import select

from server.domain.access import EVERYTHING, Sight
from server.engine.facts import Kind, Ref
from server.store.tables import matches, personas, sites, status_changes, users
from server.store.visibility import changes_seen, homes, partners, records_seen, seen, sites_listed, sites_named
from tests.services.school import School
from tests.store.builders import counting_statements

TABLES = {Kind.USER: users, Kind.PERSONA: personas, Kind.PAIR: matches}
EVERYBODY = {"ann", "eve", "bob", "sid", "cat", "dan", "gus", "hal"}
NOBODY: set[str] = set()

Seen = tuple[Callable[[School], Sight], set[str], set[str], set[str]]
SIGHTS: Mapping[str, Seen] = {
    # whose sight: people in full, people as partners, pairs
    "everything": (lambda _: EVERYTHING, EVERYBODY, EVERYBODY, {"inner", "across", "outer"}),
    "nothing": (lambda _: Sight(), NOBODY, NOBODY, NOBODY),
    "the northern site": (
        lambda s: Sight(site_ids=frozenset({s.sites["north"]})),
        {"ann", "eve", "bob", "hal"},
        {"sid"},
        {"inner", "across"},
    ),
    "the southern site": (
        lambda s: Sight(site_ids=frozenset({s.sites["south"]})),
        {"sid", "cat", "dan"},
        {"bob"},
        {"across", "outer"},
    ),
    "both sites": (
        lambda s: Sight(site_ids=frozenset(s.sites.values())),
        EVERYBODY - {"gus"},
        NOBODY,
        {"inner", "across", "outer"},
    ),
    "a site that is not there": (lambda _: Sight(site_ids=frozenset({999})), NOBODY, NOBODY, NOBODY),
    "a mentor": (lambda s: Sight(user_id=s.bob.user.id), {"bob"}, {"sid"}, {"across"}),
    "a mentee": (lambda s: Sight(user_id=s.sid.user.id), {"sid"}, {"bob"}, {"across"}),
    "somebody without a match": (lambda s: Sight(user_id=s.gus.user.id), {"gus"}, NOBODY, NOBODY),
    "somebody who is not there": (lambda _: Sight(user_id=999), NOBODY, NOBODY, NOBODY),
    "a mentor who is staff elsewhere": (
        lambda s: Sight(site_ids=frozenset({s.sites["south"]}), user_id=s.ann.user.id),
        {"ann", "sid", "cat", "dan"},
        {"eve", "bob"},
        {"inner", "across", "outer"},
    ),
}
every_sight = pytest.mark.parametrize("whose", SIGHTS)


def numbers(school: School, kind: Kind, names: set[str]) -> set[int]:
    """The ids of the users or first personas of these people; of hal the second persona too."""
    people = school.everybody()
    found = {people[name].user.id if kind is Kind.USER else people[name].persona.id for name in names}
    return found | ({school.hals_second.id} if kind is Kind.PERSONA and "hal" in names else set())


def pairs(school: School, names: set[str]) -> set[int]:
    return {getattr(school, name).id for name in names}


def ask(school: School, fn: Any, *given: Any) -> Any:
    return school.store.query_now(lambda session: fn(session.connection, *given))


def every_id(school: School, kind: Kind) -> list[int]:
    return ask(school, lambda connection: list(connection.scalars(select(TABLES[kind].c.id))))


@every_sight
def test_each_sight_shows_its_records_and_no_others(school: School, whose: str) -> None:
    sight, full, _, shown_pairs = SIGHTS[whose]
    wanted = {
        Kind.USER: numbers(school, Kind.USER, full),
        Kind.PERSONA: numbers(school, Kind.PERSONA, full),
        Kind.PAIR: pairs(school, shown_pairs),
    }
    for kind, ids in wanted.items():
        assert ask(school, seen, sight(school), kind, [*every_id(school, kind), 12345]) - {12345} == ids
        condition = select(TABLES[kind].c.id).where(records_seen(sight(school), kind))
        assert set(ask(school, lambda c, listed=condition: c.scalars(listed).all())) == ids


@every_sight
def test_each_sight_shows_the_other_side_of_its_pairs_as_partners(school: School, whose: str) -> None:
    sight, full, as_partner, _ = SIGHTS[whose]
    for kind in (Kind.USER, Kind.PERSONA):
        found = ask(school, partners, sight(school), kind, every_id(school, kind))
        beyond = found - numbers(school, kind, full)
        assert beyond == numbers(school, kind, as_partner - full)
    assert ask(school, partners, sight(school), Kind.PAIR, every_id(school, Kind.PAIR)) == frozenset()


@every_sight
def test_history_is_seen_where_its_record_is_seen_in_full(school: School, whose: str) -> None:
    sight, full, _, shown_pairs = SIGHTS[whose]
    own = status_changes.c
    asked = select(own.subject_kind, own.subject_id).where(changes_seen(sight(school))).distinct()
    found = {(kind, number) for kind, number in ask(school, lambda c: c.execute(asked).all())}
    assert found == {
        *(("user", number) for number in numbers(school, Kind.USER, full)),
        *(("persona", number) for number in numbers(school, Kind.PERSONA, full)),
        *(("pair", number) for number in pairs(school, shown_pairs)),
    }


@pytest.mark.parametrize(
    ("whose", "listed", "named"),
    [
        ("everything", {"north", "south"}, {"north", "south"}),
        ("nothing", set(), set()),
        # hal, now at the northern site, still has the persona that was placed at the southern one
        ("the northern site", {"north"}, {"north", "south"}),
        ("the southern site", {"south"}, {"south"}),
        ("a mentor", {"north"}, {"north"}),
        ("a mentee", {"south"}, {"south"}),
        ("somebody without a match", set(), set()),
        ("a mentor who is staff elsewhere", {"north", "south"}, {"north", "south"}),
    ],
)
def test_sites_are_listed_where_somebody_belongs_and_named_where_a_persona_is(
    school: School, whose: str, listed: set[str], named: set[str]
) -> None:
    sight = SIGHTS[whose][0](school)
    for condition, keys in ((sites_listed(sight), listed), (sites_named(sight), named)):
        asked = select(sites.c.key).where(condition)
        assert set(ask(school, lambda c, statement=asked: c.scalars(statement).all())) == keys


KINDS = (Kind.USER, Kind.PERSONA, Kind.PAIR)


def test_whom_a_rule_finds_is_listed_and_what_belongs_to_them_is_known(school: School) -> None:
    found = frozenset({school.cat.persona, school.ann.user, school.across})
    sight = Sight(user_id=school.gus.user.id, found=found)
    listed = {
        kind: set(ask(school, lambda c, k=kind: c.scalars(select(TABLES[k].c.id).where(records_seen(sight, k))).all()))
        for kind in KINDS
    }
    assert listed == {
        Kind.USER: numbers(school, Kind.USER, {"gus", "ann"}),
        Kind.PERSONA: numbers(school, Kind.PERSONA, {"gus", "cat"}),
        Kind.PAIR: {school.across.id},
    }
    known = {kind: ask(school, partners, sight, kind, every_id(school, kind)) for kind in KINDS}
    assert known == {
        Kind.USER: numbers(school, Kind.USER, {"ann", "cat", "bob", "sid"}),
        Kind.PERSONA: numbers(school, Kind.PERSONA, {"cat", "bob", "sid"}),
        Kind.PAIR: {school.across.id},
    }
    for kind in KINDS:
        assert ask(school, seen, sight, kind, every_id(school, kind)) == numbers_of(school, kind, "gus")
    named = ask(school, lambda c: c.scalars(select(sites.c.key).where(sites_named(sight))).all())
    assert (named, ask(school, lambda c: c.scalars(select(sites.c.key).where(sites_listed(sight))).all())) == (
        ["south"],
        [],
    )
    changes = ask(school, lambda c: c.scalars(select(status_changes.c.subject_id).where(changes_seen(sight))).all())
    assert set(changes) == {school.gus.user.id, school.gus.persona.id}


def numbers_of(school: School, kind: Kind, name: str) -> set[int]:
    return set() if kind is Kind.PAIR else numbers(school, kind, {name})


def test_a_new_persona_elsewhere_takes_the_person_along(school: School) -> None:
    north = Sight(site_ids=frozenset({school.sites["north"]}))
    south = Sight(site_ids=frozenset({school.sites["south"]}))
    school.add("cat", school.cat, "MENTOR", "north")
    assert ask(school, seen, north, Kind.USER, [school.cat.user.id]) == {school.cat.user.id}
    assert ask(school, seen, south, Kind.USER, [school.cat.user.id]) == frozenset()
    assert ask(school, partners, south, Kind.USER, [school.cat.user.id]) == {school.cat.user.id}


def test_a_persona_without_a_site_leaves_the_person_where_they_were(school: School) -> None:
    added = school.add("cat", school.cat, "MENTOR")
    south = Sight(site_ids=frozenset({school.sites["south"]}))
    assert ask(school, seen, south, Kind.PERSONA, [added.id]) == {added.id}


def test_whoever_is_mentor_at_one_site_and_mentee_at_another_belongs_to_both(school: School) -> None:
    school.add("cat", school.cat, "MENTEE", "north")
    for key in ("north", "south"):
        sight = Sight(site_ids=frozenset({school.sites[key]}))
        assert ask(school, seen, sight, Kind.USER, [school.cat.user.id]) == {school.cat.user.id}


def test_everything_nothing_and_no_ids_cost_no_statement(school: School) -> None:
    def work(connection: Any) -> int:
        with counting_statements() as statements:
            assert seen(connection, EVERYTHING, Kind.USER, [1, 2]) == {1, 2}
            assert seen(connection, Sight(), Kind.USER, [1, 2]) == frozenset()
            assert seen(connection, Sight(user_id=1), Kind.USER, []) == frozenset()
            assert partners(connection, Sight(), Kind.USER, [1, 2]) == frozenset()
        return len(statements)

    assert ask(school, work) == 0


def test_the_program_of_a_record_is_found_by_its_id(school: School) -> None:
    assert ask(school, homes, Kind.PAIR, [school.inner.id, 999]) == {school.inner.id: school.program}
    assert ask(school, homes, Kind.USER, [Ref(Kind.USER, 1).id]) == {1: school.program}
