"""The server audits of the GraphQL over HTTP specification, all 61, by their public ids."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from server.http.negotiation import GRAPHQL_JSON, JSON
from tests.http.builders import Server

NAME = "{ __typename }"
NAMED = "query Type($name: String!) { __type(name: $name) { name } }"
UNKNOWN_FIELD = "{ 8f31403dfe404bccbb0e835f2629c6a7 }"
COERCION = {"query": "query CoerceFailure($id: ID!){ __typename }", "variables": {"id": None}}
NOT_TEXT: tuple[Any, ...] = ({"obj": "ect"}, 0, False, ["array"])
NOT_A_MAP: tuple[Any, ...] = ("string", 0, False, ["array"])

OK = range(200, 201)
BAD = range(400, 401)
CLIENT = range(400, 500)
FAILED = range(400, 600)
ANY = range(200, 600)


def post(body: object, accept: str | None = JSON, content_type: str | None = JSON) -> dict[str, Any]:
    headers = {"accept": accept, "content-type": content_type}
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return {"method": "POST", "content": content, "headers": {k: v for k, v in headers.items() if v}}


def get(accept: str | None = None, **params: str) -> dict[str, Any]:
    return {"method": "GET", "params": params, "headers": {"accept": accept} if accept else {}}


def audits() -> Iterator[tuple[str, dict[str, Any], range, dict[str, Any]]]:
    yield "22EB", post({"query": NAME}, GRAPHQL_JSON), OK, {"media": GRAPHQL_JSON}
    yield "4655", post({"query": NAME}), OK, {"media": JSON}
    yield "47DE", post({"query": NAME}, "*/*"), OK, {"media": JSON}
    yield "80D8", post({"query": NAME}, None), OK, {"media": JSON}
    yield "82A3", post({"query": NAME}, None), OK, {"utf_8": True}
    utf_8 = post({"query": '{ __type(name: "Run🏃Swim🏊") { name } }'}, None, f"{JSON}; charset=utf-8")
    yield "BF61", utf_8, OK, {}
    yield "78D5", post({"query": NAME}, None), OK, {}
    yield "2C94", post({"query": NAME}, None), OK, {}
    yield "5A70", get(query=NAME), OK, {}
    yield "9C48", get(GRAPHQL_JSON, query="mutation { __typename }"), CLIENT, {}
    yield "9ABE", post({"query": NAME}, None, None), CLIENT, {}
    yield "03D4", post({"query": NAME}, None), OK, {}
    yield "A5BF", post(b"", None), BAD, {}
    yield "423L", post({"notquery": NAME}, GRAPHQL_JSON), BAD, {}
    for index, wrong in enumerate(NOT_TEXT):
        yield f"LKJ{index}", post({"query": wrong}, None), BAD, {}
        yield f"6C0{index}", post({"operationName": wrong, "query": NAME}, None), BAD, {}
    for index, wrong in enumerate(NOT_A_MAP):
        yield f"476{index}", post({"query": NAME, "variables": wrong}, None), BAD, {}
        yield f"58B{index}", post({"query": NAME, "extensions": wrong}, None), BAD, {}
    yield "34A2", post({"query": NAME}, GRAPHQL_JSON), OK, {}
    yield "13EE", post({"query": NAME}), OK, {"errors": False}
    named = {"operationName": "Query", "query": "query Query { __typename }"}
    yield "8161", post(named, GRAPHQL_JSON), OK, {}
    yield "B8B3", post(named), OK, {"errors": False}
    for index, parameter in enumerate(("variables", "operationName", "extensions")):
        yield f"94B{index}", post({"query": NAME, parameter: None}, GRAPHQL_JSON), OK, {"errors": False}
        yield f"022{index}", post({"query": NAME, parameter: None}), OK, {"errors": False}
    yield "2EA1", post({"query": NAMED, "variables": {"name": "sometype"}}, GRAPHQL_JSON), OK, {}
    yield "28B9", post({"query": NAMED, "variables": {"name": "sometype"}}), OK, {"errors": False}
    yield "D6D5", get(GRAPHQL_JSON, query=NAMED, variables='{"name":"sometype"}'), OK, {"errors": False}
    yield "6A70", get(JSON, query=NAMED, variables='{"name":"sometype"}'), OK, {"errors": False}
    yield "428F", post({"query": NAME, "extensions": {"some": "value"}}, GRAPHQL_JSON), OK, {}
    yield "1B7A", post({"query": NAME, "extensions": {"some": "value"}}), OK, {"errors": False}
    yield "B6DC", post(b'{ "not a JSON'), ANY, {}
    yield "BCF8", post(b'{ "not a JSON'), BAD, {}
    yield "B7N8", post(b'{ "not a JSON', GRAPHQL_JSON), BAD, {}
    yield "8764", post({"qeury": NAME}, None), FAILED, {}
    yield "3E3A", post({"qeury": NAME}, None), BAD, {}
    yield "572B", post({"query": "{"}), OK, {}
    yield "FDE2", post({"query": UNKNOWN_FIELD}), OK, {}
    yield "7B9B", post(COERCION), OK, {}
    yield "865D", post({"query": "{"}, GRAPHQL_JSON), FAILED, {}
    yield "556A", post({"query": "{"}, GRAPHQL_JSON), BAD, {}
    yield "D586", post({"query": "{"}, GRAPHQL_JSON), BAD, {"data": False}
    yield "51FE", post({"query": UNKNOWN_FIELD}, GRAPHQL_JSON), FAILED, {}
    yield "74FF", post({"query": UNKNOWN_FIELD}, GRAPHQL_JSON), BAD, {}
    yield "5E5B", post({"query": UNKNOWN_FIELD}, GRAPHQL_JSON), BAD, {"data": False}
    yield "86EE", post(COERCION, GRAPHQL_JSON), BAD, {}


AUDITS = {audit[0]: audit[1:] for audit in audits()}


def test_all_audits_are_here() -> None:
    assert len(AUDITS) == 61


@pytest.mark.parametrize("audit", AUDITS)
def test_the_server_passes_the_audit(audit: str) -> None:
    request, statuses, expected = AUDITS[audit]
    response = Server().send(**request)
    assert response.status_code in statuses
    body = orjson.loads(response.content.decode("utf-8"))
    assert response.headers["content-type"].startswith(expected.get("media", "application/"))
    for entry in ("errors", "data"):
        if entry in expected:
            assert (entry in body) is expected[entry]
