"""An act is taken back with all that followed from it, as long as nothing stands on it."""

from collections.abc import Mapping
from typing import Any

import pytest

from server.domain.actors import Caller
from tests.graphql.builders import STAFF, Api, Person

ROWS = "id transition from { key } to { key } subject { id } undoes { id } undoneBy { id }"
UNDONE = f"change {{ {ROWS} }} sideEffects {{ {ROWS} }} subject {{ id }}"
FORM = {"closeReason": "LENGTH", "mentorRematch": "YES", "menteeRematch": "NO"}
AUDITOR = Caller("Ada Auditor", frozenset({"AUDITOR"}), program_id=1)


@pytest.fixture
def pair(api: Api) -> tuple[Person, Person, str]:
    ann, ben = api.person("Ann"), api.person("Ben", "MENTEE")
    return ann, ben, api.match(ann, ben)


def latest(api: Api) -> str:
    """The id of the act's own row of what was done last."""
    rows = api.ask("{ history(last: 20) { nodes { id causedBy { id } } } }")["history"]["nodes"]
    return [row["id"] for row in rows if row["causedBy"] is None][-1]


def undo(api: Api, change: str, **options: Any) -> Mapping[str, Any]:
    return api.done("undoStatusChange", UNDONE, statusChangeId=change, **({"options": options} if options else {}))


def statuses(api: Api, *ids: str) -> list[list[str]]:
    found = api.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Subject { statuses { status { key } } } } }", ids=list(ids)
    )["nodes"]
    return [[each["status"]["key"] for each in node["statuses"]] for node in found]


def blockers(api: Api, change: str) -> list[tuple[str, str]]:
    """Why a change cannot be taken back: as the offer says, and as the refusal does."""
    query = "query($id: ID!) { node(id: $id) { ... on StatusChange { canUndo undoBlockers { code message } } } }"
    told = api.ask(query, id=change)["node"]
    length = api.history_length()
    refused = api.do("undoStatusChange", statusChangeId=change)["userErrors"]
    assert api.history_length() == length
    offered = [(each["code"], each["message"]) for each in told["undoBlockers"]]
    assert told["canUndo"] is (offered == [])
    assert [(each["code"], each["message"]) for each in refused[0]["blockers"]] == offered
    return offered


def test_a_closed_match_is_open_again_and_the_persona_made_for_the_next_one_is_retired(api: Api, pair: Any) -> None:
    ann, ben, match = pair
    closing = api.done("closeMatch", "change { id } sideEffects { id } createdPersonas { id }", matchId=match, **FORM)
    done = undo(api, closing["change"]["id"])
    assert done["subject"]["id"] == match
    assert done["change"]["from"] == {"key": "CLOSED"}
    assert done["change"]["to"] == {"key": "OPEN"}
    assert done["change"]["undoes"] == {"id": closing["change"]["id"]}
    rows = [done["change"], *done["sideEffects"]]
    every = [closing["change"], *closing["sideEffects"]]
    assert sorted(row["undoes"]["id"] for row in rows if row["undoes"]) == sorted(row["id"] for row in every)
    assert statuses(api, match, ann.persona, ben.persona) == [["OPEN"], ["ACTIVE", "MATCHED"], ["ACTIVE", "MATCHED"]]
    assert statuses(api, closing["createdPersonas"][0]["id"]) == [["INACTIVE", "RESCREENING"]]
    told = api.ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on StatusChange { undoneBy { id } } } }",
        ids=[row["id"] for row in every],
    )["nodes"]
    assert None not in [row["undoneBy"] for row in told]


def test_a_match_made_in_error_is_deleted_and_both_sides_wait_again(api: Api, pair: Any) -> None:
    ann, ben, match = pair
    done = undo(api, latest(api), confirm=confirmations(api, latest(api)))
    assert done["change"]["subject"] == {"id": match}
    assert statuses(api, match, ann.persona, ben.persona) == [["DELETED"], ["ACTIVE", "RTBM"], ["ACTIVE", "RTBM"]]


def confirmations(api: Api, change: str) -> list[str]:
    errors = api.do("undoStatusChange", statusChangeId=change)["userErrors"]
    return [warned["code"] for warned in errors[0].get("warnings", ())] if errors else []


def test_an_undo_is_taken_back_in_turn_and_the_act_stands_again(api: Api) -> None:
    ann = api.person("Ann")
    api.done("changeUserStatus", userId=ann.user, to="INACTIVE_WITHDRAWN")
    act = latest(api)
    undo(api, act)
    assert statuses(api, ann.user, ann.persona) == [["ACTIVE"], ["ACTIVE", "RTBM"]]
    assert [code for code, _ in blockers(api, act)] == ["ALREADY_UNDONE"]
    undo(api, latest(api))
    assert statuses(api, ann.user, ann.persona) == [["INACTIVE_WITHDRAWN"], ["ACTIVE", "NOT_APPLICABLE"]]
    undo(api, act)
    assert statuses(api, ann.user, ann.persona) == [["ACTIVE"], ["ACTIVE", "RTBM"]]


def test_acts_are_taken_back_one_after_the_other_the_last_one_first(api: Api, pair: Any) -> None:
    ann, _, match = pair
    api.done("closeMatch", matchId=match, **FORM)
    closing = latest(api)
    api.done("openMatch", matchId=match)
    opening = latest(api)
    assert {code for code, _ in blockers(api, closing)} == {"CHANGED_SINCE"}
    undo(api, opening)
    undo(api, closing)
    assert statuses(api, match, ann.persona) == [["OPEN"], ["ACTIVE", "MATCHED"]]


