"""Whatever is sent, the answer is one of GraphQL over HTTP: no failure of ours, and nothing of what is hidden.

Bodies that are wrong come from mutants.py, operations that are right, with any values, from schemathesis.
"""

import asyncio
import json
import re
import shutil
from pathlib import Path
from typing import Any

import httpx
import hypothesis
import pytest
import schemathesis
from graphql import StringValueNode, introspection_from_schema, print_ast
from hypothesis import strategies
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.app import create_app
from server.graphql.schema import build_schema
from server.limit_settings import LimitSettings
from server.settings import Settings
from server.store.database import open_store
from tests.access.town import Town, rules_in
from tests.clients.test_clients import OPERATIONS
from tests.graphql.test_guide import GUIDE
from tests.http.mutants import mutants
from tests.listening import listening
from tests.serving import PATIENCE, ROOT

SEED = 20_261
SAMPLE, PROOF = 400, 100_000
GENERATED, GENERATED_PROOF = 8, 3_000
ROLES = ("MENTOR", "SITE_STAFF", "AUDITOR")
SILENCE_SECONDS = 0.2
"""How long a client here listens to a stream that says nothing: one that follows changes would go on for ever."""
HIDDEN = re.compile(r"\.(?:south|abroad)@example\.org")
"""The e-mail addresses of people whom neither the mentor nor the staff of the north may see."""
INNER = re.compile(r'Traceback|File \\?"|sqlalchemy|sqlite3|psycopg|SELECT |\.py\b|' + re.escape(str(ROOT)))
"""What only the inside of the server says."""


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, Town]:
    path = tmp_path_factory.mktemp("mutants") / "town.db"
    shutil.copyfile(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    town = Town(store)
    store.close()
    settings = Settings(
        database_url=f"sqlite:///{path}",
        rules=rules_in(tmp_path_factory.mktemp("rules")),
        require_auth=True,
        read_seconds=PATIENCE,
        scheduler=False,
        limits=LimitSettings(requests_per_minute=0),
    )
    return settings, town


def corpus() -> list[dict[str, Any]]:
    """Requests that are right: every operation of the guide, and those of the clients with variables."""
    pages = "".join(page.read_text(encoding="utf-8") for page in sorted(GUIDE.glob("*.md")))
    guided = [{"query": text} for text in re.findall(r"^```graphql\n(.*?)^```$", pages, re.MULTILINE | re.DOTALL)]
    wish = {"transition": "withdraw", "subjectId": "User-3", "answers": [{"key": "close_reason", "value": "OTHER"}]}
    options = {"note": "A note", "effectiveAt": "2026-01-01T00:00:00Z", "confirm": ["A"], "expectedVersion": 1}
    values = {
        "Person": {"id": "User-1"},
        "People": {
            "first": 5,
            "filter": {"search": "a", "statusIn": ["ACTIVE"], "fields": [{"key": "shirt", "in": ["L"]}]},
        },
        "Perform": {"input": {**wish, "options": {**options, "idempotencyKey": "a-key"}}},
    }
    asked = [
        {"query": print_ast(OPERATIONS[name]), "variables": given, "operationName": name, "extensions": {}}
        for name, given in values.items()
    ]
    return [*guided, *asked * 4]


def complaint(response: httpx.Response, role: str) -> str | None:
    """What is wrong with an answer; None where nothing is."""
    if response.status_code >= 500:
        return f"status {response.status_code}"
    text = response.text
    if "INTERNAL_SERVER_ERROR" in text or INNER.search(text):
        return f"of the inside: {text[:300]}"
    if role != "AUDITOR" and (hidden := HIDDEN.search(text)) is not None:
        return f"hidden: {hidden[0]}"
    if "text/event-stream" in response.headers["content-type"]:
        return None
    answer = json.loads(text)
    return None if {"data", "errors"} & set(answer) else f"no answer of GraphQL: {text[:300]}"


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (500, '{"errors": []}'),
        (200, '{"errors": [{"extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}'),
        (400, '{"errors": [{"message": "Traceback (most recent call last)"}]}'),
        (200, '{"data": {"user": {"email": "waiting.south@example.org"}}}'),
        (200, "{}"),
    ],
)
def test_what_would_be_wrong_is_noticed(status: int, text: str) -> None:
    response = httpx.Response(status, text=text, headers={"content-type": "application/json"})
    assert complaint(response, "MENTOR") is not None


