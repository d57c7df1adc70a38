"""The facts a decision is given."""

from dataclasses import replace
from itertools import product

from server.engine.facts import Kind, Past, Ref
from server.engine.plan import Setting
from server.engine.ruleset import Field
from server.store.cases import facts
from server.store.declared import put_values
from tests.store.builders import GOODBYE, NOW, World, an_act, counting_statements, pair, user


def load(world: World, *refs: Ref):
    return world.read(lambda connection: facts(connection, world.rules, refs, NOW))


def test_a_record_is_told_with_all_the_engine_may_ask(world: World) -> None:
    site = world.site()
    person, its_persona = world.register("MENTOR", site=site.id, site_list="Autumn", at=NOW)
    found = load(world, its_persona)

    assert found.now == NOW
    assert set(found.records) == {person, its_persona}
    known = found.records[person]
    assert (known.program, dict(known.statuses)) == (world.program.id, {"user_status": "APPLICATION_INCOMPLETE"})
    assert known.since == {"user_status": NOW}
    assert known.past == {"user_status": (Past("APPLICATION_INCOMPLETE", "register_user", NOW),)}
    run = found.records[its_persona]
    assert run.statuses == {"persona_status": "ACTIVE", "match_status": "NOT_APPLICABLE"}
    assert run.values == {"role": "MENTOR", "partner_site": "LINCOLN", "mentor_site_list": "Autumn"}
    assert run.links == {"user": person, "site": Ref(Kind.SITE, site.id)}
    assert run.since == {"persona_status": NOW, "match_status": NOW}
    assert run.past == {}


def test_a_pair_is_told_with_sides_and_places(world: World) -> None:
    match, mentor, mentee = world.matched()
    opened = load(world, match).records[match]
    assert opened.links == {"MENTOR": mentor, "MENTEE": mentee}
    assert (opened.statuses, opened.places) == ({"pair_status": "OPEN"}, {"MENTOR": 1, "MENTEE": 1})

    world.act("close_match", match, answers=GOODBYE)
    assert load(world, match).records[match].places == {}


def test_what_somebody_has_been_is_remembered(world: World) -> None:
    person, _ = world.ready()
    world.act("withdraw", person)
    past = load(world, person).records[person].past
    assert [(each.status, each.transition) for each in past["user_status"]] == [
        ("APPLICATION_INCOMPLETE", "register_user"),
        ("SCREENING_INCOMPLETE", "finish_application"),
        ("ACTIVE", "activate"),
        ("INACTIVE_WITHDRAWN", "withdraw"),
    ]


def test_counterparts_are_whole_and_theirs_are_known_by_persona_and_person(world: World) -> None:
    first, mentor, mentee = world.matched()
    world.act("close_match", first, answers=GOODBYE)
    mentor_user = load(world, mentor).records[mentor].links["user"]
    mentee_user = load(world, mentee).records[mentee].links["user"]
    again = world.act("make_rescreening", mentee_user, role="MENTEE").created[Ref(Kind.PERSONA, -1)]
    site = world.site()
    world.do(lambda work: work.edit_persona(again.id, site_id=site.id, mentor_site_list=None))
    world.act("make_rtbm", again)
    far_user, far = world.ready("MENTOR")
    extra = world.act("add_persona", far_user, role="MENTEE").created[Ref(Kind.PERSONA, -1)]
    second = world.act("match", again, partner=far).created[pair(-1)]

    asked_first = load(world, mentor)
    assert set(asked_first.records) == {mentor_user, mentor, first, mentee_user, mentee, again, second, far_user, far}
    assert extra in load(world, mentee).records
    assert asked_first.pairs[far] == (second,)


def test_personas_and_pairs_are_in_creation_order(world: World) -> None:
    person, first = world.ready()
    second = world.act("add_persona", person, role="MENTEE").created[Ref(Kind.PERSONA, -1)]
    assert load(world, person).personas[person] == (first, second)


def test_what_does_not_exist_is_not_among_the_facts(world: World) -> None:
    world.matched()
    assert load(world, user(999), Ref(Kind.PERSONA, 999), pair(999)).records == {}
    assert load(world).records == {}


def test_one_record_and_fifty_take_the_same_statements(world: World) -> None:
    for _ in range(25):
        world.matched()
    for kind, numbers in product((Kind.USER, Kind.PERSONA, Kind.PAIR), ([1], range(1, 51))):
        with counting_statements() as seen:
            found = load(world, *(Ref(kind, number) for number in numbers))
        assert len(found.records) >= len(numbers)
        # Who is involved, pairs, personas, users, what they have been; SQLite's snapshot begins with a statement.
        assert len([statement for statement in seen if statement != "BEGIN"]) == 5


def test_the_case_of_an_act_is_the_same_as_the_facts(world: World) -> None:
    match, _, _ = world.matched()
    case = world.do(lambda work: work.case(world.rules, [match], NOW))
    assert case.records == load(world, match).records


def test_whom_a_field_names_is_known_as_a_person_and_no_further(world: World) -> None:
    buddy, _ = world.register("MENTOR")
    asking, own = world.register("MENTEE")
    fields = {"buddy": Field("buddy", "Buddy", Kind.USER, "user", "staff", frozenset())}
    naming = replace(world.rules, fields=fields)
    named = [Setting(asking, "buddy", (f"User-{buddy.id}",))]
    world.do(lambda work: put_values(work.connection, an_act(world.program.id), 1, fields, named))
    found = world.read(lambda connection: facts(connection, naming, [asking], NOW))
    assert set(found.records) == {asking, own, buddy}
    assert found.records[buddy].statuses == {"user_status": "APPLICATION_INCOMPLETE"}
    assert found.whole == {asking}
