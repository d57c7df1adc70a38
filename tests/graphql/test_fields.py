"""Fields and further machines over the API: shown, set and searched by those who may."""

from typing import Any

import pytest
import strawberry

from server.domain.actors import Caller
from server.domain.commands import Options
from server.engine.facts import Ref
from server.store.database import Store
from tests.graphql.builders import Api
from tests.services.club import Club

FIELDS = "fields { key label type value values valueLabel }"
UPDATE = f"""mutation($input: UpdateFieldsInput!) {{
  updateFields(input: $input) {{
    subject {{ id version {FIELDS} }} change {{ transition answers {{ key value }} }} planned {{ transition }}
    userErrors {{ code message path }}
  }}
}}"""


@pytest.fixture
def club(store: Store) -> Club:
    return Club(store)


@pytest.fixture
def ann(club: Club) -> tuple[Ref, Ref]:
    user, persona = club.join("ann", "MENTOR")
    club.set(user, badge=("A-1",), checked_on=("2026-02-01",))
    club.set(persona, capacity=("2",), languages=("DE", "EN"))
    return user, persona


def api(club: Club, schema: strawberry.Schema, caller: Caller | None = None) -> Api:
    found = Api(schema, club.store, club.book, now=club.now)
    return found.as_(caller) if caller else found


def update(api: Api, subject: str, *fields: dict[str, Any], **options: Any) -> Any:
    found = api.ask(UPDATE, input={"subjectId": subject, "fields": list(fields), "options": options})
    return found["updateFields"]


def test_a_program_tells_which_fields_it_wants_to_know(club: Club, schema: strawberry.Schema) -> None:
    each = "key label owner ofKind type visibility isList choices { key }"
    query = f'{{ program(key: "club") {{ rules {{ fields {{ {each} }} }} }} }}'
    fields = api(club, schema).ask(query)["program"]["rules"]["fields"]
    assert [field["key"] for field in fields] == [
        "trained",
        "capacity",
        "languages",
        "checked_on",
        "badge",
        "buddy",
        "meetings",
    ]
    assert fields[2] == {
        "key": "languages",
        "label": "Languages",
        "owner": "PERSONA",
        "ofKind": None,
        "type": "choice",
        "visibility": "public",
        "isList": True,
        "choices": [{"key": "EN"}, {"key": "DE"}, {"key": "FR"}],
    }
    assert (fields[4]["owner"], fields[4]["choices"], fields[4]["visibility"]) == ("USER", None, "staff")


def test_a_record_shows_what_it_holds(club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]) -> None:
    _, persona = ann
    shown = api(club, schema).ask(f'{{ persona(id: "Persona-{persona.id}") {{ {FIELDS} }} }}')["persona"]["fields"]
    assert [(f["key"], f["value"], f["values"], f["valueLabel"]) for f in shown] == [
        ("capacity", "2", ["2"], "2"),
        ("languages", "DE", ["DE", "EN"], "German, English"),
    ]


