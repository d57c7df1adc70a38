"""What a subscription reads after a commit: everything that has come together, from where it was."""

import pytest

from server.domain.errors import TryAgainError
from server.http import execution
from tests.following import BEGINNING
from tests.graphql.builders import Api
from tests.graphql.looking import RICH, Reading, followed


def test_what_comes_together_is_loaded_together_however_much_it_is(api: Api) -> None:
    api.person("Ann", active=False)
    few = Reading(api)
    assert len(followed(api, few, RICH, BEGINNING, 3)) == 3
    for number in range(5):
        api.person(f"Ben {number}", active=False)
    many = Reading(api)
    assert len(followed(api, many, RICH, BEGINNING, 18)) == 18
    assert (few.looks, many.looks) == (1, 1)
    assert many.statements == few.statements


def test_what_costs_much_is_read_little_by_little(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(execution, "COST_AT_ONCE", 1_000)
    for number in range(4):
        api.person(f"Ann {number}", active=False)
    costly = "subscription($after: String) { statusChanged(after: $after) { id subject { history(first: 100) {"
    reading = Reading(api)
    found = followed(api, reading, costly + " nodes { id machine transition } } } } }", BEGINNING, 12)
    history = api.ask("{ history { nodes { id } } }")["history"]["nodes"]
    assert [change["id"] for change in found] == [node["id"] for node in history]
    assert reading.looks == 6  # each event costs about 400, so that two are read at once


def test_a_database_that_does_not_answer_is_asked_again_and_nothing_is_passed_over(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(execution, "BUSY_SECONDS", 0)
    api.person("Ann", active=False)
    reading = Reading(api, failures=execution.BUSY_TIMES)
    assert len(followed(api, reading, RICH, BEGINNING, 3)) == 3
    with pytest.raises(TryAgainError):
        followed(api, Reading(api, failures=execution.BUSY_TIMES + 1), RICH, BEGINNING, 1)
