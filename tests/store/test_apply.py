"""What an act writes."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from server.domain.errors import ConflictError
from server.domain.people import NewPersona, NewUser
from server.engine.facts import Kind
from server.engine.plan import Change, Plan
from server.store.history import changes_by_ids, changes_of_act
from server.store.matches import matches_by_ids
from server.store.personas import personas_by_ids
from server.store.tables import act_texts, acts
from server.store.users import users_by_ids
from tests.engine.flow import FLOW
from tests.store.builders import (
    GOODBYE,
    MAYBE,
    NOW,
    World,
    a_quiet_plan,
    an_act,
    counting_statements,
    persona,
    user,
)


def test_a_registered_person_comes_back_as_written(world: World) -> None:
    site = world.site()
    person, its_persona = world.register(
        "MENTOR",
        name="Zoë Ångström",
        email="Zoe@Example.org",
        external_id="X-7",
        site=site.id,
        site_list="Autumn",
        at=NOW,
    )

    found = world.read(users_by_ids, [person.id, 999])
    assert list(found) == [person.id]
    known = found[person.id]
    assert (known.name, known.email, known.external_id) == ("Zoë Ångström", "Zoe@Example.org", "X-7")
    assert (known.user_status, known.version, known.program_id) == ("APPLICATION_INCOMPLETE", 1, world.program.id)
    assert known.created_at == known.user_status_since == NOW
    assert known.created_at.microsecond == 123456
    assert known.created_at.utcoffset() == timedelta(0)

    run = world.read(personas_by_ids, [its_persona.id])[its_persona.id]
    assert (run.user_id, run.role, run.site_id, run.mentor_site_list) == (person.id, "MENTOR", site.id, "Autumn")
    assert (run.persona_status, run.match_status, run.version) == ("ACTIVE", "NOT_APPLICABLE", 1)


def test_the_rows_an_act_answers_with_are_the_rows_history_has(world: World) -> None:
    match, mentor, mentee = world.matched()
    written = world.act(
        "close_match",
        match,
        answers=MAYBE,
        act={
            "note": "Moved away.",
            "texts": {"why": "Far."},
            "actor_user_id": 1,
            "effective_at": NOW + timedelta(hours=3),
        },
    )

    ids = [change.id for change in written.changes]
    assert ids == sorted(ids)
    kept = world.read(changes_by_ids, ids)
    assert [kept[number] for number in ids] == list(written.changes)
    act = written.changes[0].act_id
    assert world.read(changes_of_act, [act])[act] == list(written.changes)

    root = written.changes[0]
    assert (root.kind, root.subject_id, root.before, root.after) == (Kind.PAIR, match.id, "OPEN", "CLOSED")
    assert (root.actor_name, root.actor_user_id, root.by_platform, root.caused_by) == ("Ada Admin", 1, False, None)
    assert root.note == "Moved away."
    assert root.answers == {**MAYBE, "why": "Far."}
    sides = written.changes[1:3]
    assert [(c.subject_id, c.before, c.after, c.caused_by, c.by_platform) for c in sides] == [
        (mentor.id, "MATCHED", "CLOSED", root.id, True),
        (mentee.id, "MATCHED", "CLOSED", root.id, True),
    ]
    assert {change.actor_name for change in sides} == {"SYSTEM"}


def test_a_created_record_has_a_row_for_each_machine(world: World) -> None:
    match, _, _ = world.matched()
    written = world.act("close_match", match, answers=MAYBE)

    new = written.created[persona(-1)]
    assert [
        (c.machine, c.before, c.after) for c in written.changes if c.subject_id == new.id and c.kind is new.kind
    ] == [
        ("match_status", None, "RESCREENING"),
        ("persona_status", None, "ACTIVE"),
    ]
    assert world.read(personas_by_ids, [new.id])[new.id].match_status == "RESCREENING"


def test_statuses_versions_and_since_follow_the_plan(world: World) -> None:
    person, its_persona = world.register()
    world.act("finish_application", person)
    later = NOW + timedelta(days=2)
    world.act("activate", person, at=later)

    known = world.read(users_by_ids, [person.id])[person.id]
    assert (known.user_status, known.user_status_since, known.version) == ("ACTIVE", later, 3)
    run = world.read(personas_by_ids, [its_persona.id])[its_persona.id]
    assert (run.match_status, run.match_status_since, run.version) == ("RTBM", later, 2)
    assert run.persona_status_since == run.created_at


def test_since_is_when_it_happened_and_not_when_it_was_entered(world: World) -> None:
    person, _ = world.register()
    happened = NOW + timedelta(seconds=1)
    written = world.act("finish_application", person, act={"effective_at": happened})

    assert world.read(users_by_ids, [person.id])[person.id].user_status_since == happened
    assert written.changes[0].effective_at == happened
    assert written.changes[0].recorded_at > happened


def test_a_match_keeps_when_it_opened_and_closed_and_the_answers_of_its_status(world: World) -> None:
    match, mentor, mentee = world.matched()
    opened = world.read(matches_by_ids, [match.id])[match.id]
    assert (opened.mentor_id, opened.mentee_id, opened.pair_status) == (mentor.id, mentee.id, "OPEN")
    assert opened.opened_at == opened.pair_status_since
    assert (opened.closed_at, opened.answers, opened.version) == (None, {}, 1)

    world.act("close_match", match, answers=GOODBYE, act={"texts": {"why": "Far."}})
    closed = world.read(matches_by_ids, [match.id])[match.id]
    assert (closed.opened_at, closed.closed_at) == (opened.opened_at, closed.pair_status_since)
    assert closed.answers == {**GOODBYE, "why": "Far."}

    world.act("open_match", match)
    again = world.read(matches_by_ids, [match.id])[match.id]
    assert (again.opened_at, again.closed_at, again.answers, again.version) == (opened.opened_at, None, {}, 3)

    world.act("delete_match", match)
    deleted = world.read(matches_by_ids, [match.id])[match.id]
    assert deleted.closed_at == deleted.pair_status_since


def test_a_pair_that_moves_between_two_ended_statuses_keeps_when_it_closed(world: World) -> None:
    match, _, _ = world.matched()
    world.act("close_match", match, answers=GOODBYE)
    closed = world.read(matches_by_ids, [match.id])[match.id]
    plan = Plan(
        FLOW.transitions["delete_match"], (Change(match, "pair_status", "CLOSED", "DELETED", "x", None, False),)
    )
    world.do(lambda work: work.apply(an_act(name="x", kind="pair"), match.id, plan))

    assert world.read(matches_by_ids, [match.id])[match.id].closed_at == closed.closed_at


def test_an_edit_and_its_row_raise_the_version_once(world: World) -> None:
    person, its_persona = world.register()
    site = world.site()

    def correct(work):
        work.edit_user(person.id, name="New Name", email="new@example.org", external_id=None)
        return work.apply(an_act(), person.id, a_quiet_plan(person, "user_status", "APPLICATION_INCOMPLETE"))

    written = world.do(correct)
    known = world.read(users_by_ids, [person.id])[person.id]
    assert (known.name, known.email, known.version) == ("New Name", "new@example.org", 2)
    assert known.user_status_since == known.created_at
    assert [(c.before, c.after) for c in written.changes] == [("APPLICATION_INCOMPLETE", "APPLICATION_INCOMPLETE")]

    def place(work):
        work.edit_persona(its_persona.id, site_id=site.id, mentor_site_list="Pool")
        return work.apply(
            an_act(kind="persona"), its_persona.id, a_quiet_plan(its_persona, "match_status", "NOT_APPLICABLE")
        )

    world.do(place)
    run = world.read(personas_by_ids, [its_persona.id])[its_persona.id]
    assert (run.site_id, run.mentor_site_list, run.version) == (site.id, "Pool", 2)


def test_a_row_that_moves_nothing_raises_the_version_without_an_edit_too(world: World) -> None:
    person, _ = world.register()
    world.do(
        lambda work: work.apply(an_act(), person.id, a_quiet_plan(person, "user_status", "APPLICATION_INCOMPLETE"))
    )

    assert world.read(users_by_ids, [person.id])[person.id].version == 2


def test_editing_somebody_who_does_not_exist_is_an_error(world: World) -> None:
    with pytest.raises(LookupError, match="user 999"):
        world.do(lambda work: work.edit_user(999, name="N", email=None, external_id=None))


def test_an_act_on_what_it_creates_names_the_created_record(world: World) -> None:
    person, _ = world.register()
    found = world.read(lambda c: c.execute(select(acts.c.subject_kind, acts.c.subject_id)).all())
    assert [tuple(row) for row in found] == [("user", person.id)]


def test_a_site_leaves_an_act_without_status_changes(world: World) -> None:
    site = world.site("LINCOLN", "Lincoln High")
    rows = world.rows()
    assert (rows["sites"], rows["acts"], rows["act_texts"], rows["status_changes"]) == (1, 1, 1, 0)
    assert world.read(lambda c: c.execute(select(acts.c.subject_kind, acts.c.subject_id)).one()) == ("site", site.id)


def test_a_plan_made_on_an_older_status_is_a_conflict(world: World) -> None:
    person, _ = world.register()
    stale = Plan(
        FLOW.transitions["activate"],
        (Change(person, "user_status", "SCREENING_INCOMPLETE", "ACTIVE", "activate", None, False),),
    )
    before = world.rows()
    with pytest.raises(ConflictError):
        world.do(lambda work: work.apply(an_act(), person.id, stale))
    assert world.rows() == before
    assert world.read(users_by_ids, [person.id])[person.id].user_status == "APPLICATION_INCOMPLETE"


def test_a_record_moved_twice_in_one_act_keeps_the_last_status_and_one_version(world: World) -> None:
    person, _ = world.register()
    plan = Plan(
        FLOW.transitions["activate"],
        (
            Change(person, "user_status", "APPLICATION_INCOMPLETE", "SCREENING_INCOMPLETE", "a", None, False),
            Change(person, "user_status", "SCREENING_INCOMPLETE", "ACTIVE", "b", 0, True),
        ),
    )
    written = world.do(lambda work: work.apply(an_act(), person.id, plan))
    known = world.read(users_by_ids, [person.id])[person.id]
    assert (known.user_status, known.version) == ("ACTIVE", 2)
    assert written.changes[1].caused_by == written.changes[0].id


@pytest.mark.parametrize("details", [{}, {user(-1): NewPersona()}])
def test_a_user_without_a_name_beside_it_is_a_fault_of_the_program(world: World, details) -> None:
    before = world.rows()
    with pytest.raises((KeyError, TypeError)):
        world.act("register_user", role="MENTOR", details=details)
    assert world.rows() == before


def test_a_persona_with_the_details_of_a_user_is_a_fault_of_the_program(world: World) -> None:
    new = NewUser("N", None, None)
    with pytest.raises(TypeError, match="NewPersona"):
        world.act("register_user", role="MENTOR", details={user(-1): new, persona(-2): new})
    assert world.rows()["users"] == 0


def test_history_tells_of_an_act_whose_texts_are_erased(world: World) -> None:
    person, _ = world.register()
    written = world.act("finish_application", person, act={"note": "Rang her.", "texts": {"why": "Far."}})
    act = written.changes[0].act_id
    world.do(lambda work: work.connection.execute(act_texts.delete().where(act_texts.c.act_id == act)))

    change = world.read(changes_of_act, [act])[act][0]
    assert (change.actor_name, change.note, change.answers) == ("", None, {})
    assert change.after == "SCREENING_INCOMPLETE"


def test_closing_with_two_new_personas_takes_few_statements_and_always_as_many(world: World) -> None:
    """Fifteen on both databases.

    Common: the case (5), ids (1), new personas, act, texts, changes (4), pair and personas moved (2). Beside
    them SQLite has BEGIN, SAVEPOINT and RELEASE; PostgreSQL the locks, the second look at who is involved,
    and the lock on the order of history.
    """
    counts = set()
    for _ in range(3):
        match, _, _ = world.matched()
        with counting_statements() as seen:
            world.act("close_match", match, answers=MAYBE)
        counts.add(len(seen))
    assert counts == {15}
