"""A status that the rules have dropped keeps its name, in history and on whoever is still in it."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from server.engine.ruleset import Ruleset
from server.services.rulebook import open_rulebook
from tests.graphql.builders import START, Api

DROPPED = "NOT_MATCHING"


@pytest.fixture
def later(api: Api, rulesets: Mapping[str, Ruleset]) -> Api:
    """Eve is Not Matching, and then the program drops that status."""
    eve = api.person("Eve", "MENTEE")
    api.done("changeMatchStatus", personaId=eve.persona, to=DROPPED)
    changed = {key: without(ruleset, DROPPED) for key, ruleset in rulesets.items()}
    rulebook = api.store.mutate_now(lambda session: open_rulebook(session, changed, START))
    return Api(api.schema, api.store, rulebook)


def without(ruleset: Ruleset, status: str) -> Ruleset:
    machine = ruleset.machines["match_status"]
    kept = {key: value for key, value in machine.statuses.items() if key != status}
    ways = {key: way for key, way in ruleset.transitions.items() if way.target != status and status not in way.sources}
    return replace(
        ruleset, machines={**ruleset.machines, machine.key: replace(machine, statuses=kept)}, transitions=ways
    )


def test_a_record_still_in_it_shows_it(later: Api) -> None:
    data = later.ask('{ persona(id: "Persona-1") { matchStatus { key label category isRetired } } }')
    assert data["persona"]["matchStatus"] == {
        "key": "NOT_MATCHING",
        "label": "Not Matching",
        "category": "FINAL",
        "isRetired": True,
    }


def test_history_names_it(later: Api) -> None:
    query = """{ history(filter: {toIn: ["NOT_MATCHING"], transitionIn: ["not_matching"]}) {
      nodes { to { label isRetired } } } }"""
    assert later.ask(query)["history"]["nodes"] == [{"to": {"label": "Not Matching", "isRetired": True}}]


def test_it_is_listed_only_when_asked_for(later: Api) -> None:
    query = """query Q($all: Boolean!) { program { rules { machine(key: "match_status") {
      statuses(includeRetired: $all) { key isRetired } } } } }"""
    listed = [
        {s["key"]: s["isRetired"] for s in later.ask(query, all=all_)["program"]["rules"]["machine"]["statuses"]}
        for all_ in (False, True)
    ]
    assert DROPPED not in listed[0]
    assert listed[1] == {**listed[0], DROPPED: True}
    assert set(listed[0].values()) == {False}


def test_whoever_is_still_in_it_is_counted_and_found(later: Api) -> None:
    counts = later.ask('{ program { statusCounts(machine: "match_status") { status { key } count } } }')["program"]
    assert {"status": {"key": DROPPED}, "count": 1} in counts["statusCounts"]
    found = later.ask('{ personas(filter: {matchStatusIn: ["NOT_MATCHING"]}) { nodes { id } } }')
    assert found["personas"]["nodes"] == [{"id": "Persona-1"}]
