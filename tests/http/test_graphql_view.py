import asyncio
from typing import Any

import orjson
import pytest

from server.domain.errors import TryAgainError
from server.http.negotiation import GRAPHQL_JSON, JSON
from server.http.operations import CACHED_LENGTH
from server.http.pace import Pace
from server.limit_settings import LimitSettings
from tests.http.builders import PERSONAL, Roads, Server, code_of, first_error

HEADERS = {"content-type": JSON}
BODY_LIMIT = LimitSettings().body_bytes
TOKEN_LIMIT = LimitSettings().tokens


def test_a_query_is_answered_for_the_local_administrator_over_the_reading_road() -> None:
    server = Server()
    response = server.post({"query": "{ caller }"})
    assert (response.status_code, response.json()["data"]) == (200, {"caller": "Local administrator"})
    assert server.roads.taken == ["read"]


def test_a_mutation_takes_the_writing_road() -> None:
    server = Server()
    assert server.post({"query": "mutation { change }"}).json()["data"] == {"change": "changed"}
    assert server.roads.taken == ["write"]


def test_answers_are_kept_by_nobody_and_vary_by_accept() -> None:
    response = Server().post({"query": "{ caller }"})
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["vary"] == "Accept"


def test_variables_reach_the_operation() -> None:
    body = {"query": "query Q($t: String!) { echo(text: $t) }", "variables": {"t": "zażółć 🏊"}}
    assert Server().post(body).json()["data"] == {"echo": "zażółć 🏊"}


def test_get_runs_a_query_with_variables() -> None:
    params = {"query": "query Q($t: String!) { echo(text: $t) }", "variables": '{"t": "x"}', "extensions": ""}
    assert Server().get(params=params, accept=JSON).json()["data"] == {"echo": "x"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"5", "not a number"),
        (b"null", "not null"),
        (b'"x"', "not text"),
        (b"true", "not true or false"),
        (b"[]", "not a list"),
        (b"", "not valid JSON"),
        (b"{", "not valid JSON"),
        (b'{"query": "\xff"}', "not valid JSON in UTF-8"),
        (b'{"query": "\\ud800"}', "not valid JSON in UTF-8"),
        (b'{"query": "{ caller }", "variables": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "not valid JSON"),
        (b'{"query": "  "}', "'query'"),
        (b'{"query": {}}', "'query'"),
        (b'{"query": "{ caller }", "variables": []}', "'variables' must be a JSON object or absent, not a list"),
        (b'{"query": "{ caller }", "operationName": 5}', "'operationName' must be text or absent, not a number"),
        (b'{"query": "{ caller }", "extensions": "x"}', "'extensions' must be a JSON object or absent, not text"),
    ],
)
@pytest.mark.parametrize("accept", [None, JSON, GRAPHQL_JSON])
def test_a_malformed_body_is_answered_with_400_and_nothing_is_run(body: bytes, said: str, accept: str | None) -> None:
    server = Server()
    response = server.send("POST", content=body, headers={**HEADERS, **({"accept": accept} if accept else {})})
    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"
    assert said in first_error(response)["message"]
    assert server.roads.taken == []


@pytest.mark.parametrize(
    "params", [{}, {"query": "{ caller }", "variables": "{"}, {"query": "{ caller }", "variables": "5"}]
)
def test_a_malformed_get_is_answered_with_400(params: dict[str, str]) -> None:
    assert Server().get(params=params, accept=JSON).status_code == 400


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
    ],
)
def test_only_json_in_utf_8_is_taken_by_post(content_type: str | None) -> None:
    server = Server()
    headers = {"content-type": content_type} if content_type else {}
    response = server.send("POST", content=b'{"query": "mutation { change }"}', headers=headers)
    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert server.roads.taken == []


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
def test_json_in_utf_8_may_be_said_in_several_ways(content_type: str) -> None:
    response = Server().send("POST", content=b'{"query": "{ caller }"}', headers={"content-type": content_type})
    assert response.status_code == 200


