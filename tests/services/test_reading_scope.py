"""Reading, by everybody: what is not seen is as if it did not exist, in every list, count and look-up."""

from collections.abc import Mapping
from typing import Any

import pytest

from server.domain.access import FieldClass
from server.domain.actors import Caller
from server.domain.filters import HistoryFilter, MatchFilter, PersonaFilter, UserFilter, UserOrder, Window
from server.domain.vocabulary import MATCH_STATUS, MENTOR, PAIR_STATUS, USER_STATUS
from server.engine.facts import Kind, Ref
from server.services.reading import Reader
from tests.services.school import ANYBODY, GOODBYE, School
from tests.store.builders import counting_statements

MANY = Window(limit=100)
PAIRS = ("inner", "across", "outer")
STAFF = {FieldClass.PUBLIC, FieldClass.STAFF, FieldClass.SENSITIVE}
OWN = {FieldClass.PUBLIC, FieldClass.SENSITIVE}

Row = tuple[set[str], set[str], set[str], set[str]]
CALLERS: Mapping[str, Row] = {
    # who: people in full, people as partners, pairs, sites
    "owner": ({"ann", "eve", "bob", "sid", "cat", "dan", "gus", "hal"}, set(), set(PAIRS), {"north", "south"}),
    "office": ({"ann", "eve", "bob", "sid", "cat", "dan", "gus", "hal"}, set(), set(PAIRS), {"north", "south"}),
    "auditor": ({"ann", "eve", "bob", "sid", "cat", "dan", "gus", "hal"}, set(), set(PAIRS), {"north", "south"}),
    "north": ({"ann", "eve", "bob", "hal"}, {"sid"}, {"inner", "across"}, {"north"}),
    "south": ({"sid", "cat", "dan"}, {"bob"}, {"across", "outer"}, {"south"}),
    "partner admin": ({"sid", "cat", "dan"}, {"bob"}, {"across", "outer"}, {"south"}),
    "bob": ({"bob"}, {"sid"}, {"across"}, {"north"}),
    "sid": ({"sid"}, {"bob"}, {"across"}, {"south"}),
    "gus": ({"gus"}, set(), set(), set()),
    "abroad": (set(), set(), set(), set()),
    "platform": (set(), set(), set(), set()),
    "nobody": (set(), set(), set(), set()),
}
everybody = pytest.mark.parametrize("who", CALLERS)


def caller(school: School, who: str) -> Caller:
    found: dict[str, Caller] = {
        "owner": ANYBODY,
        "office": school.office,
        "auditor": school.caller("AUDITOR"),
        "north": school.north,
        "south": school.south,
        "partner admin": school.caller("PARTNER_ADMIN", site="south"),
        "abroad": Caller("Una", frozenset({"PROGRAM_ADMIN"}), program_id=school.other),
        "platform": Caller("Hal 9000", frozenset({"SYSTEM"})),
        "nobody": Caller("Nemo", frozenset()),
    }
    return found.get(who) or school.oneself(school.everybody()[who])


def name_of(school: School, ref: Ref) -> str:
    """A person's name, or the pair's."""
    for name, person in school.everybody().items():
        if ref in {person.user, person.persona}:
            return name
    if ref == school.hals_second:
        return "hal"
    return next(name for name in PAIRS if getattr(school, name) == ref)


def names(school: School, kind: Kind, ids: Any) -> set[str]:
    return {name_of(school, Ref(kind, number)) for number in ids}


def every(school: School, kind: Kind) -> list[int]:
    if kind is Kind.PAIR:
        return [getattr(school, name).id for name in PAIRS]
    people = [p.user if kind is Kind.USER else p.persona for p in school.everybody().values()]
    return [ref.id for ref in (*people, *([school.hals_second] if kind is Kind.PERSONA else []))]


@everybody
def test_lists_and_their_totals_hold_what_is_seen_in_full(school: School, who: str) -> None:
    full, _, pairs, sites = CALLERS[who]
    program = school.program

    def ask(read: Reader) -> None:
        users = read.lists.users_page(program, UserFilter(), UserOrder(), MANY)
        personas = read.lists.personas_page(program, PersonaFilter(), MANY)
        matches = read.lists.matches_page(program, MatchFilter(), MANY)
        assert names(school, Kind.USER, [row.id for row in users.rows]) == full
        assert names(school, Kind.PERSONA, [row.id for row in personas.rows]) == full
        assert names(school, Kind.PAIR, [row.id for row in matches.rows]) == pairs
        assert {site.key for site in read.sites_of(program)} == sites
        assert read.lists.users_total(program, UserFilter()).count == len(users.rows) == len(full)
        assert read.lists.personas_total(program, PersonaFilter()).count == len(personas.rows)
        assert read.lists.matches_total(program, MatchFilter()).count == len(matches.rows)

    school.read(caller(school, who), ask)


