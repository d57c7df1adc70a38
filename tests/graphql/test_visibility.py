"""Which fields are shown to whom, and that no field is without a class."""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import strawberry
from graphql import GraphQLSchema

from server.domain.access import FieldClass
from server.domain.actors import Caller
from server.domain.commands import Options
from server.engine.facts import Ref
from server.engine.questions import Input
from server.graphql.schema import build_schema
from server.graphql.visibility import (
    NOTES,
    PUBLIC,
    SENSITIVE,
    STAFF,
    TABLE,
    Fields,
    VisibilityError,
    class_of_answer,
    first_name,
    guard,
)
from server.store.database import Store
from tests.graphql.builders import Api
from tests.services.school import GOODBYE, School

DOCUMENT = Path(__file__).parents[2] / "docs" / "visibility.md"
PERSON = "name email externalId status { key }"
PERSONA = f"role mentorSiteList partnerSite {{ key }} matchStatus {{ key }} user {{ {PERSON} }}"
MATCH = f"status {{ key }} answers {{ key value }} mentor {{ {PERSONA} }} mentee {{ {PERSONA} }}"
CHANGE = "transition note actorName answers { key value }"
OPINIONS = {**GOODBYE, "close_comment": "They quarrelled.", "staff_opinion": "UNSAFE"}
ALL = [
    {"key": "close_reason", "value": "LENGTH"},
    {"key": "close_comment", "value": "They quarrelled."},
    {"key": "staff_opinion", "value": "UNSAFE"},
    {"key": "mentor_rematch", "value": "YES"},
    {"key": "mentee_rematch", "value": "YES"},
]
CHOICES = [answer for answer in ALL if answer["key"] != "close_comment"]


@pytest.fixture
def school(store: Store, new_school: Callable[[Store], School]) -> School:
    made = new_school(store)
    made.store.mutate_now(
        lambda session: made.people.place_persona(
            session, made.office, made.bob.persona, {"mentor_site_list": "North pool"}, Options()
        )
    )
    return made


@pytest.fixture
def ask(school: School, schema: strawberry.Schema) -> Any:
    """Asks as somebody."""

    def asking(caller: Caller, text: str, **variables: Any) -> Mapping[str, Any]:
        return api(school, schema, caller).ask(text, **variables)

    return asking


def api(school: School, schema: strawberry.Schema, caller: Caller) -> Api:
    return Api(schema, school.store, school.book, caller, school.now)


def partner_admin(school: School) -> Caller:
    return school.caller("PARTNER_ADMIN", site="north")


def node(ref: Ref, fields: str) -> str:
    name = {"user": "User", "persona": "Persona", "pair": "Match"}[ref.kind.value]
    return f'{{ node(id: "{name}-{ref.id}") {{ ... on {name} {{ {fields} }} }} }}'


BOB = {"name": "bob", "email": "bob@example.org", "externalId": "no-bob", "status": {"key": "ACTIVE"}}
HIDDEN = {"email": None, "externalId": None}


def test_what_is_sensitive_is_shown_to_staff_and_to_people_themselves(school: School, ask: Any) -> None:
    for caller in (school.north, school.office, school.caller("AUDITOR"), school.oneself(school.bob)):
        assert ask(caller, node(school.bob.user, PERSON))["node"] == BOB
    assert ask(partner_admin(school), node(school.bob.user, PERSON))["node"] == BOB | HIDDEN


def test_what_staff_note_is_not_shown_to_people_themselves(school: School, ask: Any) -> None:
    lists = {
        name: ask(caller, node(school.bob.persona, "mentorSiteList partnerSite { key }"))["node"]
        for name, caller in (
            ("staff", school.north),
            ("partner admin", partner_admin(school)),
            ("oneself", school.oneself(school.bob)),
        )
    }
    assert lists == {
        "staff": {"mentorSiteList": "North pool", "partnerSite": {"key": "north"}},
        "partner admin": {"mentorSiteList": "North pool", "partnerSite": {"key": "north"}},
        "oneself": {"mentorSiteList": None, "partnerSite": {"key": "north"}},
    }


@pytest.mark.parametrize("who", ["staff of the other site", "the mentee"])
def test_of_a_partner_only_first_name_role_and_statuses_are_shown(school: School, ask: Any, who: str) -> None:
    caller = school.south if who == "staff of the other site" else school.oneself(school.sid)
    school.act(school.people.update_user, school.bob.user, {"name": "Bob  Bobson"}, Options())
    school.perform("close_match", school.across, answers=OPINIONS)
    found = ask(caller, node(school.across, MATCH))["node"]
    assert found["mentor"] == {
        "role": "MENTOR",
        "mentorSiteList": None,
        "partnerSite": None,
        "matchStatus": {"key": "CLOSED"},
        "user": {"name": "Bob", **HIDDEN, "status": {"key": "ACTIVE"}},
    }
    assert found["mentee"]["user"]["email"] == "sid@example.org"
    more = "history { totalCount nodes { id } } availableTransitions(includeBlocked: true) { allowed }"
    nothing = {"history": {"totalCount": 0, "nodes": []}, "availableTransitions": []}
    for ref in (school.bob.user, school.bob.persona):
        assert ask(caller, node(ref, more))["node"] == nothing


