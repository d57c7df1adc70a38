"""What a subscription reads after a commit: everything that has come together, from where it was."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import pytest
from sqlalchemy import event

from server.domain.actors import Caller
from server.domain.errors import TryAgainError
from server.graphql.limits import Limits
from server.http import execution
from server.http.execution import Execution, Roads
from server.http.graphql_request import GraphQLRequest
from server.http.operations import Operations
from server.http.persisted import Persisted
from server.limit_settings import LimitSettings
from tests.graphql.builders import Api

RICH = """subscription($after: String) { statusChanged(after: $after) {
  id cursor note actorName actor { name } from { label } to { label } causedBy { id } causes { id }
  subject { id statuses { status { key } } ... on User { name email personas { id } } ... on Persona { user { name } } }
} }"""
BEGINNING = "WyJpZCIsMF0"


class Reading:
    """The road of queries, which counts looks and statements, and fails as often as it is told to."""

    def __init__(self, api: Api, failures: int = 0) -> None:
        self.api, self.failures, self.looks, self.statements = api, failures, 0, 0

    async def __call__(self, work: Callable[[Any], Any]) -> Any:
        if self.failures:
            self.failures -= 1
            raise TryAgainError("The database is busy.")

        def counted(session: Any) -> Any:
            engine = session.connection.engine
            event.listen(engine, "before_cursor_execute", self._count)
            try:
                return work(session)
            finally:
                event.remove(engine, "before_cursor_execute", self._count)

        self.looks += 1
        return await self.api.store.query(counted)

    def _count(self, *_: object) -> None:
        self.statements += 1


def followed(api: Api, reading: Reading, query: str, after: str, events: int) -> list[dict[str, Any]]:
    """So many events after a cursor."""
    roads = Roads(reading, api.store.mutate, lambda session, *_: api.context(session))
    asked = GraphQLRequest(query, None, {"after": after}, None)
    operations = Operations(Limits(api.schema._schema, LimitSettings()), Persisted())
    operation = operations.find(asked, admit=lambda _: None, fits=lambda _: None)

    async def caller() -> Caller:
        return api.caller

    async def taken() -> list[dict[str, Any]]:
        async with aclosing(Execution(api.schema, roads).subscribe(operation, caller, "a request")) as results:
            found = [await anext(results) for _ in range(events)]
        assert [result.errors for result in found] == [None] * events
        return [result.data["statusChanged"] for result in found if result.data]

    return asyncio.run(taken())


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
