"""Who comes in over HTTP: with a token, without one, and what is reachable by everybody."""

import pytest

from server.domain.actors import Caller
from server.domain.errors import TryAgainError
from tests.http.builders import Server, code_of, first_error

ROBIN = Caller("Robin", frozenset({"SITE_STAFF"}))
CALLER = {"query": "{ caller }"}
TELLS_HOW = 'Sign in: send a valid token in the header "Authorization: Bearer <token>".'


def guarded() -> Server:
    return Server(local=False, bearers={"good": ROBIN})


def test_the_bearer_of_a_token_is_the_caller() -> None:
    response = guarded().post(CALLER, authorization="Bearer good")
    assert response.json()["data"] == {"caller": "Robin"}


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR", "Bearer  "])
def test_the_scheme_may_be_written_in_any_case(scheme: str) -> None:
    assert guarded().post(CALLER, authorization=f"{scheme} good").status_code == 200


@pytest.mark.parametrize("header", ["Bearer bad", "Bearer", "good", "Basic good", "Bearer go od", "Bearer\tgood"])
def test_whatever_is_wrong_the_answer_is_the_same_and_tells_how_to_sign_in(header: str) -> None:
    server = guarded()
    response = server.post(CALLER, authorization=header)
    assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
    assert response.content == guarded().post(CALLER).content
    assert code_of(response) == "UNAUTHENTICATED"
    assert first_error(response)["message"].startswith(TELLS_HOW)
    assert server.roads.taken == []


def test_only_the_log_knows_what_was_wrong_and_not_even_it_the_token() -> None:
    server = guarded()
    server.post(CALLER, authorization="Bearer s3cret")
    assert '"reason": "unknown token"' in server.lines.getvalue()
    assert '"request_id": "id-made-here"' in server.lines.getvalue()
    assert "s3cret" not in server.lines.getvalue()


def test_the_sender_must_be_known_before_anything_is_read() -> None:
    for body in (b"", b"{", b"x" * 2_000_000):
        response = guarded().send("POST", content=body)
        assert response.content == guarded().post(CALLER).content


def test_an_answer_type_that_we_do_not_have_is_told_to_bearers_alone() -> None:
    assert guarded().post(CALLER, accept="image/png").status_code == 401
    assert guarded().post(CALLER, accept="image/png", authorization="Bearer good").status_code == 406


def test_a_query_by_get_needs_a_token_too() -> None:
    server = guarded()
    assert server.send("GET", params=CALLER).status_code == 401
    assert server.send("GET", params=CALLER, headers={"authorization": "Bearer good"}).status_code == 200


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_health_is_told_to_everybody(path: str) -> None:
    assert guarded().get(path).status_code == 200


def test_the_page_for_browsers_is_shown_to_everybody() -> None:
    assert guarded().get(accept="text/html").headers["content-type"].startswith("text/html")


def test_the_schema_is_for_bearers() -> None:
    server = guarded()
    assert server.get("/schema.graphql").content == guarded().post(CALLER).content
    assert "type Query" in server.get("/schema.graphql", headers={"authorization": "Bearer good"}).text


def test_the_counts_are_for_bearers() -> None:
    server = guarded()
    assert server.get("/metrics").content == guarded().post(CALLER).content
    assert server.get("/metrics", headers={"authorization": "Bearer good"}).text == "counted 1\n"


def test_in_local_mode_nobody_has_to_sign_in_but_a_token_is_honoured() -> None:
    server = Server(bearers={"good": ROBIN})
    assert server.post(CALLER).json()["data"] == {"caller": "Local administrator"}
    assert server.post(CALLER, authorization="Bearer good").json()["data"] == {"caller": "Robin"}
    assert server.post(CALLER, authorization="Bearer bad").status_code == 401
    assert server.post(CALLER, authorization="").status_code == 401


def test_a_database_that_cannot_be_asked_is_not_a_wrong_token() -> None:
    server = guarded()
    server.roads.failure = TryAgainError("The database is busy.")
    assert server.post(CALLER, authorization="Bearer good").status_code == 503
    schema = server.get("/schema.graphql", headers={"authorization": "Bearer good"})
    assert (schema.status_code, schema.headers["retry-after"], code_of(schema)) == (503, "1", "TRY_AGAIN")


def test_a_server_for_many_answers_to_any_name_or_to_those_it_is_given() -> None:
    named = {"host": "mk.example.org:443", "authorization": "Bearer good"}
    for names, status in ((None, 200), (("mk.example.org",), 200), (("other.example.org",), 421)):
        server = guarded()
        server.names = names
        assert server.send("POST", json=CALLER, headers=named).status_code == status
        assert server.post(CALLER, authorization="Bearer good").status_code == 200