@everybody
def test_pages_go_over_what_is_seen_as_if_there_were_nothing_else(school: School, who: str) -> None:
    full = CALLERS[who][0]

    def ask(read: Reader) -> list[int]:
        found: list[int] = []
        page = read.lists.users_page(school.program, UserFilter(), UserOrder(), Window(limit=1))
        while page.rows:
            found += [row.id for row in page.rows]
            after = Window(limit=1, after=page.keys[-1])
            assert page.has_next is (len(found) < len(full))
            page = read.lists.users_page(school.program, UserFilter(), UserOrder(), after)
        return found

    assert names(school, Kind.USER, school.read(caller(school, who), ask)) == full


@everybody
def test_counts_of_statuses_count_what_is_seen_in_full(school: School, who: str) -> None:
    full, _, pairs, _ = CALLERS[who]

    def ask(read: Reader) -> list[int]:
        machines = ((Kind.USER, USER_STATUS), (Kind.PAIR, PAIR_STATUS), (Kind.PERSONA, MATCH_STATUS))
        return [sum(read.status_counts(school.program, *machine).values()) for machine in machines]

    assert school.read(caller(school, who), ask) == [len(full), len(pairs), len(full) + ("hal" in full)]


@everybody
def test_by_their_ids_partners_are_found_too_and_nobody_else(school: School, who: str) -> None:
    full, as_partner, pairs, _ = CALLERS[who]

    def ask(read: Reader) -> None:
        ids = {kind: [*every(school, kind), 999] for kind in Kind}
        assert names(school, Kind.USER, read.users(ids[Kind.USER])) == full | as_partner
        assert names(school, Kind.PERSONA, read.personas(ids[Kind.PERSONA])) == full | as_partner
        assert names(school, Kind.PAIR, read.matches(ids[Kind.PAIR])) == pairs
        assert names(school, Kind.USER, read.full(Kind.USER, every(school, Kind.USER), school.program)) == full

    school.read(caller(school, who), ask)


@everybody
def test_nobody_is_found_by_what_is_not_shown_of_them(school: School, who: str) -> None:
    full = CALLERS[who][0]

    def ask(read: Reader) -> tuple[set[str], set[str]]:
        people = school.everybody()
        by_email = {name for name in people if read.user_by_email(school.program, f"{name}@EXAMPLE.org")}
        by_number = {name for name in people if read.user_by_external_id(school.program, f"no-{name}")}
        return by_email, by_number

    shown = set() if who == "partner admin" else full
    assert school.read(caller(school, who), ask) == (shown, shown)


@everybody
def test_history_is_that_of_records_seen_in_full(school: School, who: str) -> None:
    full, _, pairs, _ = CALLERS[who]

    def ask(read: Reader) -> None:
        page = read.history_page(school.program, HistoryFilter(), MANY)
        assert {name_of(school, Ref(row.kind, row.subject_id)) for row in page.rows} == full | pairs
        assert read.history_total(school.program, HistoryFilter()).count == len(page.rows)
        by_id = read.changes(range(1, 100))
        assert sorted(by_id) == [row.id for row in page.rows]
        for kind, seen in ((Kind.USER, full), (Kind.PERSONA, full), (Kind.PAIR, pairs)):
            ids = every(school, kind)
            own = read.history_of(kind, ids, MANY)
            assert names(school, kind, [number for number, part in own.items() if part.rows]) == seen
            totals = read.history_totals(kind, ids)
            assert names(school, kind, [number for number, total in totals.items() if total.count]) == seen

    school.read(caller(school, who), ask)


@everybody
def test_what_has_happened_only_elsewhere_has_not_happened(school: School, who: str) -> None:
    school.perform("close_match", school.outer, answers=GOODBYE)
    happened = school.read(caller(school, who), lambda read: read.has_happened(school.program, "close_match"))
    assert happened is ("outer" in CALLERS[who][2])


@everybody
def test_each_field_class_goes_by_the_roles_that_reach_the_record(school: School, who: str) -> None:
    full, as_partner, pairs, _ = CALLERS[who]
    wanted = {"partner admin": {FieldClass.PUBLIC, FieldClass.STAFF}, "bob": OWN, "sid": OWN, "gus": OWN}.get(
        who, STAFF
    )

    def ask(read: Reader) -> None:
        for kind, seen in ((Kind.USER, full), (Kind.PERSONA, full), (Kind.PAIR, pairs)):
            classes = {number: read.classes(kind, number, school.program) for number in every(school, kind)}
            assert names(school, kind, [number for number, found in classes.items() if found]) == seen
            assert all(found == wanted for found in classes.values() if found)
        assert as_partner.isdisjoint(full)

    school.read(caller(school, who), ask)