def test_a_body_of_the_limit_is_read_and_one_byte_more_is_not() -> None:
    body = orjson.dumps({"query": "{ caller }", "extensions": {"padding": ""}})
    fitting = body.replace(b'""', b'"' + b"x" * (BODY_LIMIT - len(body)) + b'"')
    assert len(fitting) == BODY_LIMIT
    assert Server().send("POST", content=fitting, headers=HEADERS).status_code == 200
    response = Server().send("POST", content=fitting + b" ", headers=HEADERS)
    assert (response.status_code, code_of(response)) == (413, "PAYLOAD_TOO_LARGE")


def test_a_body_that_does_not_say_its_length_is_cut_off_at_the_limit() -> None:
    async def endless() -> Any:
        for _ in range(3):
            yield b" " * (BODY_LIMIT // 2)

    response = Server().send("POST", content=endless(), headers=HEADERS)
    assert response.status_code == 413


def test_a_mutation_by_get_is_refused_and_not_run() -> None:
    server = Server()
    response = server.get(params={"query": "mutation { change }"}, accept=JSON)
    assert (response.status_code, response.headers["allow"], code_of(response)) == (405, "POST", "METHOD_NOT_ALLOWED")
    assert server.roads.taken == []


def test_a_subscription_without_a_stream_is_refused_naming_the_ways_there_are() -> None:
    for accept in (JSON, GRAPHQL_JSON, "*/*", None):
        response = Server().post({"query": "subscription { ticks }"}, accept)
        assert (response.status_code, code_of(response)) == (406, "NOT_ACCEPTABLE")
        message = first_error(response)["message"]
        assert "text/event-stream" in message
        assert "graphql-transport-ws" in message


@pytest.mark.parametrize(
    ("query", "name", "said"),
    [
        ("query A { caller } query B { caller }", None, "(A, B)"),
        ("query A { caller } query B { caller }", "C", "it holds: A, B"),
        ("{ caller }", "A", "none has a name"),
        ("fragment F on Query { caller }", None, "no operation"),
    ],
)
def test_the_operation_to_run_must_be_clear(query: str, name: str | None, said: str) -> None:
    server = Server()
    response = server.post({"query": query, "operationName": name})
    assert (response.status_code, code_of(response)) == (400, "OPERATION_RESOLUTION_FAILURE")
    assert said in first_error(response)["message"]
    assert server.roads.taken == []


@pytest.mark.parametrize("query", ["{}", "query Q { }", "mutation { }", "{ ...F } fragment F on Query { }"])
def test_an_operation_that_asks_for_nothing_is_answered_with_nothing(query: str) -> None:
    response = Server().post({"query": query})
    assert (response.status_code, response.json()["data"]) == (200, {})


def test_the_operation_named_is_the_one_that_runs() -> None:
    server = Server()
    body = {"query": "query A { caller } mutation B { change }", "operationName": "B"}
    assert server.post(body).json()["data"] == {"change": "changed"}
    assert server.roads.taken == ["write"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": "{"}, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query Q($t: String!) { echo(text: $t) }", "variables": {"t": 5}}, "BAD_USER_INPUT"),
    ],
)
def test_a_refused_request_has_no_data_and_a_status_after_its_media_type(body: dict[str, Any], code: str) -> None:
    for accept, status in ((JSON, 200), (GRAPHQL_JSON, 400)):
        response = Server().post(body, accept)
        assert response.status_code == status
        assert response.headers["content-type"] == f"{accept}; charset=utf-8"
        assert code_of(response) == code
        assert "data" not in response.json()


def test_the_cost_of_an_operation_is_told_with_its_answer() -> None:
    response = Server().post({"query": "query A { caller } query B { caller a: caller }", "operationName": "B"})
    assert response.json()["extensions"] == {"cost": {"requested": 2, "limit": 50_000}}


def test_a_long_text_is_answered_too() -> None:
    assert Server().post({"query": "{ caller }" + " " * CACHED_LENGTH}).status_code == 200


def test_a_body_that_does_not_come_is_given_up() -> None:
    async def stuck() -> Any:
        yield b"{"
        await asyncio.Event().wait()

    response = Server(body_seconds=0.05).send("POST", content=stuck(), headers=HEADERS)
    assert (response.status_code, code_of(response)) == (408, "REQUEST_TIMEOUT")
    assert first_error(response)["extensions"]["limit"] == "bodySeconds"