def test_what_has_changed_since_is_named_every_time_and_nothing_is_written(api: Api, pair: Any) -> None:
    ann, _, match = pair
    making = latest(api)
    api.done("closeMatch", matchId=match, closeReason="LENGTH", mentorRematch="NO", menteeRematch="NO")
    assert blockers(api, making) == [
        (
            "CHANGED_SINCE",
            f"The {what} of a record that this touched has changed since, by {by}. Take that back first.",
        )
        for what, by in (("Pair Status", "Close Match"), ("Match Status", "Become Closed"))
    ] + [
        (
            "CHANGED_SINCE",
            "The Match Status of a record that this touched has changed since, by Become Closed. Take that back first.",
        )
    ]
    assert api.do("undoStatusChange", statusChangeId=making)["userErrors"][0]["code"] == "TRANSITION_NOT_ALLOWED"
    assert ann.persona


def test_a_name_that_was_corrected_stands_in_nobodys_way(api: Api) -> None:
    ann = api.person("Ann")
    activating = latest(api)
    api.done("updateUser", userId=ann.user, name="Anna")
    undo(api, activating)
    assert statuses(api, ann.user, ann.persona) == [["SCREENING_INCOMPLETE"], ["ACTIVE", "NOT_APPLICABLE"]]


def test_what_history_does_not_keep_is_not_taken_back(api: Api) -> None:
    ann = api.person("Ann")
    registering = api.ask("{ history(first: 1) { nodes { id } } }")["history"]["nodes"][0]["id"]
    assert {code for code, _ in blockers(api, registering)} == {"CHANGED_SINCE"}
    api.done("updateUser", userId=ann.user, name="Anna")
    assert [code for code, _ in blockers(api, latest(api))] == ["CANNOT_BE_UNDONE"]
    api.done("registerUser", name="Cat", role="MENTOR", email="cat@example.org")
    assert {code for code, _ in blockers(api, latest(api))} == {"CANNOT_BE_UNDONE"}


def test_a_dry_run_tells_and_writes_nothing(api: Api) -> None:
    ann = api.person("Ann")
    length = api.history_length()
    planned = "planned { transition from { key } to { key } subject { id } }"
    payload = api.done("undoStatusChange", planned, statusChangeId=latest(api), options={"dryRun": True})
    assert [(row["subject"]["id"], row["to"]["key"]) for row in payload["planned"]] == [
        (ann.user, "SCREENING_INCOMPLETE"),
        (ann.persona, "NOT_APPLICABLE"),
    ]
    assert api.history_length() == length


def test_only_whoever_may_do_it_may_take_it_back(api: Api) -> None:
    ann = api.person("Ann")
    api.place(ann)
    api.done("changeUserStatus", userId=ann.user, to="INACTIVE_WITHDRAWN")
    withdrawing = latest(api)
    assert [code for code, _ in blockers(api.as_(AUDITOR), withdrawing)] == ["NOT_PERMITTED"]
    elsewhere = api.as_(Caller("Sid", frozenset({"SITE_STAFF"}), program_id=1, site_id=2))
    for change in (withdrawing, "StatusChange-999"):
        error = elsewhere.do("undoStatusChange", statusChangeId=change)["userErrors"][0]
        assert (error["code"], error["path"]) == ("NOT_FOUND", ["input", "statusChangeId"])
        assert error["message"] == f"There is no StatusChange {change}, or you may not see it."
    undo(api.as_(STAFF), withdrawing)
    assert statuses(api, ann.user) == [["ACTIVE"]]


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        ({"statusChangeId": "User-1"}, ["input", "statusChangeId"], "is the id of another kind of thing"),
        ({"options": {"effectiveAt": "2026-01-01T00:00:00Z"}}, ["input", "options", "effectiveAt"], "Leave the time"),
        ({"options": {"note": "n" * 2001}}, ["input", "options", "note"], "at most 2000 characters"),
    ],
)
def test_what_is_wrong_with_the_request_is_told(api: Api, given: Any, path: list[str], message: str) -> None:
    api.person("Ann")
    error = api.do("undoStatusChange", **{"statusChangeId": latest(api), **given})["userErrors"][0]
    assert (error["code"], error["path"]) == ("INVALID_INPUT", path)
    assert message in error["message"]


def test_another_version_is_refused_and_a_retry_answers_the_same(api: Api) -> None:
    ann = api.person("Ann")
    activating = latest(api)
    error = api.do("undoStatusChange", statusChangeId=activating, options={"expectedVersion": 1})["userErrors"][0]
    assert error["code"] == "VERSION_CONFLICT"
    first = undo(api, activating, idempotencyKey="again")
    length = api.history_length()
    assert undo(api, activating, idempotencyKey="again")["change"]["id"] == first["change"]["id"]
    assert api.history_length() == length
    assert ann.user


def test_the_offer_costs_the_same_however_many_rows_there_are(api: Api) -> None:
    asked = "canUndo undoBlockers { code subject { id } } undoneBy { id } undoes { id }"
    query = f"query($n: Int!) {{ history(last: $n) {{ nodes {{ {asked} }} }} }}"
    for name in ("Ann", "Ben", "Cat", "Dan"):
        api.person(name)
    few, many = api.statements(query, n=2), api.statements(query, n=20)
    assert few <= many <= few + 3, "only kinds of record that come up for the first time cost more"
    assert many < 24
