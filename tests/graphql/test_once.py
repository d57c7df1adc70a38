"""Retries as a client makes them: a request with the same key is carried out once."""

from typing import Any

import pytest
from sqlalchemy import event

from tests.graphql.builders import Api
from tests.graphql.test_bulk import bulk, by_filter, item, told

KEY = {"idempotencyKey": "6f1c"}
CONFLICT = [("IDEMPOTENCY_CONFLICT", ["input", "options", "idempotencyKey"])]


def refused(payload: Any) -> list[tuple[str, list[str]]]:
    return [(error["code"], error["path"]) for error in payload["userErrors"]]


def test_the_same_again_answers_the_same_with_the_records_as_they_are_now(api: Api) -> None:
    ann = api.person("Ann")
    given = {"userId": ann.user, "to": "INACTIVE_WITHDRAWN", "options": {**KEY, "note": "moved away"}}
    select = "change { id note } sideEffects { id } user { version status { key } }"
    first = api.done("changeUserStatus", select, **given)
    api.done("updateUser", userId=ann.user, name="Anna")
    again = api.done("changeUserStatus", select, **given)
    assert (again["change"], again["sideEffects"]) == (first["change"], first["sideEffects"])
    assert again["user"] == {"version": first["user"]["version"] + 1, "status": {"key": "INACTIVE_WITHDRAWN"}}


@pytest.mark.parametrize(
    ("mutation", "select", "given"),
    [
        ("updateUser", "user { name }", {"name": "Anna"}),
        ("addPersona", "createdPersonas { id }", {"role": "MENTEE"}),
        ("finishApplication", "change { id }", {}),
        ("sendEvent", "change { id }", {"event": "application.finished"}),
        ("performTransition", "change { id }", {"transition": "reject"}),
    ],
)
def test_every_act_on_a_person_is_done_once(api: Api, mutation: str, select: str, given: dict[str, Any]) -> None:
    ann = api.person("Ann", active=False)
    target = "subjectId" if mutation in {"sendEvent", "performTransition"} else "userId"
    asked = {target: ann.user, **given, "options": KEY}
    first = api.done(mutation, select, **asked)
    length = api.history_length()
    assert api.done(mutation, select, **asked) == first
    assert api.history_length() == length


def test_a_persona_is_placed_once_and_somebody_registered_once(api: Api) -> None:
    ann = api.person("Ann")
    api.place(ann)
    placing = {"personaId": ann.persona, "partnerSite": "north", "options": KEY}
    joining = {"name": "Ben", "role": "MENTEE", "email": "ben@example.org", "options": {"idempotencyKey": "other"}}
    placed = api.done("placePersona", "persona { id version }", **placing)
    joined = api.done("registerUser", "user { id }", **joining)
    assert api.done("placePersona", "persona { id version }", **placing) == placed
    assert api.done("registerUser", "user { id }", **joining) == joined


def test_the_same_key_with_other_input_or_for_another_mutation_is_refused(api: Api) -> None:
    ann, ben = api.person("Ann"), api.person("Ben", "MENTEE")
    match = api.match(ann, ben)
    api.done("closeMatch", matchId=match, closeReason="LENGTH", mentorRematch="NO", menteeRematch="NO")
    api.done("openMatch", matchId=match, options=KEY)
    length = api.history_length()
    assert refused(api.do("deleteMatch", matchId=match, options=KEY)) == CONFLICT
    assert refused(api.do("openMatch", matchId=match, options={**KEY, "note": "other"})) == CONFLICT
    assert refused(bulk(api, item("withdraw", ann.user), options=KEY)) == CONFLICT
    assert api.history_length() == length


def test_in_bulk_another_list_under_the_same_key_changes_nobody(api: Api) -> None:
    ann, ben = api.person("Ann"), api.person("Ben")
    assert told(bulk(api, item("withdraw", ann.user), options=KEY)) == ["withdraw leave_pool"]
    length = api.history_length()
    assert told(bulk(api, item("withdraw", ann.user), options=KEY)) == ["withdraw leave_pool"]
    again = api.do("bulkPerformTransition", "results { index }", items=[item("withdraw", ben.user)], options=KEY)
    assert (refused(again), again["results"]) == (CONFLICT, [])
    assert api.history_length() == length


@pytest.mark.parametrize("policy", ["SKIP_FAILED", "ALL_OR_NOTHING"])
def test_a_filter_finds_the_same_people_again_although_it_would_find_nobody_now(api: Api, policy: str) -> None:
    for name in ("Ann", "Ben"):
        api.person(name)
    asked = {"errorPolicy": policy, "options": KEY}
    first = by_filter(api, "withdraw", {"users": {"statusIn": ["ACTIVE"]}}, **asked)
    api.person("Cat")
    length = api.history_length()
    again = by_filter(api, "withdraw", {"users": {"statusIn": ["ACTIVE"]}}, **asked)
    assert told(again) == told(first) == ["withdraw leave_pool"] * 2
    assert api.history_length() == length


def test_the_key_costs_two_statements_and_a_retry_less_than_the_act(api: Api) -> None:
    def cost(**given: Any) -> int:
        seen: list[str] = []

        def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        def count(session: Any) -> None:
            event.listen(session.connection.engine, "before_cursor_execute", listen)

        api.store.mutate_now(count)
        api.done("updateUser", "user { id }", userId=ann.user, **given)
        api.store.mutate_now(lambda session: event.remove(session.connection.engine, "before_cursor_execute", listen))
        return len(seen)

    ann = api.person("Ann")
    plain, first, again = cost(name="A"), cost(name="B", options=KEY), cost(name="B", options=KEY)
    assert (first - plain, again < plain) == (2, True)
