"""A mistyped note or answer is put right, and everybody who may see it sees what was there before."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from server.domain.actors import Caller
from tests.graphql.builders import STAFF, Api

ADMIN = Caller("Ada Admin", frozenset({"PROGRAM_ADMIN"}), program_id=1)
CORRECTIONS = "corrections { key label before after change { actorName transition note } }"
CHANGE = f"id note answers {{ key value }} {CORRECTIONS}"
GOODBYE = {"closeReason": "OTHER", "mentorRematch": "NO", "menteeRematch": "NO"}


@pytest.fixture
def closed(api: Api) -> tuple[Api, str]:
    """A match that was closed with a mistyped note and comment, and the row of history that says so."""
    pair = (api.person("Ann"), api.person("Ben", "MENTEE"))
    api.place(*pair)
    match = api.match(*pair)
    given = {**GOODBYE, "answers": [{"key": "close_comment", "value": "Bye Bem"}], "options": {"note": "Bem asked"}}
    change = api.done("closeMatch", "change { id }", matchId=match, **given)["change"]["id"]
    return api, change


def correct(api: Api, change: str, **given: Any) -> Mapping[str, Any]:
    return api.do("correctStatusChange", f"change {{ {CHANGE} }}", statusChangeId=change, **given)


def row(api: Api, change: str) -> Mapping[str, Any]:
    found = api.ask(f"query($id: ID!) {{ node(id: $id) {{ ... on StatusChange {{ {CHANGE} }} }} }}", id=change)["node"]
    return found or {}


def answers(of: Mapping[str, Any]) -> Mapping[str, str]:
    return {answer["key"]: answer["value"] for answer in of["answers"]}


def test_the_note_is_put_right_with_a_trace(closed: tuple[Api, str]) -> None:
    api, change = closed
    before = api.history_length()
    done = correct(api.as_(ADMIN), change, note="Ben asked", options={"note": "A slip of the key"})
    assert done["userErrors"] == []
    now = row(api, change)
    assert now["note"] == "Ben asked"
    trace = {"actorName": "Ada Admin", "transition": "correct_history", "note": "A slip of the key"}
    assert now["corrections"] == [
        {"key": None, "label": "Note", "before": "Bem asked", "after": "Ben asked", "change": trace}
    ]
    assert api.history_length() == before + 1


def test_each_correction_leads_to_the_row_that_it_put_right(closed: tuple[Api, str]) -> None:
    api, change = closed
    ask = "{ history(first: 50) { nodes { id transition corrects { id } } } }"
    plain = api.statements(ask)
    leaves = {"userId": api.person("Cora").user, "to": "INACTIVE_WITHDRAWN", "options": {"note": "Gome"}}
    other = api.done("changeUserStatus", "change { id }", **leaves)["change"]["id"]
    for wrong, right in ((change, "Ben asked"), (other, "Gone"), (change, "Ben asked us")):
        assert correct(api.as_(ADMIN), wrong, note=right)["userErrors"] == []
    rows = api.ask(ask)["history"]["nodes"]
    led = [row["corrects"] for row in rows if row["transition"] == "correct_history"]
    assert led == [{"id": wrong} for wrong in (change, other, change)]
    assert all(row["corrects"] is None for row in rows if row["transition"] != "correct_history")
    assert api.statements(ask) == plain + 2  # which rows, and the rows themselves; nothing where nothing was put right


def test_an_answer_is_put_right_in_history_and_on_the_match(closed: tuple[Api, str]) -> None:
    api, change = closed
    for value in ("Bye Ben", ""):
        given = [{"key": "close_comment", "value": value}, {"key": "close_reason", "value": "LENGTH"}]
        assert correct(api.as_(ADMIN), change, answers=given)["userErrors"] == []
    now = row(api, change)
    assert answers(now) == {"close_reason": "LENGTH", "mentor_rematch": "NO", "mentee_rematch": "NO"}
    assert [(part["key"], part["before"], part["after"]) for part in now["corrections"]] == [
        ("close_comment", "Bye Bem", "Bye Ben"),
        ("close_reason", "Another reason", "Formal closure based on length of match"),
        ("close_comment", "Bye Ben", None),
    ]
    match = api.ask('{ match(id: "Match-1") { answers { key value } status { key } } }')["match"]
    assert (answers(match)["close_reason"], match["status"]["key"]) == ("LENGTH", "CLOSED")


@pytest.mark.parametrize(
    ("given", "code", "text"),
    [
        (
            {"answers": [{"key": "mentor_rematch", "value": "YES"}]},
            "INVALID_INPUT",
            'What followed depended on the answer to "Does the mentor continue?". Take the act back with '
            "undoStatusChange, and do it again with another answer.",
        ),
        ({"answers": [{"key": "close_reason", "value": "BORED"}]}, "INVALID_INPUT", "BORED is not one of the answers."),
        ({"answers": [{"key": "close_reason", "value": None}]}, "INVALID_INPUT", "Please answer: Why is the match"),
        ({"answers": [{"key": "nonsense", "value": "1"}]}, "INVALID_INPUT", "There is no question nonsense here."),
        ({"note": "x" * 2001}, "INVALID_INPUT", "A note may have at most 2000 characters."),
        ({"note": "Bem asked"}, "INVALID_INPUT", "Nothing would be different"),
        ({}, "INVALID_INPUT", "Nothing would be different"),
        ({"note": "a", "options": {"effectiveAt": "2026-01-01T00:00:00Z"}}, "INVALID_INPUT", "Leave the time out."),
        ({"note": "a", "options": {"expectedVersion": 1}}, "VERSION_CONFLICT", "look again before you change it"),
    ],
)
def test_what_cannot_be_put_right_is_told_and_nothing_is_written(
    closed: tuple[Api, str], given: Mapping[str, Any], code: str, text: str
) -> None:
    api, change = closed
    before, length = row(api, change), api.history_length()
    (error, *_) = correct(api.as_(ADMIN), change, **given)["userErrors"]
    assert error["code"] == code
    assert text in error["message"]
    assert (row(api, change), api.history_length()) == (before, length)


def test_only_who_the_rules_name_may_and_a_hidden_row_looks_like_none(closed: tuple[Api, str]) -> None:
    api, change = closed
    length = api.history_length()
    (refused,) = correct(api.as_(STAFF), change, note="Mine")["userErrors"]
    assert (refused["code"], refused["message"]) == ("NOT_PERMITTED", "This is for: Program administrator.")
    abroad = Caller("Una", frozenset({"PROGRAM_ADMIN"}), program_id=2)
    told = []
    for number, by in ((change, abroad), ("StatusChange-9999", ADMIN)):
        (error,) = correct(api.as_(by), number, note="Mine")["userErrors"]
        told.append((error["code"], error["message"].replace(number, "it"), error["path"]))
    text = "There is no StatusChange it, or you may not see it."
    assert told == [("NOT_FOUND", text, ["input", "statusChangeId"])] * 2
    assert api.history_length() == length
    assert row(api, change)["note"] == "Bem asked"


def test_corrections_are_shown_as_notes_and_answers_are(closed: tuple[Api, str]) -> None:
    api, change = closed
    correct(api.as_(ADMIN), change, note="Ben asked", answers=[{"key": "close_reason", "value": "LENGTH"}])
    school = Caller("Pia", frozenset({"PARTNER_ADMIN"}), program_id=1, site_id=1)
    seen = row(api.as_(school), change)
    assert (seen["note"], [part["key"] for part in seen["corrections"]]) == (None, ["close_reason"])
    assert seen["corrections"][0]["change"]["note"] is None


def test_a_dry_run_writes_nothing_and_a_retry_is_carried_out_once(closed: tuple[Api, str]) -> None:
    api, change = closed
    before, length = row(api, change), api.history_length()
    dry = api.as_(ADMIN).done(
        "correctStatusChange", "planned { transition }", statusChangeId=change, note="a", options={"dryRun": True}
    )
    assert dry["planned"] == [{"transition": "correct_history"}]
    assert (row(api, change), api.history_length()) == (before, length)
    twice = [correct(api.as_(ADMIN), change, note="Ben", options={"idempotencyKey": "k"}) for _ in range(2)]
    assert twice[0]["change"]["id"] == twice[1]["change"]["id"]
    assert len(row(api, change)["corrections"]) == 1


def test_what_was_put_right_can_still_be_taken_back(closed: tuple[Api, str]) -> None:
    api, change = closed
    correct(api.as_(ADMIN), change, note="Ben asked")
    api.done("undoStatusChange", statusChangeId=change)
    assert api.ask('{ match(id: "Match-1") { status { key } } }')["match"]["status"]["key"] == "OPEN"


def test_the_trace_of_a_page_costs_the_same_however_long_it_is(new_api: Callable[[], Api]) -> None:
    api = new_api()
    text = f"{{ history {{ nodes {{ {CHANGE} }} }} }}"
    costs = []
    for number in range(2):
        person = api.person(f"P {number}")
        changes = api.ask(f'{{ user(id: "{person.user}") {{ history {{ nodes {{ id }} }} }} }}')["user"]["history"]
        for node in changes["nodes"][:2]:
            assert correct(api, node["id"], note="Better")["userErrors"] == []
        costs.append(api.statements(text))
    assert costs[0] == costs[1]
