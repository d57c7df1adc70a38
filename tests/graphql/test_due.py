"""What happens by itself, as the API tells it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from server.rules.loader import load_text
from server.services.rulebook import open_rulebook
from tests.graphql.builders import STAFF, START, Api
from tests.timed import CALL_IN, LAPSE, SET_ASIDE, rules

DUE = "query($until: DateTime) { due(until: $until) { subject { id } transition { key isAutomatic happens } dueAt } }"
RUN = "mutation { runDue { subject { id } transition to { key } actorName effectiveAt causedBy { transition } } }"
DAY = timedelta(days=1)


@pytest.fixture
def timed(new_api: Callable[[], Api]) -> Api:
    api = new_api()
    found = load_text(rules(LAPSE, SET_ASIDE, CALL_IN), "t.yaml").rulesets
    book = api.store.mutate_now(lambda session: open_rulebook(session, found, START))
    return replace(api, rulebook=book)


def moved(api: Api, passed: timedelta) -> Api:
    api.now = START + passed
    return api


def due(api: Api, **variables: Any) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = api.ask(DUE, **variables)["due"]
    return found


def test_what_is_due_is_told_with_its_moment_and_the_rule_in_words(timed: Api) -> None:
    person = timed.person("Robin Ray", active=False)
    assert due(timed) == []
    (row,) = due(timed, until="2026-02-01T00:00:00Z")
    assert row["subject"] == {"id": person.user}
    assert row["transition"] == {"key": "lapse", "isAutomatic": True, "happens": ["after 21 days in the status"]}
    assert row["dueAt"] == "2026-01-22T12:01:00Z"


def test_what_is_due_is_run_and_its_changes_are_listed(timed: Api) -> None:
    person = timed.person("Robin Ray", active=False)
    assert timed.ask(RUN)["runDue"] == []
    lapsed, aside = moved(timed, 23 * DAY).ask(RUN)["runDue"]
    assert lapsed == {
        "subject": {"id": person.user},
        "transition": "lapse",
        "to": {"key": "INACTIVE_WITHDRAWN"},
        "actorName": "The platform itself",
        "effectiveAt": "2026-01-24T12:01:00Z",
        "causedBy": None,
    }
    assert (aside["subject"], aside["transition"], aside["causedBy"]) == (
        {"id": person.persona},
        "set_aside",
        {"transition": "lapse"},
    )
    assert timed.ask(RUN)["runDue"] == []


def test_whoever_may_not_is_told_who_may(timed: Api) -> None:
    for text in (DUE, RUN):
        assert timed.as_(STAFF).fault(text) == ("NOT_PERMITTED", "This is for: Super administrator.")


def test_an_unknown_program_is_the_callers_fault(timed: Api) -> None:
    code, message = timed.fault('{ due(program: "elsewhere") { dueAt } }')
    assert (code, message.split(".")[0]) == ("BAD_USER_INPUT", "There is no program elsewhere")


def test_the_rules_say_of_every_transition_how_it_happens_by_itself(timed: Api) -> None:
    query = "{ program { rules { machine(key: %s) { transitions { key isAutomatic happens actors } } } } }"
    found = timed.ask(query % '"user_status"')["program"]["rules"]["machine"]["transitions"]
    ways = {row["key"]: row["happens"] for row in found if row["isAutomatic"]}
    assert ways == {
        "lapse": ["after 21 days in the status"],
        "call_in": ["every weekday at 08:00"],
        "finish_application": ["when application.finished is reported"],
    }


SEND = "change { transition to { key } actorName } subject { id }"


def test_an_event_is_reported_and_the_platform_does_the_rest(api: Api) -> None:
    person = api.person("Robin Ray", active=False)
    payload = api.done("sendEvent", SEND, event="application.finished", subjectId=person.user)
    assert payload["subject"] == {"id": person.user}
    assert payload["change"] == {
        "transition": "finish_application",
        "to": {"key": "SCREENING_INCOMPLETE"},
        "actorName": "The platform itself",
    }


def test_an_event_that_cannot_be_sent_is_refused_in_words(api: Api) -> None:
    person = api.person("Robin Ray")
    before = api.history_length()
    (unknown,) = api.do("sendEvent", event="application.finishd", subjectId=person.user)["userErrors"]
    assert (unknown["code"], "Did you mean application.finished?" in unknown["message"]) == (
        "TRANSITION_NOT_CONFIGURED",
        True,
    )
    (late,) = api.do("sendEvent", event="application.finished", subjectId=person.user)["userErrors"]
    assert [blocker["code"] for blocker in late["blockers"]] == ["WRONG_STATUS"]
    (nobody,) = api.do("sendEvent", event="application.finished", subjectId="User-99")["userErrors"]
    assert (nobody["code"], nobody["path"]) == ("NOT_FOUND", ["input", "subjectId"])
    assert api.history_length() == before
