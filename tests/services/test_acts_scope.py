"""Acting, by everybody: nobody moves what they do not reach, and is told of others no more than reading tells."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.domain.actors import Caller
from server.domain.commands import Applied, Options, Registration
from server.domain.errors import (
    InputProblemsError,
    MatchkeeperError,
    NotFoundError,
    NotPermittedError,
    TransitionRefusedError,
)
from server.domain.vocabulary import MENTEE, MENTOR
from server.engine.facts import Kind, Ref
from server.services.people import People, Placement
from server.services.rulebook import Rulebook
from tests.services.school import ANYBODY, GOODBYE, Person, School
from tests.services.test_reading_scope import caller, name_of

PLAIN = Options()
MISSING = Ref(Kind.USER, 999)


def outcome(school: School, act: Callable[[], Any]) -> str:
    """``done``, or the code of the refusal; what is refused writes nothing."""
    before = school.dump()
    try:
        act()
    except TransitionRefusedError as error:
        code = error.code if error.refused.refusal.permitted else NotPermittedError.code
    except MatchkeeperError as error:
        code = error.code
    else:
        return "done"
    assert school.dump() == before
    return code


def acts(school: School, by: Caller, person: Person) -> Mapping[str, Callable[[], Any]]:
    """Every kind of act on a person, each in a form that the rules allow to somebody."""
    user, persona = person.user, person.persona
    perform, people, act = school.perform, school.people, school.act
    return {
        "withdraw": lambda: perform("withdraw", user, by=by),
        "perform_to": lambda: act(
            school.changes.perform_to, user, "user_status", "INACTIVE_WITHDRAWN", answers={}, options=PLAIN, by=by
        ),
        "inactivate": lambda: perform("inactivate_persona", persona, by=by),
        "event": lambda: act(school.changes.send_event, "application.finished", user, answers={}, options=PLAIN, by=by),
        "update": lambda: act(people.update_user, user, {"name": "New"}, PLAIN, by=by),
        "place": lambda: act(people.place_persona, persona, {"partner_site": "north"}, PLAIN, by=by),
        "add": lambda: act(people.add_persona, user, MENTEE, Placement("north"), options=PLAIN, by=by),
    }


DENIED = "NOT_PERMITTED"
EVENT = "TRANSITION_NOT_ALLOWED"
"""The application of hal is still to be finished; of everybody else it no longer is."""

MATRIX = [
    # by, whom, what comes of: withdraw, perform_to, inactivate, event, update, place, add
    ("owner", "hal", ["done", "done", "done", "done", "done", "done", "done"]),
    ("office", "hal", ["done", "done", "done", "done", "done", "done", "done"]),
    ("north", "hal", ["done", "done", "done", "done", "done", "done", DENIED]),
    ("south", "hal", ["NOT_FOUND"] * 7),
    ("partner admin", "hal", ["NOT_FOUND"] * 7),
    ("auditor", "hal", [DENIED] * 7),
    ("hal", "hal", [DENIED, DENIED, DENIED, "done", DENIED, DENIED, DENIED]),
    ("gus", "hal", ["NOT_FOUND"] * 7),
    ("abroad", "hal", ["NOT_FOUND"] * 7),
    ("platform", "hal", ["NOT_FOUND"] * 7),
    ("nobody", "hal", ["NOT_FOUND"] * 7),
    ("north", "sid", ["NOT_FOUND"] * 7),
    ("bob", "sid", ["NOT_FOUND"] * 7),
    ("sid", "bob", ["NOT_FOUND"] * 7),
    ("north", "gus", ["NOT_FOUND"] * 7),
    ("office", "gus", ["done", "done", "done", EVENT, "done", "done", "done"]),
]


@pytest.mark.parametrize(("who", "whom", "outcomes"), MATRIX)
def test_who_may_act_upon_whom(school: School, who: str, whom: str, outcomes: list[str]) -> None:
    by, person = caller(school, who), school.everybody()[whom]
    if whom == "hal":
        person = replace(person, persona=school.hals_second)
    tried = dict(zip(acts(school, by, person), outcomes, strict=True))
    if "perform_to" in tried and tried["withdraw"] == "done":
        # Nobody can withdraw twice; the second way is tried in a test of its own.
        del tried["perform_to"]
    order = sorted(tried, key=["event", "update", "place", "add", "inactivate", "withdraw", "perform_to"].index)
    found = {name: outcome(school, acts(school, by, person)[name]) for name in order}
    assert found == tried


@pytest.mark.parametrize(
    ("who", "code"), [("office", "done"), ("north", "done"), ("south", "NOT_FOUND"), ("hal", DENIED)]
)
def test_a_status_asked_for_by_name_goes_by_the_same_rights(school: School, who: str, code: str) -> None:
    assert outcome(school, acts(school, caller(school, who), school.hal)["perform_to"]) == code


@pytest.mark.parametrize("who", ["south", "gus", "abroad", "nobody"])
def test_what_is_not_seen_and_what_is_not_there_are_answered_alike(school: School, who: str) -> None:
    by = caller(school, who)
    strangers = acts(school, by, school.ann)
    nobody = acts(school, by, Person(MISSING, Ref(Kind.PERSONA, 999), MENTOR))
    for name, act in strangers.items():
        told = []
        for attempt, numbers in ((act, school.ann), (nobody[name], None)):
            with pytest.raises(NotFoundError) as caught:
                attempt()
            ids = [str(numbers.user.id), str(numbers.persona.id)] if numbers else ["999"]
            told.append((_without(caught.value.message, ids), caught.value.path))
        assert told[0] == told[1]


def _without(text: str, ids: list[str]) -> str:
    for number in ids:
        text = text.replace(f"-{number},", "-ID,")
    return text


# --- Matches -------------------------------------------------------------------------------------------------


def test_a_match_is_made_by_whoever_reaches_both_sides(school: School) -> None:
    mentor, mentee = school.ready("mia", MENTOR, "north"), school.ready("max", MENTEE, "north")
    afar = school.ready("fay", MENTEE, "south")

    def matching(by: Caller, one: Person, other: Person) -> str:
        return outcome(school, lambda: school.perform("match", one.persona, partner=other.persona, by=by))

    assert matching(school.north, mentor, afar) == "NOT_FOUND"
    assert matching(school.south, mentor, afar) == "NOT_FOUND"
    assert matching(school.oneself(mentor), mentor, mentee) == "NOT_FOUND"
    assert matching(school.caller("AUDITOR"), mentor, mentee) == DENIED
    assert matching(school.north, mentor, mentee) == "done"


def test_two_roles_that_each_reach_one_side_do_not_add_up(school: School) -> None:
    mentor, mentee = school.ready("mia", MENTOR, "north"), school.ready("max", MENTEE, "south")
    both = school.caller("SITE_STAFF", "PARTICIPANT", site="north", person=mentee)
    assert outcome(school, lambda: school.perform("match", mentor.persona, partner=mentee.persona, by=both)) == DENIED


def test_whoever_closes_a_match_across_is_told_of_their_own_side(school: School) -> None:
    before = school.read(ANYBODY, lambda read: len(read.changes(range(1, 200))))
    done = school.perform("close_match", school.across, answers=GOODBYE, by=school.north)
    told = {name_or_new(school, Ref(change.kind, change.subject_id)) for change in done.changes}
    assert told == {"across", "bob", "new"}
    assert len(done.created) == 1
    # All of it was carried out nevertheless.
    after = school.read(ANYBODY, lambda read: len(read.changes(range(1, 200))))
    assert after - before == 7


def test_a_dry_run_tells_no_more_than_the_act(school: School) -> None:
    def tried(by: Caller) -> Applied:
        return school.perform("close_match", school.across, answers=GOODBYE, options=Options(dry_run=True), by=by)

    ours, all_of_it = tried(school.north).plan, tried(school.office).plan
    assert len(all_of_it.changes) == 7
    assert len(all_of_it.creations) == 2
    assert [name_or_new(school, change.subject) for change in ours.changes] == ["across", "bob", "new", "new"]
    assert [made.role for made in ours.creations] == [MENTOR]
    assert [change.caused_by for change in ours.changes] == [None, 0, 0, 2]


def name_or_new(school: School, ref: Ref) -> str:
    known = 0 < ref.id <= school.hals_second.id or ref.kind is Kind.PAIR
    return name_of(school, ref) if known else "new"


# --- People and sites -----------------------------------------------------------------------------------------


def registering(school: School, by: Caller, site: str | None) -> str:
    new = Registration(MENTOR, "Una", f"una-{site}-{by.site_id}@example.org", partner_site=site)
    return outcome(school, lambda: school.act(school.people.register, new, PLAIN, by=by))


def test_people_are_registered_at_sites_within_reach(school: School) -> None:
    assert registering(school, school.office, None) == "done"
    assert registering(school, school.office, "south") == "done"
    for by in (school.north, school.caller("PARTNER_ADMIN", site="north")):
        assert registering(school, by, "south") == "INVALID_INPUT"
        assert registering(school, by, None) == "INVALID_INPUT"
    assert registering(school, school.north, "north") == "done"
    assert registering(school, school.oneself(school.ann), "north") == DENIED
    assert registering(school, school.caller("AUDITOR"), "north") == DENIED
    assert registering(school, school.caller("SYSTEM"), "north") == DENIED
    assert registering(school, caller(school, "nobody"), "north") == "INVALID_INPUT"


@pytest.mark.parametrize("site", ["south", "sooth"])
def test_a_foreign_site_and_none_are_answered_alike(school: School, site: str) -> None:
    wanted = f"There is no site {site} where you may place people. There are: north."
    new = Registration(MENTOR, "Una", "una@example.org", partner_site=site)
    for act, given in (
        (school.people.register, (new, PLAIN)),
        (school.people.place_persona, (school.ann.persona, {"partner_site": site}, PLAIN)),
    ):
        with pytest.raises(InputProblemsError) as caught:
            school.act(act, *given, by=school.north)
        assert [(problem.path, problem.text) for problem in caught.value.problems] == [(("partner_site",), wanted)]


def test_a_persona_is_taken_off_its_site_by_whoever_has_the_whole_program(school: School) -> None:
    def clearing(by: Caller) -> str:
        edits = {"partner_site": None}
        return outcome(school, lambda: school.act(school.people.place_persona, school.ann.persona, edits, PLAIN, by=by))

    assert clearing(school.north) == "INVALID_INPUT"
    assert clearing(school.office) == "done"
    assert clearing(school.north) == "NOT_FOUND"


def test_sites_are_added_by_whoever_has_the_whole_program_even_if_the_rules_let_others(school: School) -> None:
    rules = school.book.ruleset(school.program)
    lax = replace(rules, acts={**rules.acts, "add_site": frozenset({"SITE_STAFF", "PROGRAM_ADMIN"})})
    book = Rulebook(school.book.programs, {school.program: lax, school.other: lax}, "default", {})
    adding = People(book, school.clock).add_site
    assert outcome(school, lambda: school.act(adding, None, "east", "East", by=school.north)) == DENIED
    assert outcome(school, lambda: school.act(adding, None, "east", "East", by=school.office)) == "done"


def test_an_address_that_somebody_unseen_has_is_taken_without_a_word_of_whose(school: School) -> None:
    new = Registration(MENTOR, "Una", "sid@example.org", partner_site="north")
    with pytest.raises(InputProblemsError) as caught:
        school.act(school.people.register, new, PLAIN, by=school.north)
    (problem,) = caught.value.problems
    assert problem.code == "ALREADY_EXISTS"
    assert "sid" not in problem.text.casefold()


def test_nobody_acts_under_the_role_of_the_platform(school: School) -> None:
    by = replace(school.north, roles=frozenset({"SITE_STAFF", "SYSTEM"}))
    assert outcome(school, lambda: school.perform("leave_pool", school.hals_second, by=by)) == DENIED
    done = school.perform("withdraw", school.hal.user, by=by)
    roles = school.store.query_now(
        lambda s: s.connection.exec_driver_sql("SELECT actor_roles FROM acts ORDER BY id DESC LIMIT 1").scalar()
    )
    assert (done.subject, roles) == (school.hal.user, '["SITE_STAFF"]')


# --- Offers ---------------------------------------------------------------------------------------------------


def test_a_time_before_what_somebody_unseen_did_names_nobody(school: School) -> None:
    done = school.perform("close_match", school.across, answers={**GOODBYE, "mentor_rematch": "NO"})
    again = done.created[0]
    early = Options(effective_at=school.now - timedelta(minutes=1))
    school.perform("inactivate_persona", again, options=PLAIN)
    school.perform("reactivate_persona", again)
    told = {}
    for name, by in (("south", school.south), ("north", school.north)):
        with pytest.raises(InputProblemsError) as caught:
            school.perform("open_match", school.across, options=early, by=by)
        told[name] = " ".join(problem.text for problem in caught.value.problems)
    assert f"persona {again.id} last changed" in told["south"]
    assert f"persona {again.id} " not in told["north"]
    assert "Something else that this would change has changed since then." in told["north"]