@pytest.mark.parametrize("many", [1, 4])
def test_the_classes_of_a_whole_list_cost_one_statement(school: School, many: int) -> None:
    def ask(read: Reader) -> int:
        page = read.lists.users_page(school.program, UserFilter(), UserOrder(), Window(limit=many))
        with counting_statements() as statements:
            for row in page.rows:
                assert read.classes(Kind.USER, row.id, school.program) == STAFF
        return len(statements)

    assert school.read(school.north, ask) == 1


def test_whoever_sees_everything_pays_one_statement_for_each_question(school: School) -> None:
    def ask(read: Reader) -> list[int]:
        questions = (
            lambda: read.users(every(school, Kind.USER)),
            lambda: read.personas_of(every(school, Kind.USER)),
            lambda: read.matches_of(every(school, Kind.PERSONA)),
            lambda: read.changes([1, 2, 3]),
            lambda: read.sites(list(school.sites.values())),
            lambda: read.lists.users_page(school.program, UserFilter(), UserOrder(), MANY),
            lambda: read.history_of(Kind.USER, every(school, Kind.USER), MANY),
            lambda: [read.classes(Kind.USER, number, school.program) for number in every(school, Kind.USER)],
        )
        costs = []
        for question in questions:
            with counting_statements() as statements:
                question()
            costs.append(len(statements))
        return costs

    assert school.read(ANYBODY, ask) == [1, 1, 1, 1, 1, 1, 1, 0]


def test_of_a_partner_only_the_personas_in_shared_matches_are_shown(school: School) -> None:
    extra = school.add("sid", school.sid, MENTOR, "south")

    def ask(read: Reader) -> tuple[list[int], list[int]]:
        return [row.id for row in read.personas_of([school.sid.user.id])[school.sid.user.id]], [
            *read.personas([extra.id])
        ]

    assert school.read(school.north, ask) == ([school.sid.persona.id], [])
    assert school.read(school.south, ask) == ([school.sid.persona.id, extra.id], [extra.id])


def test_of_a_partner_only_the_matches_that_are_seen_are_shown(school: School) -> None:
    school.perform("close_match", school.across, answers=GOODBYE)

    def ask(read: Reader) -> dict[int, list[int]]:
        found = read.matches_of([school.sid.persona.id, school.dan.persona.id, school.bob.persona.id])
        return {number: [row.id for row in rows] for number, rows in found.items()}

    sid, dan, bob = (person.persona.id for person in (school.sid, school.dan, school.bob))
    assert school.read(school.north, ask) == {sid: [school.across.id], dan: [], bob: [school.across.id]}
    assert school.read(school.oneself(school.dan), ask) == {sid: [], dan: [school.outer.id], bob: []}


def test_where_a_partner_is_placed_is_no_way_to_narrow_matches(school: School) -> None:
    both = Caller("Sam", frozenset({"PARTICIPANT"}), school.bob.user.id, school.program)

    def ask(read: Reader) -> dict[str, set[str]]:
        found = {}
        for key, number in school.sites.items():
            page = read.lists.matches_page(school.program, MatchFilter(site_id=number), MANY)
            found[key] = names(school, Kind.PAIR, [row.id for row in page.rows])
        return found

    assert school.read(both, ask) == {"north": {"across"}, "south": set()}
    assert school.read(ANYBODY, ask) == {"north": {"inner", "across"}, "south": {"across", "outer"}}


def test_effects_on_a_partner_are_not_told(school: School) -> None:
    done = school.perform("close_match", school.across, answers=GOODBYE)
    root = done.changes[0].id

    def ask(read: Reader) -> set[str]:
        return {
            "new"
            if row.subject_id > school.hals_second.id and row.kind is Kind.PERSONA
            else name_of(school, Ref(row.kind, row.subject_id))
            for row in read.effects_of([root])[root]
        }

    assert school.read(ANYBODY, ask) == {"bob", "sid", "new"}
    assert school.read(school.oneself(school.bob), ask) == {"bob", "new"}
    assert school.read(school.oneself(school.dan), ask) == set()


def test_a_site_is_told_by_its_id_where_somebody_seen_in_full_has_a_persona(school: School) -> None:
    ids = [*school.sites.values(), 999]
    north, south = school.sites.values()
    assert set(school.read(school.north, lambda read: read.sites(ids))) == {north, south}
    assert set(school.read(school.south, lambda read: read.sites(ids))) == {south}
    assert set(school.read(school.oneself(school.gus), lambda read: read.sites(ids))) == set()
    assert school.read(school.north, lambda read: read.site(school.program, "south")) is None


def test_programs_are_those_in_which_something_is_seen(school: School) -> None:
    def keys(who: str) -> list[str]:
        return school.read(caller(school, who), lambda read: [program.key for program in read.programs()])

    assert keys("owner") == ["default", "post_secondary"]
    assert keys("north") == keys("gus") == keys("office") == ["default"]
    assert keys("abroad") == ["post_secondary"]
    assert keys("nobody") == keys("platform") == []