def test_answers_and_notes_go_by_class(school: School, ask: Any) -> None:
    school.perform("close_match", school.across, answers=OPINIONS, options=Options(note="A sad story."))
    text = node(school.across, f"answers {{ key value }} history(last: 1) {{ nodes {{ {CHANGE} }} }}")
    told = {
        name: (found["answers"], found["history"]["nodes"][0]["answers"], found["history"]["nodes"][0]["note"])
        for name, caller in (
            ("staff", school.south),
            ("partner admin", partner_admin(school)),
            ("mentor", school.oneself(school.bob)),
        )
        for found in [ask(caller, text)["node"]]
    }
    assert told == {
        "staff": (ALL, ALL, "A sad story."),
        "partner admin": (CHOICES, CHOICES, None),
        "mentor": ([], [], None),
    }


def test_of_a_partner_who_did_something_only_the_first_name_is_told(school: School, ask: Any) -> None:
    bob = replace(school.oneself(school.bob), name="Bob Bobson", roles=frozenset({"PARTICIPANT", "PROGRAM_ADMIN"}))
    school.perform("close_match", school.across, answers=OPINIONS, by=bob)
    text = node(school.across, "history { nodes { actorName } }")
    names = {
        caller: [row["actorName"] for row in ask(who, text)["node"]["history"]["nodes"]]
        for caller, who in (
            ("sid", school.oneself(school.sid)),
            ("bob", school.oneself(school.bob)),
            ("south", school.south),
        )
    }
    assert names == {
        "sid": ["Olga Owner", "Bob"],
        "bob": ["Olga Owner", "Bob Bobson"],
        "south": ["Olga Owner", "Bob"],
    }


def searched(ask: Any, caller: Caller, words: str) -> set[str]:
    text = "query($words: String) { users(filter: {search: $words}) { totalCount nodes { name } } }"
    found = ask(caller, text, words=words)["users"]
    assert found["totalCount"] == len(found["nodes"])
    return {row["name"] for row in found["nodes"]}


def test_nobody_is_found_by_what_is_not_shown(school: School, ask: Any) -> None:
    admin = partner_admin(school)
    assert searched(ask, school.north, "BOB@example") == {"bob"}
    assert searched(ask, school.north, "no-b") == {"bob"}
    assert searched(ask, admin, "BOB@example") == set()
    assert searched(ask, admin, "no-b") == set()
    assert searched(ask, admin, "BO") == {"bob"}
    by = '{{ user({}: "{}") {{ name }} }}'
    assert ask(school.north, by.format("email", "bob@example.org"))["user"] == {"name": "bob"}
    assert ask(admin, by.format("email", "bob@example.org"))["user"] is None
    assert ask(admin, by.format("externalId", "no-bob"))["user"] is None


def test_a_search_goes_by_the_classes_seen_of_each_person(school: School, ask: Any) -> None:
    both = school.caller("PARTNER_ADMIN", "PARTICIPANT", site="south", person=school.bob)
    assert searched(ask, both, "example.org") == {"bob"}
    assert searched(ask, both, "d") == {"sid", "dan"}


def test_a_list_that_is_not_shown_finds_no_personas(school: School, ask: Any) -> None:
    text = '{ personas(filter: {mentorSiteList: "North pool"}) { totalCount nodes { id } } }'
    assert ask(school.north, text)["personas"]["totalCount"] == 1
    assert ask(partner_admin(school), text)["personas"]["totalCount"] == 1
    assert ask(school.oneself(school.bob), text)["personas"] == {"totalCount": 0, "nodes": []}


def test_an_address_that_is_taken_is_told_without_whose(school: School, schema: strawberry.Schema) -> None:
    admin = api(school, schema, partner_admin(school))
    given = {"role": "MENTEE", "name": "Zoe", "partnerSite": "north"}
    payload = admin.do("registerUser", "user { id }", email="DAN@example.org", externalId="no-dan", **given)
    assert payload["user"] is None
    assert [(error["path"], error["message"]) for error in payload["userErrors"]] == [
        (
            ["input", "email"],
            "Somebody in this program already has this e-mail address. Look them up, or use another address.",
        ),
        (["input", "externalId"], "Somebody in this program already has the external id no-dan."),
    ]
    made = admin.done("registerUser", "user { name email externalId }", email="zoe@example.org", **given)
    assert made["user"] == {"name": "Zoe", **HIDDEN}


