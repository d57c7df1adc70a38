"""What records held in fields at a moment, from what acts changed."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import strawberry

from server.domain.actors import Caller
from server.domain.commands import Options
from server.engine.facts import Kind, Ref
from server.rules.loader import load_text
from server.services.erasure import Erasure
from server.store.database import Store
from server.store.erasure import clear_values_before
from tests.graphql.builders import Api
from tests.services.club import BASE, CLUB, START, Club
from tests.store.test_verify import tamper

AT = "fieldsAt(moment: $at) { key value values valueLabel }"
LATER = datetime(2027, 1, 1, tzinfo=UTC)
PLACES = """
  machines.doors:
    {label: Doors, owner: site, start: OPEN, statuses: {OPEN: {label: Open, category: PARTICIPATING}}}
  fields.places: {of: site, label: Places, type: integer, allow: [PROGRAM_ADMIN]}
"""


@pytest.fixture
def club(store: Store) -> Club:
    return Club(store)


@pytest.fixture
def ann(club: Club) -> tuple[Ref, Ref]:
    """Joined at 12:01; the badge is A-1 from 12:02, A-2 from 12:03, gone from 12:04; languages from 12:05."""
    user, persona = club.join("ann", "MENTOR")
    for badge in ("A-1", "A-2", ""):
        club.set(user, badge=(badge,) if badge else ())
    club.set(persona, languages=("DE", "EN"))
    return user, persona


def api(club: Club, schema: strawberry.Schema, caller: Caller | None = None) -> Api:
    found = Api(schema, club.store, club.book, now=LATER)
    return found.as_(caller) if caller else found


def name(ref: Ref) -> str:
    return f"{({Kind.USER: 'User', Kind.PERSONA: 'Persona', Kind.SITE: 'Site'})[ref.kind]}-{ref.id}"


def held(asking: Api, moment: datetime, *refs: Ref) -> list[Mapping[str, Any]]:
    """The values of each record by field; nothing for a field that is empty."""
    query = f"query($ids: [ID!]!, $at: DateTime!) {{ nodes(ids: $ids) {{ ... on Subject {{ {AT} }} }} }}"
    nodes = asking.ask(query, ids=[name(ref) for ref in refs], at=moment.isoformat())["nodes"]
    return [{field["key"]: field["values"] for field in node["fieldsAt"] if field["values"]} for node in nodes]


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def test_each_value_is_the_one_of_that_moment(club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]) -> None:
    asking = api(club, schema)
    known = {at: held(asking, minute(at), ann[0])[0].get("badge") for at in (1, 1.9, 2, 2.5, 3, 4, 90)}
    assert known == {1: None, 1.9: None, 2: ["A-1"], 2.5: ["A-1"], 3: ["A-2"], 4: None, 90: None}


def test_every_field_of_today_is_listed_with_its_words(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    query = f"query($id: ID!, $at: DateTime!) {{ persona(id: $id) {{ {AT} }} }}"
    told = api(club, schema).ask(query, id=name(ann[1]), at=minute(5).isoformat())["persona"]["fieldsAt"]
    assert told == [
        {"key": "capacity", "value": None, "values": [], "valueLabel": None},
        {"key": "languages", "value": "DE", "values": ["DE", "EN"], "valueLabel": "German, English"},
    ]


def test_before_a_record_was_made_nothing_is_listed(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    query = f"query($id: ID!, $at: DateTime!) {{ user(id: $id) {{ {AT} }} }}"
    told = api(club, schema).ask(query, id=name(ann[0]), at=minute(0.9).isoformat())
    assert told == {"user": {"fieldsAt": []}}


def test_what_is_entered_late_counts_from_when_it_took_effect(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    club.now = minute(60)
    club.set(ann[0], options=Options(effective_at=minute(30)), badge=("A-3",))
    asking = api(club, schema)
    assert [held(asking, minute(at), ann[0]) for at in (29, 30)] == [[{}], [{"badge": ["A-3"]}]]


def test_the_class_of_a_field_holds_for_its_past_too(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    oneself = api(club, schema, club.caller("PARTICIPANT", ann[0]))
    assert held(oneself, minute(5), *ann) == [{}, {"languages": ["DE", "EN"]}]
    assert held(api(club, schema), minute(2), *ann) == [{"badge": ["A-1"]}, {}]


def test_of_whom_one_does_not_see_the_history_nothing_is_told(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    user, _ = club.join("bob", "MENTOR")
    other = api(club, schema, club.caller("PARTICIPANT", user))
    nodes = other.ask(
        f'query($at: DateTime!) {{ nodes(ids: ["{name(ann[1])}"]) {{ ... on Subject {{ {AT} }} }} }}',
        at=LATER.isoformat(),
    )
    assert nodes == {"nodes": [None]}


def test_what_was_forgotten_is_told_only_as_far_as_something_else_knows_it(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    club.store.mutate_now(lambda s: s.act(lambda work: clear_values_before(work.connection, minute(2.5))))
    asking = api(club, schema)
    assert held(asking, minute(2), ann[0]) == [{"badge": ["A-1"]}]  # the act at 12:03 remembers what it replaced
    club.store.mutate_now(lambda s: s.act(lambda work: clear_values_before(work.connection, minute(9))))
    assert [held(asking, minute(at), *ann) for at in (2, 3)] == [[{}, {}]] * 2
    assert held(asking, minute(5), *ann) == [{}, {"languages": ["DE", "EN"]}]  # it holds this still


def test_nothing_is_told_of_whoever_was_erased(club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]) -> None:
    club.act(Erasure(club.book, club.clock).erase, ann[0].id)
    assert [held(api(club, schema), minute(at), *ann) for at in (2, 5)] == [[{}, {}]] * 2


def test_a_value_from_before_changes_were_kept_is_told_since_it_was_entered(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref], store_url: str
) -> None:
    tamper(store_url, "DELETE FROM field_changes")
    asking = api(club, schema)
    assert [held(asking, minute(at), ann[1]) for at in (4.9, 5)] == [[{}], [{"languages": ["DE", "EN"]}]]
    tamper(store_url, "UPDATE field_values SET set_at = NULL")
    assert held(asking, minute(1), ann[1]) == [{"languages": ["DE", "EN"]}]


def test_a_site_has_a_past_too(store: Store, schema: strawberry.Schema) -> None:
    club = Club(store, load_text(BASE, "transitions.yaml", {"club": CLUB + PLACES}, examined=False).rulesets)
    site = Ref(Kind.SITE, club.act(club.people.add_site, "club", "north", "North").id)
    began = club.now
    club.set(site, places=("4",))
    then = club.now
    club.set(site, places=("5",))
    told = [held(api(club, schema), at, site) for at in (began, then, club.now)]
    assert told == [[{}], [{"places": ["4"]}], [{"places": ["5"]}]]


def test_it_costs_the_same_however_many_records_there_are(club: Club, schema: strawberry.Schema) -> None:
    for number in range(4):
        user, persona = club.join(f"ann{number}", "MENTOR")
        club.set(user, badge=(f"A-{number}",))
        club.set(persona, capacity=("1",))
    asking = api(club, schema)
    users = 'users(program: "club", first: $n)'
    query = f"query($n: Int!, $at: DateTime!) {{ {users} {{ nodes {{ {AT} personas {{ {AT} }} }} }} }}"
    plain = f"query($n: Int!) {{ {users} {{ nodes {{ id personas {{ id }} }} }} }}"
    costs = [asking.statements(query, n=n, at=LATER.isoformat()) for n in (1, 4)]
    assert costs == [asking.statements(plain, n=4) + 2 * 3] * 2


def test_whoever_does_not_see_everything_is_told_what_was_there_before_too(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    club.set(ann[1], languages=("EN",))
    oneself = api(club, schema, club.caller("PARTICIPANT", ann[0]))
    assert [held(oneself, minute(at), ann[1]) for at in (4.9, 5, 6)] == [
        [{}],
        [{"languages": ["DE", "EN"]}],
        [{"languages": ["EN"]}],
    ]