def test_who_asks_too_often_is_told_when_to_come_again_and_nothing_is_run() -> None:
    server = Server(pace=Pace(6, lambda: 0.0))
    assert server.post({"query": "{ caller }"}).status_code == 200
    response = server.post({"query": "mutation { change }"})
    assert (response.status_code, response.headers["retry-after"]) == (429, "10")
    assert first_error(response)["extensions"] == {
        "code": "TOO_MANY_REQUESTS",
        "limit": "requestsPerMinute",
        "allowed": 6,
        "retryAfterSeconds": 10,
    }
    assert server.roads.taken == ["read"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{" * (TOKEN_LIMIT // 2) + "a", "GRAPHQL_PARSE_FAILED"),
        ("{ " + "caller " * TOKEN_LIMIT + "}", "LIMIT_EXCEEDED"),
        ("{ echo(text: " + "[" * 3000 + "1)}", "GRAPHQL_PARSE_FAILED"),
    ],
)
def test_texts_too_deep_or_too_long_are_refused_in_words(text: str, code: str) -> None:
    response = Server().post({"query": text}, GRAPHQL_JSON)
    assert (response.status_code, code_of(response)) == (400, code)


def test_an_unexpected_error_is_masked_and_logged_without_its_text() -> None:
    server = Server()
    response = server.post({"query": "{ caller broken }"}, **{"x-request-id": "call-7"})
    assert response.status_code == 200
    assert response.json()["data"] == {"caller": "Local administrator", "broken": None}
    error = first_error(response)
    assert error["extensions"] == {"code": "INTERNAL_SERVER_ERROR", "requestId": "call-7"}
    assert error["message"] == "Internal error. Give the request id call-7 to whoever runs this server."
    line = orjson.loads(server.lines.getvalue())
    assert (line["event"], line["error"], line["request_id"]) == ("unexpected error", "RuntimeError", "call-7")
    assert line["at"][-1].startswith("tests/http/builders.py:")
    assert PERSONAL not in response.text + server.lines.getvalue()


def test_an_unexpected_error_of_a_required_field_leaves_data_null() -> None:
    response = Server().post({"query": "{ required }"}, GRAPHQL_JSON)
    assert (response.status_code, response.json()["data"]) == (200, None)
    assert code_of(response) == "INTERNAL_SERVER_ERROR"
    assert PERSONAL not in response.text


def test_a_failure_of_the_store_is_masked_with_500() -> None:
    server = Server(roads=Roads(failure=OSError(PERSONAL)))
    response = server.post({"query": "{ caller }"})
    assert (response.status_code, code_of(response)) == (500, "INTERNAL_SERVER_ERROR")
    assert "data" not in response.json()
    assert PERSONAL not in response.text + server.lines.getvalue()


def test_expected_errors_keep_their_words_and_their_code() -> None:
    response = Server().post({"query": "{ missing }"})
    assert response.json()["data"] == {"missing": None}
    assert first_error(response)["message"] == "There is no such user."
    assert code_of(response) == "NOT_FOUND"
    assert code_of(Server().post({"query": "{ faulty }"})) == "BAD_CURSOR"


def test_a_busy_database_is_503_with_the_time_to_wait_wherever_it_was_noticed() -> None:
    busy = Roads(failure=TryAgainError("The database is busy. Send the same request again."))
    for server, query in ((Server(), "{ busy }"), (Server(roads=busy), "{ caller }")):
        for accept in (JSON, GRAPHQL_JSON):
            response = server.post({"query": query}, accept)
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
            assert code_of(response) == "TRY_AGAIN"


def test_introspection_stays_on() -> None:
    answer = Server().post({"query": "{ __schema { queryType { name } } }"}).json()
    assert answer["data"] == {"__schema": {"queryType": {"name": "Query"}}}


def test_an_answer_in_no_type_of_ours_is_406() -> None:
    response = Server().post({"query": "{ caller }"}, "text/csv")
    assert (response.status_code, code_of(response), response.headers["vary"]) == (406, "NOT_ACCEPTABLE", "Accept")


def test_a_query_is_run_again_once_what_it_turned_out_to_need_is_there() -> None:
    server = Server(needs=2)
    assert server.post({"query": "{ caller }"}).json()["data"] == {"caller": "Local administrator"}
    assert server.roads.taken == ["read", "read", "read"]