@pytest.mark.parametrize("who", ["north", "partner admin"])
def test_no_field_costs_a_statement_a_row(school: School, schema: strawberry.Schema, who: str) -> None:
    asking = api(school, schema, school.north if who == "north" else partner_admin(school))
    fields = f"{PERSON} history {{ nodes {{ {CHANGE} }} }} personas {{ {PERSONA} match {{ {MATCH} }} }}"
    text = f"query($first: Int) {{ users(first: $first) {{ nodes {{ {fields} }} }} }}"
    asking.statements(text)
    # Three have a partner at the other site among them, which costs its own; the fourth may cost nothing more.
    assert asking.statements(text, first=3) == asking.statements(text, first=4)


def test_no_row_of_history_costs_a_statement(school: School, schema: strawberry.Schema) -> None:
    asking = api(school, schema, school.north)
    narrowed = 'filter: {machineIn: ["user_status"]}'
    text = f"query($first: Int) {{ history({narrowed}, first: $first) {{ totalCount nodes {{ {CHANGE} }} }} }}"
    assert asking.ask(text, first=1)["history"]["totalCount"] == 10
    assert asking.statements(text, first=1) == asking.statements(text, first=10)


@pytest.mark.parametrize(
    ("name", "first"),
    [("Ana", "Ana"), ("Ana Maria Lopez", "Ana"), ("  Ana\tLopez ", "Ana"), ("Jean-Luc Picard", "Jean-Luc"), ("", "")],
)
def test_a_first_name_is_the_first_word(name: str, first: str) -> None:
    assert first_name(name) == first


@pytest.mark.parametrize(
    ("kind", "needed"), [("choice", STAFF), ("date", STAFF), ("boolean", STAFF), ("text", NOTES), (None, NOTES)]
)
def test_an_answer_has_the_class_of_its_question(kind: str | None, needed: frozenset[FieldClass]) -> None:
    assert class_of_answer(Input("key", "Label?", kind) if kind else None) == needed


@pytest.fixture
def compiled() -> GraphQLSchema:
    """The schema as graphql-core has it, not shared with any other test."""
    return build_schema()._schema


def problems(schema: GraphQLSchema, **changed: Fields) -> list[str]:
    with pytest.raises(VisibilityError) as caught:
        guard(schema, {**TABLE, **changed})
    return str(caught.value).split("\n")


def test_an_unclassified_field_fails_the_build(compiled: GraphQLSchema) -> None:
    assert problems(compiled, InputChoice=Fields("key")) == [
        "InputChoice.label has no class: add it to TABLE in server/graphql/visibility.py."
    ]


def test_an_unclassified_type_fails_the_build_with_all_its_fields(compiled: GraphQLSchema) -> None:
    table = {name: fields for name, fields in TABLE.items() if name != "InputChoice"}
    with pytest.raises(VisibilityError) as caught:
        guard(compiled, table)
    assert {line.split(" ")[0] for line in str(caught.value).split("\n")} == {"InputChoice.key", "InputChoice.label"}


def test_a_class_for_what_does_not_exist_fails_the_build(compiled: GraphQLSchema) -> None:
    assert problems(compiled, InputChoice=Fields("key label", {"street": STAFF}), Pet=Fields("name")) == [
        "InputChoice.street is not in the schema: take it out of TABLE in server/graphql/visibility.py.",
        "Pet.name is not in the schema: take it out of TABLE in server/graphql/visibility.py.",
    ]


def test_what_is_never_null_cannot_be_hidden(compiled: GraphQLSchema) -> None:
    assert problems(compiled, InputChoice=Fields("key", {"label": SENSITIVE})) == [
        "InputChoice.label is never null, so that it cannot be hidden: make it nullable or always shown."
    ]


def row(name: str, fields: Fields) -> str:
    """What the document has to say of a type: the fields that not everybody sees who sees the record."""
    words = {PUBLIC: "public, not of a partner", STAFF: "staff", SENSITIVE: "sensitive", NOTES: "staff and sensitive"}
    hidden = "; ".join(f"`{key}`: {words[needed]}" for key, needed in fields.needs.items())
    return f"| `{name}` | {', '.join(f'`{key}`' for key in fields.always.split())} | {hidden} |"


def test_the_document_has_every_type_as_the_table_has_it() -> None:
    written = re.findall(r"^\| `.*$", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE)
    assert written == [row(name, fields) for name, fields in TABLE.items()]
