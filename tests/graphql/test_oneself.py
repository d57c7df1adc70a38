"""Whoever asks, and whoever did something, as records of their own: shown to those who may see them."""

import pytest
import strawberry

from server.store.database import Store
from tests.graphql.builders import Api
from tests.services.club import Club

ACTORS = "history { nodes { transition actorName actor { id name email } } }"


@pytest.fixture
def club(store: Store) -> Club:
    return Club(store)


def test_the_viewer_finds_their_own_record_and_staff_find_none(club: Club, schema: strawberry.Schema) -> None:
    ann, _ = club.join("ann", "MENTOR")
    api = Api(schema, club.store, club.book, now=club.now)
    query = "{ viewer { user { id name } } }"
    assert api.as_(club.caller("PARTICIPANT", ann)).ask(query)["viewer"] == {
        "user": {"id": f"User-{ann.id}", "name": "ann"}
    }
    assert api.as_(club.caller("PROGRAM_ADMIN")).ask(query)["viewer"] == {"user": None}


def test_history_names_the_record_of_whoever_acted_for_themselves(club: Club, schema: strawberry.Schema) -> None:
    ann, persona = club.join("ann", "MENTOR")
    club.set(persona, by=club.caller("PARTICIPANT", ann), languages=("EN",))
    api = Api(schema, club.store, club.book, now=club.now)
    query = f'{{ persona(id: "Persona-{persona.id}") {{ {ACTORS} }} }}'
    rows = api.ask(query)["persona"]["history"]["nodes"]
    actors = {row["transition"]: row["actor"] for row in rows}
    assert actors == {
        "register_user": None,
        "update_fields": {"id": f"User-{ann.id}", "name": "ann", "email": "ann@example.org"},
    }


def test_the_actors_of_many_rows_cost_one_statement(club: Club, schema: strawberry.Schema) -> None:
    ann, persona = club.join("ann", "MENTOR")
    oneself = club.caller("PARTICIPANT", ann)
    api = Api(schema, club.store, club.book, now=club.now)
    query = f'{{ persona(id: "Persona-{persona.id}") {{ {ACTORS} }} }}'
    club.set(persona, by=oneself, languages=("EN",))
    one = api.statements(query)
    for language in ("DE", "FR", "EN"):
        club.set(persona, by=oneself, languages=(language,))
    assert api.statements(query) == one
