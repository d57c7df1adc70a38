"""The program and its sites as records: statuses, fields, buttons and history, for those whom they concern."""

from typing import Any

import pytest
import strawberry

from server.domain.actors import Caller
from server.engine.facts import Ref
from server.store.database import Store
from tests.graphql.builders import Api
from tests.services.test_surroundings import Year

RECORD = """id version program { key } statuses { machine status { key } } fields { key value }
  availableTransitions { transition { key } }"""
BOTH = f"""{{ program(key: "school_year") {{ {RECORD} history(first: 50) {{ nodes {{ machine to {{ key }} }} }} }}
  sites(program: "school_year") {{ {RECORD} history {{ nodes {{ to {{ key }} }} }} }} }}"""
PERFORM = """mutation($input: PerformTransitionInput!) { performTransition(input: $input) {
  subject { id statuses { status { key } } } change { subject { id } from { key } to { key } actorName }
  userErrors { code message } } }"""
UPDATE = """mutation($input: UpdateFieldsInput!) { updateFields(input: $input) {
  subject { id version fields { key value } } userErrors { code message } } }"""


@pytest.fixture
def year(store: Store) -> Year:
    return Year(store)


def api(year: Year, schema: strawberry.Schema, caller: Caller | None = None) -> Api:
    found = Api(schema, year.store, year.book, now=year.clock())
    return found.as_(caller) if caller else found


def told(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "statuses": [status["status"]["key"] for status in record["statuses"]],
        "fields": {field["key"]: field["value"] for field in record["fields"]},
        "buttons": [option["transition"]["key"] for option in record["availableTransitions"]],
        "history": [row["to"]["key"] for row in record["history"]["nodes"]],
    }


def test_the_program_and_its_sites_are_subjects(year: Year, schema: strawberry.Schema) -> None:
    found = api(year, schema).ask(BOTH)
    assert told(found["program"]) == {
        "statuses": ["SETUP"],
        "fields": {"season_ends": None},
        "buttons": [],
        "history": ["SETUP", "NONE", "NONE", "SIGNED"],
    }
    (site,) = found["sites"]
    assert told(site) == {
        "statuses": ["SIGNED"],
        "fields": {"free_places": "2"},
        "buttons": [],
        "history": ["NONE", "NONE", "SIGNED"],
    }
    assert (site["id"], site["program"]) == (f"Site-{year.site.id}", {"key": "school_year"})


def test_they_are_set_and_moved_by_their_ids(year: Year, schema: strawberry.Schema) -> None:
    admin = api(year, schema, Caller("Ada", frozenset({"PROGRAM_ADMIN"}), None, year.program))
    whole = f"Program-{year.program}"
    before = admin.ask(BOTH)["program"]["version"]
    wished = {"subjectId": whole, "fields": [{"key": "season_ends", "value": "2026-06-30"}]}
    set_ = admin.ask(UPDATE, input=wished)["updateFields"]
    assert set_["subject"] == {
        "id": whole,
        "version": before + 1,
        "fields": [{"key": "season_ends", "value": "2026-06-30"}],
    }
    done = admin.ask(PERFORM, input={"transition": "begin_matching", "subjectId": whole})["performTransition"]
    assert done == {
        "subject": {"id": whole, "statuses": [{"status": {"key": "MATCHING"}}]},
        "change": {"subject": {"id": whole}, "from": {"key": "SETUP"}, "to": {"key": "MATCHING"}, "actorName": "Ada"},
        "userErrors": [],
    }


def test_a_participant_sees_what_is_public_of_their_program_and_their_own_site(
    year: Year, schema: strawberry.Schema
) -> None:
    year.begin()
    year.add_site("south")
    person, _ = year.register("Mia", "MENTEE")
    own = api(year, schema, year.caller("PARTICIPANT", person))
    found = own.ask(BOTH)
    shown = told(found["program"])
    assert (shown["statuses"], shown["fields"]) == (["MATCHING"], {"season_ends": "2026-06-30"})
    (site,) = found["sites"]
    assert told(site) == {"statuses": ["SIGNED"], "fields": {"free_places": "1"}, "buttons": [], "history": []}
    refused = own.ask(PERFORM, input={"transition": "begin_season", "subjectId": f"Program-{year.program}"})
    assert [error["code"] for error in refused["performTransition"]["userErrors"]] == ["NOT_FOUND"]
    assert year.phase() == "MATCHING"


def test_staff_of_a_site_see_its_history_and_press_its_buttons(year: Year, schema: strawberry.Schema) -> None:
    south: Ref = year.add_site("south")
    staff = api(year, schema, Caller("Sam", frozenset({"SITE_STAFF"}), None, year.program, south.id))
    (site,) = staff.ask(BOTH)["sites"]
    assert told(site) == {
        "statuses": ["NONE"],
        "fields": {"free_places": None},
        "buttons": ["sign"],
        "history": ["NONE"],
    }
    done = staff.ask(PERFORM, input={"transition": "sign", "subjectId": f"Site-{south.id}"})["performTransition"]
    assert (done["change"]["to"], done["userErrors"]) == ({"key": "SIGNED"}, [])
