"""What rules ask of the program and of sites, and what becomes of them in an act."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from server.engine.blame import blame
from server.engine.conditions import All, At, Condition, Identical, Named, OneOf
from server.engine.decide import decide
from server.engine.facts import Facts, Kind, Record, Ref, Situation
from server.engine.paths import Path, Scope, UnknownRecordError, record_at, refs_at, value_at
from server.engine.plan import Plan, Request
from server.engine.surroundings import looked_at, looks_around
from server.engine.values import Compare, Constant
from tests.engine.builders import NOW, a_match, a_persona, a_user, a_world, codes, pair, persona, refused, rows
from tests.year import year_rules

YEAR = year_rules()["school_year"]
PROGRAM, NORTH, SOUTH = Ref(Kind.PROGRAM, 1), Ref(Kind.SITE, 1), Ref(Kind.SITE, 2)
ADMIN = frozenset({"PROGRAM_ADMIN"})


def a_program(phase: str = "MATCHING", ends: str | None = "2026-12-31") -> Record:
    return Record(PROGRAM, 1, {"phase": phase}, {"season_ends": ends}, since={"phase": NOW})


def a_site(ref: Ref = NORTH, places: str | None = "2", agreement: str = "SIGNED") -> Record:
    return Record(ref, 1, {"agreement": agreement}, {"free_places": places})


def placed(record: Record, site: Ref | None = NORTH) -> Record:
    links = {**record.links, **({} if site is None else {"site": site})}
    return replace(record, links=links, statuses={**record.statuses, "place": "NONE"})


def world(*records: Record, mentor_at: Ref | None = NORTH, mentee_at: Ref | None = NORTH) -> Facts:
    sides = placed(a_persona(), mentor_at), placed(a_persona(12, of=2, role="MENTEE"), mentee_at)
    return a_world(a_user(), a_user(2), *sides, *records)


def scope(facts: Facts, ref: Ref) -> Scope:
    record = facts.records[ref]
    return Scope(Situation(facts), record, record)


def test_the_program_is_reached_from_every_record_and_the_site_from_a_persona() -> None:
    facts = world(a_program(), a_site(), a_match())
    for ref in (PROGRAM, NORTH, persona(11), pair(21), facts.records[persona(11)].links["user"]):
        assert value_at(Path("program.phase", links=("program",), value="phase"), scope(facts, ref)) == "MATCHING"
    through = Path("mentor.site.free_places", links=("MENTOR", "site"), value="free_places")
    assert value_at(through, scope(facts, pair(21))) == "2"


def test_who_has_no_site_is_at_none_and_one_that_is_not_loaded_is_not_known() -> None:
    site = Path("site", links=("site",))
    assert record_at(site, scope(world(mentor_at=None), persona(11))) is None
    assert refs_at(site, scope(world(mentor_at=None), persona(11))) == frozenset()
    with pytest.raises(UnknownRecordError):
        record_at(site, scope(world(), persona(11)))


@pytest.mark.parametrize(("mentee_at", "same"), [(NORTH, True), (SOUTH, False), (None, False)])
def test_two_can_be_asked_whether_they_are_at_the_same_site(mentee_at: Ref | None, same: bool) -> None:
    facts = world(a_match(), mentee_at=mentee_at)
    other = Path("this.mentee.site", "this", ("MENTEE", "site"))
    assert Identical(Path("mentor.site", links=("MENTOR", "site")), (other,)).holds(scope(facts, pair(21))) is same


def matched(facts: Facts) -> list[str]:
    request = Request("match", persona(11), ADMIN, partner=persona(12))
    decision = decide(YEAR, request, facts)
    return rows(decision) if isinstance(decision, Plan) else codes(decision.blockers)


@pytest.mark.parametrize(
    ("phase", "agreement", "blocked"),
    [("MATCHING", "SIGNED", []), ("RUNNING", "SIGNED", ["SEASON"]), ("SETUP", "NONE", ["SEASON", "AGREED"])],
)
def test_the_phase_and_the_site_gate_a_match(phase: str, agreement: str, blocked: list[str]) -> None:
    found = matched(world(a_program(phase), a_site(agreement=agreement)))
    assert (found if blocked else found[0]) == (blocked or "pair -1 (new)>OPEN by match")


def test_a_blocker_names_the_program_and_what_was_seen_there() -> None:
    request = Request("match", persona(11), ADMIN, partner=persona(12))
    (blocker,) = refused(request, world(a_program("CLOSED"), a_site()), YEAR).blockers
    assert (blocker.code, blocker.subject, blocker.seen) == ("SEASON", PROGRAM, (("program.phase", "CLOSED"),))


def register(facts: Facts, site: Ref | None) -> list[str]:
    request = Request("register_user", PROGRAM, frozenset({"PROGRAM_ADMIN"}), role="MENTEE", site=site)
    decision = decide(YEAR, request, facts)
    if not isinstance(decision, Plan):
        return codes(decision.blockers)
    return [f"{setting.field} of {setting.subject.kind} {setting.values}" for setting in decision.settings]


def test_somebody_new_is_known_to_be_in_the_program_and_at_their_site() -> None:
    assert register(a_world(a_program(), a_site()), NORTH) == ["free_places of site ('1',)"]
    assert register(a_world(a_program(), a_site(places="0")), NORTH) == ["ROOM"]
    assert register(a_world(a_program("SETUP"), a_site()), NORTH) == ["OPEN"]
    assert register(a_world(a_program(), a_site()), None) == ["ROOM"]


def test_what_moves_the_program_moves_nobody_else_in_the_same_act() -> None:
    facts = world(a_program("RUNNING", "2026-08-31"), a_site())
    decision = decide(YEAR, Request("end_season", PROGRAM, ADMIN), facts)
    assert isinstance(decision, Plan)
    assert rows(decision) == ["program 1 RUNNING>CLOSED by end_season"]


def test_what_becomes_true_of_the_program_happens_in_the_act_that_makes_it_true() -> None:
    follows = year_rules(
        """\
  fields.sold_out: {of: site, label: Sold out, type: boolean}
  machines.door:
    label: Door
    owner: site
    start: OPEN
    statuses: {OPEN: {label: Open, category: STEP}, SHUT: {label: Shut, category: FINAL}}
  transitions.shut:
    machine: door
    label: Shut
    from: OPEN
    to: SHUT
    allow: [SYSTEM]
    automatic: {when: {free_places: 0}}
