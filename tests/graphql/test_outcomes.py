"""Outcomes over the API: targets of transitions and buttons, and acts that change nothing."""

from typing import Any

import pytest
import strawberry

from server.engine.facts import Ref
from server.rules.loader import load_text
from server.store.database import Store
from tests.graphql.builders import Api
from tests.outcomes import RULES
from tests.services.club import BASE, Club

BUTTONS = "{ availableTransitions { transition { key } targets { key } allowed } }"


def party(store: Store, schema: strawberry.Schema, key: str) -> tuple[Api, Club, Ref]:
    club = Club(store, RULES, key)
    person, _ = club.join("ann", "MENTOR")
    return Api(schema, store, club.book, now=club.now), club, person


def targets(api: Api, person: Ref) -> dict[str, list[str]]:
    found = api.ask(f'{{ user(id: "User-{person.id}") {BUTTONS} }}')["user"]["availableTransitions"]
    return {each["transition"]["key"]: [status["key"] for status in each["targets"]] for each in found}


def test_where_a_transition_leads_is_told_as_far_as_it_is_known(store: Store, schema: strawberry.Schema) -> None:
    api, club, person = party(store, schema, "verdict")
    each = 'transitions(from: "SCREENING_INCOMPLETE", to: "WAITING_LIST") { key to { key } targets { key } }'
    query = f'{{ program(key: "verdict") {{ rules {{ machine(key: "user_status") {{ {each} }} }} }} }}'
    (found,) = api.ask(query)["program"]["rules"]["machine"]["transitions"]
    assert found == {
        "key": "decide_screening",
        "to": None,
        "targets": [{"key": "ACTIVE"}, {"key": "INACTIVE_REJECTED"}, {"key": "WAITING_LIST"}],
    }
    club.perform("finish_application", person)
    assert targets(api, person)["decide_screening"] == ["ACTIVE", "INACTIVE_REJECTED", "WAITING_LIST"]


@pytest.mark.parametrize("options", [{}, {"dryRun": True}])
def test_a_second_click_tells_no_change_and_no_error(
    store: Store, schema: strawberry.Schema, options: dict[str, Any]
) -> None:
    api, club, person = party(store, schema, "breaks")
    club.perform("pause", person)
    assert targets(api, person)["resume"] == ["APPLICATION_INCOMPLETE"]
    select = "subject { id statuses { status { key } } } change { id } sideEffects { id } planned { transition }"
    given = {"subjectId": f"User-{person.id}", "transition": "pause", "options": options}
    payload = api.done("performTransition", select, **given)
    assert payload == {
        "subject": {"id": f"User-{person.id}", "statuses": [{"status": {"key": "PAUSED"}}]},
        "change": None,
        "sideEffects": [],
        "planned": [],
        "userErrors": [],
    }


def test_a_second_click_in_bulk_is_not_counted(store: Store, schema: strawberry.Schema) -> None:
    api, club, person = party(store, schema, "breaks")
    club.perform("pause", person)
    items = [{"transition": "pause", "subjectId": f"User-{person.id}"}]
    counts = "changedCount refusedCount results { change { id } }"
    payload = api.done("bulkPerformTransition", counts, items=items)
    assert payload == {"changedCount": 0, "refusedCount": 0, "results": [{"change": None}], "userErrors": []}


REMOVING = """
extends: default
program: tidy
title: Tidy
add:
  machines.user_status.statuses.INACTIVE_DELETED.removed: true
  machines.persona_status.statuses.INACTIVE.removed: true
"""
LISTS = """query($users: UserFilter, $personas: PersonaFilter) {
  users(program: "tidy", filter: $users) { totalCount nodes { id } }
  personas(program: "tidy", filter: $personas) { totalCount nodes { id } }
}"""


def test_removed_people_and_personas_are_listed_only_for_who_asks_for_them(
    store: Store, schema: strawberry.Schema
) -> None:
    club = Club(store, load_text(BASE, "base.yaml", {"tidy": REMOVING}).rulesets, "tidy")
    ann, bob = club.join("ann", "MENTOR"), club.join("bob", "MENTEE")
    club.perform("delete_account", ann[0])
    api = Api(schema, store, club.book, now=club.now)

    def listed(**filters: Any) -> dict[str, tuple[int, list[str]]]:
        found = api.ask(LISTS, **filters)
        return {key: (each["totalCount"], [node["id"] for node in each["nodes"]]) for key, each in found.items()}

    assert listed() == {"users": (1, [f"User-{bob[0].id}"]), "personas": (1, [f"Persona-{bob[1].id}"])}
    gone = {"users": {"statusIn": ["INACTIVE_DELETED"]}, "personas": {"userStatusIn": ["INACTIVE_DELETED"]}}
    assert listed(**gone) == {"users": (1, [f"User-{ann[0].id}"]), "personas": (1, [f"Persona-{ann[1].id}"])}
    club.perform("inactivate_persona", bob[1])
    assert listed(personas={"role": "MENTEE"})["personas"] == (0, [])
    assert "make_rtbm" not in targets(api, bob[0])
    count = 'program(key: "tidy") { statusCounts(machine: "user_status") { status { key } count } }'
    counts = {c["status"]["key"]: c["count"] for c in api.ask(f"{{ {count} }}")["program"]["statusCounts"]}
    assert counts["INACTIVE_DELETED"] == 1
