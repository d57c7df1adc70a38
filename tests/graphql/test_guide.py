"""The operations in the guide to the API are executed, in their order, and answer what the guide says."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from server.graphql.schema import sdl
from tests.graphql.builders import Api

GUIDE = Path(__file__).parents[2] / "docs" / "api"
PAGES = ("README.md", "changes.md", "history.md")
ELSEWHERE = {
    "limits.md": "tests/graphql/test_limits_guide.py",
    "subscriptions.md": "tests/test_subscriptions.py",
}
"""Pages whose operations another test holds to what is said of them."""

_LINK = re.compile(r"\]\((http://127\.0\.0\.1:8000/graphql\?query=[^)]+)\)")
_BLOCK = re.compile(r"^```(graphql|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    """The operations and answers of a page, in their order."""
    found = _BLOCK.findall((GUIDE / page).read_text(encoding="utf-8"))
    assert len(found) > 1
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_operation_of_the_page_does_what_it_says(api: Api, page: str) -> None:
    ann, ben = api.person("Ann"), api.person("Ben", "MENTEE")
    assert [ann.persona, ben.persona] == ["Persona-1", "Persona-2"]
    found = blocks(page)
    answer: Mapping[str, Any] = {}
    for (language, text), (following, _) in zip(found, [*found[1:], ("", "")], strict=True):
        if language == "graphql":
            answer, operation = api.ask(text), text
            done = "'userErrors': []" in str(answer) or "userErrors" not in operation
            assert done or following == "json", answer  # what is refused stands there with its refusal
        else:
            assert answer == json.loads(text)
            assert "idempotencyKey" not in operation or api.ask(operation) == answer  # also when it is sent again


def test_every_page_with_operations_is_carried_out() -> None:
    with_operations = {page.name for page in GUIDE.glob("*.md") if "```graphql\n" in page.read_text(encoding="utf-8")}
    assert with_operations - {*PAGES, *ELSEWHERE} == set()


def test_every_link_into_graphiql_holds_the_operation_above_it() -> None:
    page = (GUIDE / "README.md").read_text(encoding="utf-8")
    operations = [match.end() for match in _BLOCK.finditer(page)]
    links = list(_LINK.finditer(page))
    assert len(links) >= 5
    for link in links:
        above = max(end for end in operations if end <= link.start())
        (block,) = [match for match in _BLOCK.finditer(page) if match.end() == above]
        assert parse_qs(urlsplit(link[1]).query) == {"query": [block[2]]}


def test_every_code_of_a_user_error_is_explained() -> None:
    page = (GUIDE / "README.md").read_text(encoding="utf-8")
    table = page.partition("| code of a user error |")[2].partition("\n\n")[0]
    told = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)
    described = re.search(r"interface UserError \{\s+\"\"\"\s*(.*?)\"\"\"", sdl(), re.DOTALL)
    assert described is not None
    assert told == re.findall(r"[A-Z_]{3,}", described[1])
