"""A follower within the process of the test, whose looks and statements are counted."""

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

from sqlalchemy import event

from server.domain.actors import Caller
from server.domain.errors import TryAgainError
from server.graphql.limits import Limits
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
