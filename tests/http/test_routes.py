from pathlib import Path

import orjson
import pytest

from server.http.browser_page import POLICY, browser_page
from server.http.health import Check
from tests.http.builders import Server, code_of, first_error

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("host", ["localhost", "localhost:8000", "127.0.0.1:9", "[::1]:8000", "[::1]", "LOCALHOST"])
def test_the_machines_own_names_are_answered(host: str) -> None:
    assert Server().send("GET", "/healthz", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8000", "", "10.0.0.1"]
)
def test_other_names_are_not_so_that_no_page_can_rebind_one(host: str) -> None:
    server = Server()
    response = server.send("POST", json={"query": "mutation { change }"}, headers={"host": host})
    assert (response.status_code, code_of(response)) == (421, "MISDIRECTED_REQUEST")
    assert server.roads.taken == []


@pytest.mark.parametrize("given", ["call-7", "A.b_c-1", "x" * 64])
def test_a_sane_request_id_comes_back(given: str) -> None:
    assert Server().send("GET", "/healthz", headers={"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "x" * 65, "with space", "<script>", "a\tb"])
def test_any_other_request_id_is_replaced(given: str) -> None:
    response = Server().send("GET", "/healthz", headers={"x-request-id": given})
    assert response.headers["x-request-id"] == "id-made-here"


@pytest.mark.parametrize("path", ["/healthz", "/graphql?query={caller}", "/nowhere", "/static/nothing.js"])
def test_every_answer_has_the_secure_headers(path: str) -> None:
    headers = Server().send("GET", path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-request-id"] == "id-made-here"


def test_the_root_leads_to_the_api() -> None:
    response = Server().get("/")
    assert (response.status_code, response.headers["location"]) == (307, "/graphql")


def test_an_unknown_address_names_those_there_are() -> None:
    response = Server().get("/graphiql")
    assert (response.status_code, code_of(response)) == (404, "NOT_FOUND")
    assert "/graphql, /flow, /schema.graphql, /metrics, /healthz and /readyz" in first_error(response)["message"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_answered_with_those_allowed(method: str) -> None:
    response = Server().send(method, "/graphql")
    assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
    assert set(response.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_the_schema_is_served_as_text() -> None:
    server = Server()
    response = server.get("/schema.graphql")
    assert (response.status_code, response.text) == (200, server.schema.as_str())


def test_health_says_alive() -> None:
    assert Server().get("/healthz").json() == {"status": "alive"}


def test_ready_names_each_check_and_the_rules_in_force() -> None:
    response = Server().get("/readyz")
    assert response.status_code == 200
    assert response.json() == {
        "status": "ready",
        "checks": {"database": {"ok": True}, "rules": {"ok": True, "default": "abcdef012345"}},
    }


def test_a_failed_check_makes_it_not_ready_and_is_named() -> None:
    response = Server(checks=(Check("database"), Check("schema", problem="Run the upgrade."))).get("/readyz")
    assert response.status_code == 503
    assert response.json() == {
        "status": "not ready",
        "checks": {"database": {"ok": True}, "schema": {"ok": False, "problem": "Run the upgrade."}},
    }


def test_a_crash_outside_the_api_is_answered_and_logged_too() -> None:
    async def broken() -> tuple[Check, ...]:
        raise RuntimeError("rosa@example.org")

    server = Server()
    server._probe = broken  # type: ignore[method-assign]  # the one check that crashes instead of failing
    response = server.get("/readyz")
    assert (response.status_code, code_of(response)) == (500, "INTERNAL_SERVER_ERROR")
    assert orjson.loads(server.lines.getvalue())["error"] == "RuntimeError"
    assert "rosa" not in response.text + server.lines.getvalue()


def built(folder: Path) -> Server:
    (folder / "graphiql.js").write_text("// the bundle")
    return Server(page=browser_page(folder))


def test_a_browser_gets_graphiql_under_its_strict_policy(tmp_path: Path) -> None:
    response = built(tmp_path).get(accept=BROWSER)
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"] == POLICY
    assert response.headers["vary"] == "Accept"
    assert '<script type="module" src="/static/graphiql.js">' in response.text
    assert "http" not in response.text


def test_the_bundle_is_served_from_our_own_address(tmp_path: Path) -> None:
    response = built(tmp_path).get("/static/graphiql.js")
    assert response.text == "// the bundle"
    assert response.headers["content-type"].startswith("text/javascript")


def test_without_the_bundle_a_small_page_runs_operations_and_says_how_to_build_it(tmp_path: Path) -> None:
    server = Server(page=browser_page(tmp_path))
    response = server.get(accept=BROWSER)
    assert "<textarea" in response.text
    assert "make setup" in response.text
    for part in ("plain.js", "plain.css"):
        assert f"/static/{part}" in response.text
        assert server.get(f"/static/{part}").status_code == 200


def test_nothing_outside_the_assets_is_served(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "assets").mkdir()
    response = built(tmp_path / "assets").get("/static/..%2fsecret")
    assert response.status_code == 404


def test_counts_are_told_as_prometheus_reads_them() -> None:
    response = Server().get("/metrics")
    assert (response.status_code, response.text) == (200, "counted 1\n")
    assert response.headers["content-type"].startswith("text/plain; version=")