def hanging_up(app: ASGIApp) -> ASGIApp:
    """The application for clients who hang up once an answer that is not at its end has been silent for a while."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        silent, timers = asyncio.Event(), list[asyncio.TimerHandle]()

        async def sent(message: Message) -> None:
            await send(message)
            while timers:
                timers.pop().cancel()
            if message.get("more_body"):
                timers.append(asyncio.get_running_loop().call_later(SILENCE_SECONDS, silent.set))

        async def received() -> Message:
            hearing, silence = asyncio.ensure_future(receive()), asyncio.ensure_future(silent.wait())
            try:
                await asyncio.wait({hearing, silence}, return_when=asyncio.FIRST_COMPLETED)
                return hearing.result() if hearing.done() else {"type": "http.disconnect"}
            finally:
                hearing.cancel()
                silence.cancel()

        await app(scope, received, sent)

    return asked


async def tried(settings: Settings, town: Town, seed: int, count: int) -> tuple[list[str], set[int]]:
    """The complaints about the answers to so many bodies, and the statuses that there were."""
    complaints, statuses = list[str](), set[int]()
    app = create_app(settings)
    transport = httpx.ASGITransport(hanging_up(app), raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
    ):
        for number, (body, more) in enumerate(mutants(seed, count, corpus())):
            role = ROLES[number % len(ROLES)]
            usual = {"content-type": "application/json", "authorization": f"Bearer {town.tokens[role]}"}
            response = await client.post("/graphql", content=body, headers={**usual, **more})
            statuses.add(response.status_code)
            if (wrong := complaint(response, role)) is not None:
                complaints.append(f"mutant {number} of seed {seed}: {wrong}; body {body[:400]!r}, headers {more}")
    return complaints, statuses


def test_a_sample_of_mutated_bodies_gets_answers_and_nothing_else(town: tuple[Settings, Town]) -> None:
    complaints, statuses = asyncio.run(tried(*town, SEED, SAMPLE))
    assert complaints == []
    assert statuses >= {200, 400, 401, 415}


def test_a_subscription_among_them_is_left_again(town: tuple[Settings, Town]) -> None:
    async def followed() -> httpx.Response:
        app = create_app(town[0])
        transport = httpx.ASGITransport(hanging_up(app), raise_app_exceptions=False)
        headers = {"authorization": f"Bearer {town[1].tokens['AUDITOR']}", "accept": "text/event-stream"}
        async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
            body = {"query": "subscription { rulesChanged { revision } }"}
            return await client.post("http://localhost/graphql", json=body, headers=headers)

    assert asyncio.run(followed()).text == ":\n\n"


@pytest.mark.proof
def test_a_hundred_thousand_mutated_bodies_get_answers_and_nothing_else(town: tuple[Settings, Town]) -> None:
    complaints, statuses = asyncio.run(tried(*town, SEED + 1, PROOF))
    print(f"{PROOF:,} mutated bodies, seed {SEED + 1}, {len(complaints)} complaints, statuses {sorted(statuses)}")
    assert complaints == []


def generated(settings: Settings, town: Town, count: int) -> int:
    """Sends so many operations that fit the schema, made by schemathesis; gives how many were answered with data."""
    schemathesis.graphql.scalar(
        "DateTime", strategies.datetimes().map(lambda at: StringValueNode(value=f"{at.isoformat()}Z"))
    )
    schema = schemathesis.graphql.from_dict({"data": introspection_from_schema(build_schema()._schema)})
    answered = 0
    with listening(create_app(settings)) as origin, httpx.Client(timeout=PATIENCE) as client:

        @hypothesis.settings(
            max_examples=count,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        @hypothesis.given(case=schema.as_strategy(), role=strategies.sampled_from(ROLES))
        def send(case: schemathesis.Case, role: str) -> None:
            nonlocal answered
            headers = {"authorization": f"Bearer {town.tokens[role]}"}
            response = client.post(f"{origin}/graphql", json={"query": case.body}, headers=headers)
            assert complaint(response, role) is None
            answered += "data" in response.json()

        send()
    return answered


def test_a_sample_of_operations_that_fit_the_schema_is_answered(town: tuple[Settings, Town]) -> None:
    assert generated(*town, GENERATED) > 0


@pytest.mark.proof
def test_thousands_of_operations_that_fit_the_schema_are_answered(town: tuple[Settings, Town]) -> None:
    answered = generated(*town, GENERATED_PROOF)
    print(f"{GENERATED_PROOF:,} generated operations, {answered:,} answered with data")
    assert answered > 0
