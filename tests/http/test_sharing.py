"""What the server grants to pages of other hosts, how it packs answers, and how it says that nothing has changed."""

import pytest

from tests.http.builders import Server

APP = "https://app.example.org"
PREFLIGHT = {
    "origin": APP,
    "access-control-request-method": "POST",
    "access-control-request-headers": "authorization, content-type",
}


def test_pages_of_other_hosts_are_granted_nothing_unless_it_is_set() -> None:
    response = Server().send("OPTIONS", headers=PREFLIGHT)
    assert response.status_code == 405
    assert not [name for name in response.headers if name.startswith("access-control")]


def test_a_page_that_is_let_in_may_send_its_token_but_no_cookies() -> None:
    server = Server(origins=(APP,))
    granted = server.send("OPTIONS", headers=PREFLIGHT)
    assert (granted.status_code, granted.headers["access-control-allow-origin"]) == (200, APP)
    assert {"authorization", "content-type"} <= set(granted.headers["access-control-allow-headers"].lower().split(", "))
    assert "access-control-allow-credentials" not in granted.headers
    answer = server.post({"query": "{ caller }"}, origin=APP)
    assert answer.headers["access-control-allow-origin"] == APP
    assert answer.headers["access-control-expose-headers"] == "Retry-After, X-Request-Id"
    assert {"Accept", "Origin"} <= set(answer.headers["vary"].split(", "))


@pytest.mark.parametrize("origin", ["https://evil.example", f"{APP}.evil.example", "null", "http://app.example.org"])
def test_any_other_page_is_not(origin: str) -> None:
    server = Server(origins=(APP,))
    assert server.send("OPTIONS", headers={**PREFLIGHT, "origin": origin}).status_code == 400
    answer = server.post({"query": "{ caller }"}, origin=origin)
    assert "access-control-allow-origin" not in answer.headers


def test_a_long_answer_is_packed_for_whoever_can_unpack_it() -> None:
    body = {"query": "query Q($t: String!) { echo(text: $t) }", "variables": {"t": "long " * 1_000}}
    packed = Server().post(body, **{"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < 500
    assert packed.json()["data"] == {"echo": "long " * 1_000}
    assert set(packed.headers["vary"].split(", ")) == {"Accept", "Accept-Encoding"}
    assert "content-encoding" not in Server().post(body, **{"accept-encoding": "identity"}).headers
    assert "content-encoding" not in Server().post({"query": "{ caller }"}, **{"accept-encoding": "gzip"}).headers


def test_the_schema_is_sent_once_to_whoever_remembers_its_tag() -> None:
    first = Server().get("/schema.graphql")
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = Server().get("/schema.graphql", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert Server().get("/schema.graphql", headers={"if-none-match": '"other"'}).text == first.text
    assert first.headers["cache-control"] == "private, no-cache"


def test_whoever_may_not_come_in_learns_no_tag() -> None:
    tag = Server().get("/schema.graphql").headers["etag"]
    response = Server(local=False).get("/schema.graphql", headers={"if-none-match": tag})
    assert (response.status_code, "etag" in response.headers) == (401, False)