def test_a_record_stands_in_the_machines_that_its_program_declares(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    user, _ = ann
    query = f'{{ user(id: "User-{user.id}") {{ statuses {{ machine status {{ key label }} }} }} }}'
    found = [(s["machine"], s["status"]["key"]) for s in api(club, schema).ask(query)["user"]["statuses"]]
    assert found == [("user_status", "APPLICATION_INCOMPLETE"), ("background_check", "NONE"), ("training", "OPEN")]
    counts = '{ program(key: "club") { statusCounts(machine: "background_check") { status { key } count } } }'
    before = api(club, schema).ask(counts)["program"]["statusCounts"]
    club.perform("order_check", user)
    after = api(club, schema).ask(counts)["program"]["statusCounts"]
    assert [(c["status"]["key"], c["count"]) for c in before] == [("NONE", 1), ("ORDERED", 0), ("PASSED", 0)]
    assert [(c["status"]["key"], c["count"]) for c in after] == [("NONE", 0), ("ORDERED", 1), ("PASSED", 0)]


def test_what_somebody_may_not_see_is_null_and_of_a_partner_nothing_is_shown(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    user, _ = ann
    oneself = api(club, schema, club.caller("PARTICIPANT", user))
    shown = oneself.ask(f'{{ user(id: "User-{user.id}") {{ {FIELDS} }} }}')["user"]["fields"]
    assert [(f["key"], f["value"], f["values"], f["valueLabel"]) for f in shown] == [
        ("trained", None, [], None),
        ("checked_on", None, [], None),
        ("badge", None, [], None),
        ("buddy", None, [], None),
    ]


def test_fields_are_set_and_told_in_history(club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]) -> None:
    user, _ = ann
    done = update(api(club, schema), f"User-{user.id}", {"key": "badge", "value": "B-7"}, {"key": "checked_on"})
    assert done["userErrors"] == []
    held = {field["key"]: field["value"] for field in done["subject"]["fields"]}
    assert held == {"trained": None, "checked_on": None, "badge": "B-7", "buddy": None}
    assert done["change"]["transition"] == "update_fields"
    assert club.values(user) == {"badge": "B-7"}


def test_everything_that_is_wrong_is_told_where_it_was_written(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    user, persona = ann
    found = update(api(club, schema), f"Persona-{persona.id}", {"key": "capacity", "value": "lots"}, {"key": "size"})
    assert [(e["code"], e["path"]) for e in found["userErrors"]] == [
        ("INVALID_INPUT", ["input", "fields", "capacity"]),
        ("INVALID_INPUT", ["input", "fields", "size"]),
    ]
    twice = update(
        api(club, schema), f"User-{user.id}", {"key": "badge", "value": "B"}, {"key": "badge", "values": ["C"]}
    )
    assert [e["message"] for e in twice["userErrors"]] == ["badge is given twice. Give it once, as value or as values."]
    missing = update(api(club, schema), "User-999", {"key": "badge", "value": "B"})
    assert [(e["code"], e["path"]) for e in missing["userErrors"]] == [("NOT_FOUND", ["input", "subjectId"])]
    assert club.values(user)["badge"] == "A-1"


def test_a_dry_run_plans_and_writes_nothing(club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]) -> None:
    user, _ = ann
    done = update(api(club, schema), f"User-{user.id}", {"key": "badge", "value": "B-7"}, dryRun=True)
    assert (done["planned"], done["userErrors"]) == ([{"transition": "update_fields"}], [])
    assert club.values(user)["badge"] == "A-1"


@pytest.mark.parametrize(
    ("filter_", "found"),
    [
        ({"key": "capacity", "from": "2"}, ["ann", "cat"]),
        ({"key": "capacity", "from": "3", "to": "12"}, ["cat"]),
        ({"key": "capacity", "in": ["2"]}, ["ann"]),
        ({"key": "capacity", "isSet": False}, ["bob"]),
        ({"key": "languages", "in": ["FR", "EN"]}, ["ann", "bob"]),
        ({"key": "languages", "isSet": True}, ["ann", "bob"]),
    ],
)
def test_lists_are_narrowed_by_fields(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref], filter_: dict[str, Any], found: list[str]
) -> None:
    _, bob = club.join("bob", "MENTOR")
    club.set(bob, languages=("FR",))
    _, cat = club.join("cat", "MENTOR")
    club.set(cat, capacity=("10",))
    query = 'query($f: PersonaFilter) { personas(program: "club", filter: $f) { totalCount nodes { user { name } } } }'
    page = api(club, schema).ask(query, f={"fields": [filter_]})["personas"]
    assert [node["user"]["name"] for node in page["nodes"]] == found
    assert page["totalCount"] == len(found)


def test_nobody_is_found_by_a_field_that_is_not_shown(
    club: Club, schema: strawberry.Schema, ann: tuple[Ref, Ref]
) -> None:
    user, _ = ann
    query = 'query($f: UserFilter) { users(program: "club", filter: $f) { nodes { name } } }'
    wanted = {"fields": [{"key": "badge", "in": ["A-1"]}]}
    assert api(club, schema).ask(query, f=wanted)["users"]["nodes"] == [{"name": "ann"}]
    oneself = api(club, schema, club.caller("PARTICIPANT", user))
    assert oneself.ask(query, f=wanted)["users"]["nodes"] == []
    unset = {"fields": [{"key": "badge", "isSet": False}]}
    assert oneself.ask(query, f=unset)["users"]["nodes"] == []


@pytest.mark.parametrize(
    ("filter_", "message"),
    [
        ({"key": "bagde", "isSet": True}, 'There is no field "bagde" here. Did you mean badge?'),
        ({"key": "badge", "from": "A"}, "badge has no order: use in, not from and to."),
        ({"key": "checked_on", "from": "soon"}, '"soon" is no value of the type date, which checked_on is.'),
        ({"key": "badge", "isSet": False, "in": ["A"]}, "badge cannot hold a value and be empty: leave isSet out."),
    ],
)
def test_a_filter_that_makes_no_sense_says_what_would(
    club: Club, schema: strawberry.Schema, filter_: dict[str, Any], message: str
) -> None:
    query = 'query($f: UserFilter) { users(program: "club", filter: $f) { totalCount } }'
    code, text = api(club, schema).fault(query, f={"fields": [filter_]})
    assert code == "BAD_USER_INPUT"
    assert text.startswith(message)


def test_the_fields_of_many_cost_as_many_statements_as_those_of_one(club: Club, schema: strawberry.Schema) -> None:
    asked = api(club, schema)
    query = (
        '{ users(program: "club") { nodes { fields { value } statuses { machine } personas { fields { value } } } } }'
    )
    club.join("ann", "MENTOR")
    asked.ask(query)
    one = asked.statements(query)
    for name in ("bob", "cat", "dan"):
        club.set(club.join(name, "MENTOR")[1], options=Options(), capacity=("1",))
    assert asked.statements(query) == one
