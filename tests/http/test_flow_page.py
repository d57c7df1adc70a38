import pytest

from server.http.flow_page import POLICY
from tests.http.builders import Server


def test_the_page_holds_nothing_by_itself_so_that_anybody_may_have_it() -> None:
    server = Server(local=False)
    response = server.get("/flow")
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (server.asked, server.roads.taken) == ([], [])


def test_it_comes_under_a_strict_policy_and_fetches_nothing_from_elsewhere() -> None:
    response = Server().get("/flow")
    assert response.headers["content-security-policy"] == POLICY
    assert "unsafe" not in POLICY
    assert "http" not in response.text


@pytest.mark.parametrize(
    ("part", "kind"), [("flow.js", "text/javascript"), ("details.js", "text/javascript"), ("flow.css", "text/css")]
)
def test_its_parts_come_from_our_own_address(part: str, kind: str) -> None:
    response = Server().get(f"/flow/{part}")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(kind)


@pytest.mark.parametrize("path", ["/flow/nothing.js", "/flow/..%2fplain.html", "/flow/../flow_page.py"])
def test_nothing_else_is_there(path: str) -> None:
    assert Server().get(path).status_code == 404
