"""The clients that people really use, each against the real server: what they send, cache, generate and object to."""

import asyncio
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gql
import pytest
from gql.dsl import DSLQuery, DSLSchema, dsl_gql
from gql.transport.requests import RequestsHTTPTransport
from gql.transport.websockets import WebsocketsTransport
from graphql import parse, print_ast, separate_operations

from server.graphql.schema import possible_types
from tests.needs import CLIENTS, node_with_clients
from tests.serving import ROOT, Api, end_of_history, ids_after, serving

HERE = Path(__file__).parent
SCHEMA, RELEASED = ROOT / "schema" / "schema.graphql", ROOT / "schema" / "released.graphql"
OPERATIONS = separate_operations(parse((HERE / "operations.graphql").read_text(encoding="utf-8")))
NAMES = ["Ada Adams", "Ben Brook", "Cleo Cole"]


@pytest.fixture(scope="module")
def api(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    path = tmp_path_factory.mktemp("clients") / "clients.db"
    shutil.copyfile(sqlite_template, path)
    with serving(f"sqlite:///{path}") as served:
        for name in NAMES:
            person(served, name)
        yield served


def person(api: Api, name: str) -> str:
    """The id of somebody new, who waits for the end of the screening."""
    given = {"name": name, "role": "MENTOR", "email": f"{name.split(maxsplit=1)[0].lower()}@example.org"}
    user: str = api.do("registerUser", "user { id }", **given)["user"]["id"]
    api.do("finishApplication", "user { id }", userId=user)
    return user


def run(script: Path, *words: str | Path, folder: Path = ROOT) -> str:
    """What a script of Node prints; it must end well."""
    command = [node_with_clients(), str(script), *map(str, words)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=folder)
    assert finished.returncode == 0, f"{finished.stdout}\n{finished.stderr}"
    return finished.stdout


def test_apollo_client_keeps_one_picture_of_each_record(api: Api, tmp_path: Path) -> None:
    user, possible = person(api, "Dora Dean"), tmp_path / "possibleTypes.json"
    possible.write_text(json.dumps(possible_types()), encoding="utf-8")
    told = json.loads(run(HERE / "apollo.mjs", f"{api.url}/graphql", user, possible))
    assert told["before"] == {"user_status": "SCREENING_INCOMPLETE"}
    assert told["personasBefore"] == [{"persona_status": "ACTIVE", "match_status": "NOT_APPLICABLE"}]
    assert told["change"] == "Active"
    assert told["after"] == {"user_status": "ACTIVE"}  # the cache knows it from the answer to the mutation
    assert told["personasAfter"] == [{"persona_status": "ACTIVE", "match_status": "RTBM"}]  # and what followed
    assert told["refused"] == [
        {"__typename": "TransitionNotAllowedError", "code": "TRANSITION_NOT_ALLOWED", "blockers": ["WRONG_STATUS"]}
    ]
    ((kind, version),) = told["conflict"]
    assert (kind, version) == ("VersionConflictError", 3)
    everybody = api.run("{ users(orderBy: {field: NAME}, first: 100) { nodes { name } } }")["users"]["nodes"]
    assert told["people"] == [row["name"] for row in everybody]
    assert told["texts"] == 3  # each operation goes over once, and by its digest from then on
    assert told["onlyDigests"] > told["texts"]


def test_urql_asks_by_get_and_tells_refusals_from_faults(api: Api) -> None:
    user = person(api, "Abel Abbot")
    told = json.loads(run(HERE / "urql.mjs", f"{api.url}/graphql", user))
    assert told["statuses"] == {"user_status": "SCREENING_INCOMPLETE"}
    assert told["sameAgain"] is True
    assert told["dry"] == [[], None]
    assert told["refused"] == ["TRANSITION_NOT_CONFIGURED"]
    assert told["people"] == ["Abel Abbot", "Ada Adams"]
    assert told["total"] >= len(NAMES) + 1
    assert told["faulty"] == ["GRAPHQL_VALIDATION_FAILED"]
    assert told["methods"] == ["GET", "POST", "POST", "POST", "GET"]  # the second query came from urql's own cache


def test_relay_compiles_fragments_that_are_fetched_again_and_lists_that_go_on(tmp_path: Path) -> None:
    source, made = tmp_path / "src", tmp_path / "src" / "__generated__"
    made.mkdir(parents=True)
    shutil.copyfile(HERE / "relay.profile.js", source / "Profile.js")
    shutil.copyfile(SCHEMA, tmp_path / "schema.graphql")
    config = {
        "src": "src",
        "schema": "schema.graphql",
        "language": "javascript",
        "artifactDirectory": "src/__generated__",
        "customScalarTypes": {"DateTime": "string"},
    }
    (tmp_path / "relay.config.json").write_text(json.dumps(config), encoding="utf-8")
    run(CLIENTS / "node_modules" / "relay-compiler" / "cli.js", folder=tmp_path)
    assert {path.name.removesuffix(".graphql.js") for path in made.iterdir()} == {
        "ProfileQuery",
        "ProfileButtons_user",
        "ProfileButtonsQuery",
        "ProfileHistory_user",
        "ProfileHistoryQuery",
        "ProfileMutation",
    }
    again = (made / "ProfileButtonsQuery.graphql.js").read_text(encoding="utf-8")
    assert "node(id: $id)" in again  # fetched again by its id alone, as any Node can be


USE = """
import type { ResultOf, VariablesOf } from "@graphql-typed-document-node/core";
import { PersonDocument, PerformDocument } from "./operations.ts";
export const input: VariablesOf<typeof PerformDocument> = {
  input: { transition: "activate", subjectId: "User-1", options: { dryRun: true, note: null } },
};
export function told(data: ResultOf<typeof PerformDocument>): string[] {
  return data.performTransition.userErrors.flatMap((error) =>
    error.__typename === "TransitionNotAllowedError" ? error.blockers.map(({ message }) => message) : [error.message],
  );
}
export function name(data: ResultOf<typeof PersonDocument>): string | undefined {
  return data.node?.__typename === "User" ? data.node.name : undefined;
}
// @ts-expect-error: an act needs its record
export const lacking: VariablesOf<typeof PerformDocument> = { input: { transition: "activate" } };
"""


def test_graphql_code_generator_makes_types_that_the_compiler_checks(tmp_path: Path) -> None:
    run(HERE / "codegen.mjs", SCHEMA, tmp_path / "operations.ts")
    (tmp_path / "use.ts").write_text(USE, encoding="utf-8")
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    options = ("--strict", "--noEmit", "--allowImportingTsExtensions", "--skipLibCheck")
    modules = ("--module", "esnext", "--moduleResolution", "bundler", "--types", "")
    run(CLIENTS / "node_modules" / "typescript" / "bin" / "tsc", *options, *modules, tmp_path / "use.ts")


def test_graphql_eslint_finds_nothing_in_the_schema() -> None:
    assert json.loads(run(HERE / "eslint.mjs", SCHEMA)) == []


def inspected(before: Path, after: Path) -> list[str]:
    found: list[dict[str, Any]] = json.loads(run(HERE / "inspector.mjs", before, after))
    return [each["message"] for each in found if each["level"] == "BREAKING"]


def test_graphql_inspector_finds_nothing_that_breaks_clients_of_the_last_release(tmp_path: Path) -> None:
    assert inspected(RELEASED, SCHEMA) == []
    broken = tmp_path / "broken.graphql"
    broken.write_text(SCHEMA.read_text(encoding="utf-8").replace(" canCommunicate: ", " canWrite: "), encoding="utf-8")
    assert inspected(RELEASED, broken) == ["Field 'canCommunicate' was removed from object type 'Match'"]


def test_gql_for_python_reads_the_schema_and_runs_typed_queries(api: Api) -> None:
    user = person(api, "Gil Gray")
    transport = RequestsHTTPTransport(url=f"{api.url}/graphql", retries=0)
    with gql.Client(transport=transport, fetch_schema_from_transport=True) as session:
        assert session.client.schema is not None
        types = DSLSchema(session.client.schema)
        asked = types.Query.user(id=user).select(types.User.name, types.User.status.select(types.Status.key))
        assert session.execute(dsl_gql(DSLQuery(asked))) == {
            "user": {"name": "Gil Gray", "status": {"key": "SCREENING_INCOMPLETE"}}
        }
        perform = gql.gql(print_ast(OPERATIONS["Perform"]))
        perform.variable_values = {"input": {"transition": "close_match", "subjectId": user}}
        refused = session.execute(perform)["performTransition"]
    assert [error["code"] for error in refused["userErrors"]] == ["INVALID_INPUT"]
    assert refused["change"] is None


@pytest.mark.parametrize("client", ["graphql-ws", "graphql-sse", "urql"])
def test_clients_that_follow_lose_nothing_and_get_nothing_twice_when_the_line_breaks(api: Api, client: str) -> None:
    start, word = end_of_history(api), client.replace("-", "")
    writing = threading.Thread(target=lambda: [person(api, f"{word}{number} Rush") for number in range(3)])
    writing.start()
    found = json.loads(run(HERE / "follow.mjs", client, f"{api.url}/graphql", start, "12"))
    writing.join()
    assert found == ids_after(api, start)
    assert len(found) == 12


def test_gql_for_python_follows_over_websocket(api: Api) -> None:
    start = end_of_history(api)
    user = person(api, "Hedy Hall")
    followed = gql.gql("subscription($a: String) { statusChanged(after: $a) { id subject { id } } }")
    followed.variable_values = {"a": start}

    async def taken() -> list[dict[str, Any]]:
        transport = WebsocketsTransport(url=f"{api.url.replace('http', 'ws')}/graphql")
        async with gql.Client(transport=transport) as session:
            events = session.subscribe(followed)
            found = [(await anext(events))["statusChanged"] for _ in range(4)]
            await events.aclose()
            return found

    found = asyncio.run(taken())
    assert [change["id"] for change in found] == ids_after(api, start)
    assert found[0]["subject"] == {"id": user}
