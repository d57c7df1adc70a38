"""Acts in bulk as a client has them: a result per item, all of them read in one go."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event

from server.domain.actors import Caller
from server.domain.commands import Applied
from server.services.changes import Changes
from server.store.sessions import Session
from tests.graphql.builders import ERRORS, STAFF, Api

AUDITOR = Caller("Ada Auditor", frozenset({"AUDITOR"}), program_id=1)
RESULTS = (
    "changedCount refusedCount results { index subject { id statuses { status { key } } }"
    " change { transition note subject { id } } sideEffects { transition subject { id } }"
    " planned { transition subject { id } from { key } to { key } }"
    f" userErrors {{ {ERRORS} }} }}"
)


def bulk(api: Api, *items: Mapping[str, Any], **more: Any) -> Mapping[str, Any]:
    return api.do("bulkPerformTransition", RESULTS, items=list(items), **more)


def by_filter(api: Api, transition: str, narrowed: Mapping[str, Any], **more: Any) -> Mapping[str, Any]:
    text = (
        f"mutation($input: BulkByFilterInput!) {{ bulkTransitionByFilter(input: $input) {{ {RESULTS}"
        f" userErrors {{ {ERRORS} }} }} }}"
    )
    given = {"transition": transition, "filter": narrowed, **more}
    return api.ask(text, input=given)["bulkTransitionByFilter"]


def item(transition: str, subject: str, **more: Any) -> dict[str, Any]:
    return {"transition": transition, "subjectId": subject, **more}


def told(payload: Mapping[str, Any]) -> list[Any]:
    """What each item came to: the transitions that were written, or the codes of the refusal."""
    return [
        [error["code"] for error in each["userErrors"]]
        or " ".join(row["transition"] for row in (each["change"], *each["sideEffects"]) if row)
        for each in payload["results"]
    ]


def test_every_item_has_its_result_in_the_order_of_the_items(api: Api) -> None:
    ann, bob = api.person("Ann"), api.person("Bob", active=False)
    payload = bulk(
        api,
        item("withdraw", ann.user),
        item("activate", bob.user),
        item("nonsense", ann.user),
        item("withdraw", "Message-1"),
        item("finish_application", bob.user),
        options={"note": "Year's end"},
    )
    assert told(payload) == [
        "withdraw leave_pool",
        ["TRANSITION_NOT_ALLOWED"],
        ["TRANSITION_NOT_CONFIGURED"],
        ["INVALID_INPUT"],
        "finish_application",
    ]
    results = payload["results"]
    assert [each["index"] for each in results] == [0, 1, 2, 3, 4]
    assert (payload["changedCount"], payload["refusedCount"], payload["userErrors"]) == (2, 3, [])
    assert [(each["subject"] or {}).get("id") for each in results] == [ann.user, bob.user, ann.user, None, bob.user]
    assert results[0]["change"] == {"transition": "withdraw", "note": "Year's end", "subject": {"id": ann.user}}
    assert [error["path"] for each in results for error in each["userErrors"]] == [
        ["input", "items", "1", "subjectId"],
        ["input", "items", "2", "transition"],
        ["input", "items", "3", "subjectId"],
    ]


def test_all_or_nothing_writes_nothing_and_every_item_says_why(api: Api) -> None:
    ann, bob = api.person("Ann"), api.person("Bob", active=False)
    length = api.history_length()
    items = [item("withdraw", ann.user), item("activate", bob.user)]
    payload = bulk(api, *items, errorPolicy="ALL_OR_NOTHING")
    assert told(payload) == [["HELD_BACK"], ["TRANSITION_NOT_ALLOWED"]]
    assert (payload["changedCount"], payload["refusedCount"]) == (0, 2)
    assert payload["results"][0]["userErrors"][0]["path"] is None
    assert payload["results"][0]["subject"] == {
        "id": ann.user,
        "statuses": [{"status": {"key": "ACTIVE"}}],
    }
    assert api.history_length() == length
    payload = bulk(api, *items[:1], item("finish_application", bob.user), errorPolicy="ALL_OR_NOTHING")
    assert told(payload) == ["withdraw leave_pool", "finish_application"]


def test_the_result_of_a_refusal_does_not_show_what_was_taken_back(api: Api) -> None:
    ann, eve = api.person("Ann"), api.person("Eve", "MENTEE")
    match = api.match(ann, eve)
    answers = [
        {"key": key, "value": value}
        for key, value in (("close_reason", "LENGTH"), ("mentor_rematch", "YES"), ("mentee_rematch", "YES"))
    ]
    coming = "Persona-3"
    items = [item("close_match", match, answers=answers), item("reactivate_persona", coming)]
    payload = bulk(api, *items, errorPolicy="ALL_OR_NOTHING")
    assert told(payload) == [["HELD_BACK"], ["TRANSITION_NOT_ALLOWED"]]
    assert payload["results"][1]["subject"] is None
    assert payload["results"][1]["userErrors"][0]["alternatives"] == []
    assert api.ask('{ node(id: "Persona-3") { id } }')["node"] is None


def test_a_dry_run_tells_what_would_change_and_writes_nothing(api: Api) -> None:
    ann, bob = api.person("Ann"), api.person("Bob", active=False)
    length = api.history_length()
    dry = {"dryRun": True}
    payload = bulk(api, item("withdraw", ann.user), item("activate", bob.user), options=dry)
    assert [[row["transition"] for row in each["planned"]] for each in payload["results"]] == [
        ["withdraw", "leave_pool"],
        [],
    ]
    assert payload["results"][0]["planned"][1]["subject"] == {"id": ann.persona}
    assert told(payload) == ["", ["TRANSITION_NOT_ALLOWED"]]
    assert (payload["changedCount"], payload["refusedCount"]) == (1, 1)
    assert api.history_length() == length


def test_two_are_matched_and_a_version_is_held_against_each_item(api: Api) -> None:
    ann, eve = api.person("Ann"), api.person("Eve", "MENTEE")
    payload = bulk(
        api,
        item("match", ann.persona, partnerId=eve.persona),
        item("withdraw", ann.user, expectedVersion=99),
    )
    assert payload["results"][0]["subject"]["id"] == "Match-1"
    assert payload["results"][1]["userErrors"][0]["path"] == ["input", "items", "1", "expectedVersion"]
    assert payload["results"][1]["userErrors"][0]["current"]["id"] == ann.user


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"items": []}, ["input", "items"]),
        ({"items": [item("withdraw", "User-1")] * 501}, ["input", "items"]),
        (
            {"items": [item("withdraw", "User-1")], "options": {"expectedVersion": 1}},
            ["input", "options", "expectedVersion"],
        ),
        ({"items": [item("withdraw", "User-1")], "options": {"note": "\0"}}, ["input", "options", "note"]),
    ],
)
def test_what_is_wrong_with_the_whole_request_is_said_once(api: Api, given: Any, path: list[str]) -> None:
    payload = api.do("bulkPerformTransition", RESULTS, **given)
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [("INVALID_INPUT", path)]
    assert (payload["results"], payload["changedCount"], payload["refusedCount"]) == ([], 0, 0)


def test_one_transition_for_everybody_whom_a_filter_finds(api: Api) -> None:
    ann, bob, cat = api.person("Ann"), api.person("Bob", active=False), api.person("Cat")
    listed = by_filter(api, "withdraw", {"users": {"statusIn": ["ACTIVE"]}}, options={"dryRun": True})
    assert [each["subject"]["id"] for each in listed["results"]] == [ann.user, cat.user]
    assert [[row["transition"] for row in each["planned"]] for each in listed["results"]] == [
        ["withdraw", "leave_pool"],
        ["withdraw", "leave_pool"],
    ]
    done = by_filter(api, "withdraw", {"users": {}})
    assert [each["subject"]["id"] for each in done["results"]] == [ann.user, bob.user, cat.user]
    assert told(done)[::2] == ["withdraw leave_pool"] * 2
    nobody = by_filter(api, "withdraw", {"users": {"search": "zoe"}})
    assert (nobody["results"], nobody["changedCount"], nobody["userErrors"]) == ([], 0, [])


def test_staff_of_a_site_change_their_own_and_do_not_find_others(api: Api) -> None:
    ann, _ = api.person("Ann"), api.person("Bob")
    api.place(ann)
    done = by_filter(api.as_(STAFF), "inactivate_persona", {"personas": {"role": "MENTOR"}}, options={"dryRun": True})
    assert [each["subject"]["id"] for each in done["results"]] == [ann.persona]


def test_who_may_not_is_refused_item_by_item(api: Api) -> None:
    ann, length = api.person("Ann"), api.history_length()
    payload = by_filter(api.as_(AUDITOR), "withdraw", {"users": {}})
    assert told(payload) == [["NOT_PERMITTED"]]
    assert payload["results"][0]["subject"]["id"] == ann.user
    assert api.history_length() == length


@pytest.mark.parametrize(
    ("given", "path", "text"),
    [
        ({"filter": {}}, ["input", "filter"], "Give exactly one of: users, personas, matches, records."),
        ({"filter": {"users": {}, "matches": {}}}, ["input", "filter"], "Give exactly one of"),
        ({"filter": {"matches": {}}}, ["input", "filter"], "acts on a User: filter records of that kind."),
        ({"filter": {"users": {"statusIn": ["NONE"]}}}, ["input", "filter"], 'There is no status "NONE" here.'),
        ({"filter": {"users": {}}, "program": "limbo"}, ["input", "program"], "There is no program limbo."),
        ({"filter": {"users": {}}, "transition": "fly"}, ["input", "transition"], "no transition fly"),
    ],
)
def test_a_filter_that_cannot_be_used_is_one_clear_error(api: Api, given: Any, path: list[str], text: str) -> None:
    rest = {key: value for key, value in given.items() if key != "filter"}
    payload = by_filter(api, **{"transition": "withdraw", "narrowed": given["filter"], **rest})
    (error,) = payload["userErrors"]
    assert error["path"] == path
    assert text in error["message"]
    assert payload["results"] == []


def beside_the_acts(api: Api, people: Sequence[int], transition: str) -> int:
    """How many statements a request costs that are not those of its acts."""
    seen: list[str] = []
    context, kind = api.context, "BulkPerformTransitionInput!"

    class Counting:
        """Takes out of the count what an act asks of the database."""

        def __init__(self, changes: Changes) -> None:
            self.changes = changes

        def doing(self, *given: Any) -> Any:
            return self.changes.doing(*given)

        def carry_out(self, *given: Any) -> Applied:
            before = len(seen)
            try:
                return self.changes.carry_out(*given)
            finally:
                del seen[before:]

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "SAVEPOINT" not in statement:
            seen.append(statement)

    def work(session: Session) -> Any:
        engine, found = session.connection.engine, context(session)
        event.listen(engine, "before_cursor_execute", listen)
        try:
            counting: Any = Counting(found.changes)
            return api.schema.execute_sync(
                f"mutation($input: {kind}) {{ bulkPerformTransition(input: $input) {{ {RESULTS} }} }}",
                variable_values={"input": {"items": [item(transition, f"User-{number}") for number in people]}},
                context_value=replace(found, changes=counting),
            )
        finally:
            event.remove(engine, "before_cursor_execute", listen)

    assert api.store.mutate_now(work).errors is None
    return len(seen)


@pytest.mark.parametrize("transition", ["finish_application", "nonsense", "activate"])
def test_the_answer_costs_the_same_however_many_items_there_are(api: Api, transition: str) -> None:
    for number in range(12):
        api.person(f"Person {number}", active=False)
    few = beside_the_acts(api, [1, 2], transition)
    assert few > 0
    assert beside_the_acts(api, range(3, 13), transition) == few
