"""What a browser is shown where there is no answer, and that it leads on."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from graphql import parse, validate

from server.domain.errors import TryAgainError
from server.graphql.schema import build_schema
from server.http.answers import HttpProblem
from server.http.problem_page import POLICY, WHO_AM_I, told
from tests.http.builders import Server
from tests.http.test_routes import BROWSER

LINK = re.compile(r'href="(/graphql\?query=[^"]+)"')


def in_a_browser(server: Server, path: str, **headers: str) -> httpx.Response:
    return server.get(path, BROWSER, headers=headers)


@pytest.mark.parametrize(
    ("server", "path", "host", "status", "title"),
    [
        (Server(), "/nowhere", "localhost", 404, "There is nothing here"),
        (Server(local=False), "/schema.graphql", "localhost", 401, "Please sign in"),
        (Server(), "/graphql", "evil.example", 421, "That was not possible"),
    ],
)
def test_every_error_page_leads_to_an_operation(server: Server, path: str, host: str, status: int, title: str) -> None:
    response = in_a_browser(server, path, host=host)
    assert (response.status_code, response.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert f"<h1>{title}</h1>" in response.text
    (link,) = LINK.findall(response.text)
    assert parse_qs(urlsplit(link).query) == {"query": [WHO_AM_I]}
    assert response.headers["content-security-policy"] == POLICY
    assert "Accept" in response.headers["vary"].split(", ")


def test_the_operation_that_is_offered_is_one_of_the_api() -> None:
    assert validate(build_schema()._schema, parse(WHO_AM_I)) == []


def test_a_busy_database_is_told_with_the_time_to_wait() -> None:
    server = Server(local=False)
    server.roads.failure = TryAgainError("The database is busy. Send the same request again.")
    response = in_a_browser(server, "/metrics", authorization="Bearer mk_any")
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert "The database is busy." in response.text


def test_what_went_wrong_is_text_and_never_markup() -> None:
    page = bytes(told(HttpProblem(400, "BAD_REQUEST", "<script>alert(1)</script>"), BROWSER).body).decode()
    assert "<script>" not in page
    assert "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>" in page


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "application/graphql-response+json"])
def test_everybody_else_gets_json(accept: str | None) -> None:
    response = Server().get("/nowhere", accept)
    assert response.headers["content-type"] == "application/json; charset=utf-8"