"""
    )["school_year"]
    site = replace(a_site(places="1"), statuses={"agreement": "SIGNED", "door": "OPEN"})
    request = Request("register_user", PROGRAM, ADMIN, role="MENTEE", site=NORTH)
    decision = decide(follows, request, a_world(a_program(), site))
    assert isinstance(decision, Plan)
    assert rows(decision)[-1] == "site 1 OPEN>SHUT by shut <0"


def test_what_rules_look_at_is_found_wherever_they_say_it() -> None:
    phase = OneOf(Path("program.phase", links=("program",), value="phase"), frozenset({"CLOSED"}))
    room = Compare(Path("free_places", value="free_places"), "more_than", Constant("0"), "integer")
    at_site: Condition = Named("room", All((At(Path("site", links=("site",)), room),)))
    bare = replace(YEAR, machines={}, fields={}, transitions={}, derived={})
    found: Mapping[str, frozenset[Kind]] = {
        key: looked_at(replace(bare, facts={key: condition})) for key, condition in (("a", phase), ("b", at_site))
    }
    assert found == {"a": frozenset({Kind.PROGRAM}), "b": frozenset({Kind.SITE})}
    assert looked_at(bare) == frozenset()
    assert YEAR.surroundings == frozenset({Kind.PROGRAM, Kind.SITE})


def test_only_what_depends_on_the_program_or_a_site_is_looked_for_when_they_change() -> None:
    assert {t.id for t in YEAR.automatics() if looks_around(YEAR, t)} == {"retire"}


def test_what_is_worked_out_of_the_program_depends_on_it_too() -> None:
    rules = year_rules(
        """\
  derived.season:
    of: persona
    label: Season
    cases: {OVER: {label: Over, when: {program.phase: CLOSED}}, GOING: {label: Going}}
  transitions.rest:
    machine: place
    label: Rest
    from: TAKEN
    to: NONE
    allow: [SYSTEM]
    automatic: {when: {season: OVER}}
"""
    )["school_year"]
    assert looks_around(rules, rules.transitions["rest"])


def test_who_is_to_blame_is_the_site() -> None:
    facts = world(a_program(), a_site())
    wanted = At(Path("site", links=("site",)), OneOf(Path("agreement", value="agreement"), frozenset({"NONE"})))
    assert blame(wanted, scope(facts, persona(11))) == (NORTH, (("site.agreement", "SIGNED"),))
