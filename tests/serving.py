"""A real server on a free port, and a client that speaks GraphQL to it, for tests over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx

from server.app import create_app
from server.settings import Settings
from tests.listening import listening

ROOT = Path(__file__).parent.parent
RULES = ROOT / "rules" / "transitions.yaml"

PATIENCE = 60
"""Seconds for a query: tests share few cores, and how fast those are is not what they are about."""


@dataclass(frozen=True, slots=True)
class Api:
    """A client; every answer must be free of top-level errors unless ``post`` is used."""

    url: str
    http: httpx.Client
    token: str | None = None

    def as_(self, token: str) -> "Api":
        """The same server, asked with a token."""
        return replace(self, token=token)

    def post(self, query: str, variables: dict[str, Any] | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        body = {"query": query, "variables": variables or {}}
        return self.http.post(f"{self.url}/graphql", json=body, headers=headers)

    def run(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = self.post(query, variables).json()
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def act(self, mutation: str, fields: str, /, **values: Any) -> dict[str, Any]:
        """Runs one mutation with the input given; answers its payload, refusals included."""
        kind = INPUTS.get(mutation, mutation[0].upper() + mutation[1:] + "Input")
        query = f"mutation($input: {kind}!) {{ {mutation}(input: $input) {{ {fields} {ERRORS} }} }}"
        payload: dict[str, Any] = self.run(query, input=values)[mutation]
        return payload

    def do(self, mutation: str, fields: str, /, **values: Any) -> dict[str, Any]:
        """Like ``act``, but a refusal fails the test."""
        payload = self.act(mutation, fields, **values)
        assert payload["userErrors"] == [], payload["userErrors"]
        return payload


ERRORS = """userErrors {
  __typename code message path
  ... on TransitionNotAllowedError {
    currentStatus { key } blockers { code message file line subject { id } }
    alternatives { transition { key } subject { id } }
  }
  ... on ConfirmationRequiredError { warnings { code message } }
  ... on VersionConflictError { current { id version } }
}"""

INPUTS = {
    "finishApplication": "UserTransitionInput",
    "makeReadyToBeMatched": "PersonaTransitionInput",
    "openMatch": "MatchTransitionInput",
    "deleteMatch": "MatchTransitionInput",
}


@contextmanager
def serving(database_url: str, rules: Path = RULES, **more: Any) -> Iterator[Api]:
    """Serves the rules over a database until the block ends; ``more``: further settings."""
    settings = {"read_seconds": PATIENCE, **more}
    app = create_app(Settings(database_url=database_url, rules=rules, **settings))
    with listening(app) as origin, httpx.Client(timeout=PATIENCE) as http:
        yield Api(origin, http)


def end_of_history(api: Api) -> str:
    """The cursor of the newest change; there must be one, for without a cursor nothing of before is told."""
    cursor = api.run("{ history(last: 1) { pageInfo { endCursor } } }")["history"]["pageInfo"]["endCursor"]
    assert cursor is not None
    return str(cursor)


def ids_after(api: Api, cursor: str | None) -> list[str]:
    """The ids of the changes after a cursor, in the order of history."""
    query = "query($a: String) { history(first: 100, after: $a) { nodes { id } } }"
    return [node["id"] for node in api.run(query, a=cursor)["history"]["nodes"]]
