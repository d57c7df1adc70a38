"""What is worked out, over the API: shown like a field to those who may see it, set by nobody, and used by rules."""

from typing import Any

import pytest
import strawberry

from server.domain.actors import Caller
from server.store.database import Store
from tests.graphql.builders import Api
from tests.rules.test_guide_values import LOADED
from tests.services.club import Club

DEFINITIONS = '{ program(key: "league") { rules { fields { key type visibility isDerived choices { label } } } } }'
UPDATE = """mutation($input: UpdateFieldsInput!) {
  updateFields(input: $input) { change { id } userErrors { code message path } }
}"""


@pytest.fixture
def league(store: Store) -> Club:
    return Club(store, LOADED.rulesets, "league")


def api(league: Club, schema: strawberry.Schema, caller: Caller | None = None) -> Api:
    found = Api(schema, league.store, league.book, now=league.now)
    return found.as_(caller) if caller else found


def shown(api: Api, persona: int) -> dict[str, Any]:
    found = api.ask(f'{{ persona(id: "Persona-{persona}") {{ fields {{ key value valueLabel }} }} }}')
    return {field["key"]: (field["value"], field["valueLabel"]) for field in found["persona"]["fields"]}


def test_a_number_and_a_status_are_shown_like_fields_to_whom_their_class_is_shown(
    league: Club, schema: strawberry.Schema
) -> None:
    user, persona = league.join("ann", "MENTOR")
    league.set(persona, capacity=("2",))
    assert shown(api(league, schema), persona.id) == {
        "capacity": ("2", "2"),
        "free_places": ("2", "2"),
        "hours_given": ("0", "0"),
        "rank": ("0", "0"),
        "kept": (None, None),
        "standing": ("BLOCKED", "Blocked"),
    }
    oneself = shown(api(league, schema, league.caller("PARTICIPANT", user)), persona.id)
    assert oneself == {**dict.fromkeys(oneself, (None, None)), "free_places": ("2", "2"), "rank": ("0", "0")}


def test_the_rules_tell_what_is_worked_out_and_nobody_sets_it(league: Club, schema: strawberry.Schema) -> None:
    fields = {f["key"]: f for f in api(league, schema).ask(DEFINITIONS)["program"]["rules"]["fields"]}
    assert [key for key, field in fields.items() if not field["isDerived"]] == ["capacity", "hours", "trained"]
    assert fields["standing"] == {
        "key": "standing",
        "type": "choice",
        "visibility": "staff",
        "isDerived": True,
        "choices": [{"label": "Blocked"}, {"label": "Full"}, {"label": "Ready"}],
    }
    _, persona = league.join("ann", "MENTOR")
    wish = {"subjectId": f"Persona-{persona.id}", "fields": [{"key": "free_places", "value": "9"}]}
    refused = api(league, schema).ask(UPDATE, input=wish)["updateFields"]
    assert refused["change"] is None
    assert refused["userErrors"] == [
        {
            "code": "INVALID_INPUT",
            "message": "Free places is worked out, so nobody sets it.",
            "path": ["input", "fields", "freePlaces"],
        }
    ]


def test_what_is_worked_out_of_many_costs_as_many_statements_as_of_one(league: Club, schema: strawberry.Schema) -> None:
    query = '{ personas(program: "league", first: 50) { nodes { fields { key value } } } }'
    league.join("ann", "MENTOR")
    asked = api(league, schema)
    one = asked.statements(query)
    league.join("bob", "MENTEE")
    league.join("cyd", "MENTOR")
    assert asked.statements(query) == one
    assert len(asked.ask(query)["personas"]["nodes"]) == 3
