"""The operations in the guide to the API are executed, in their order, and answer what the guide says."""

import json
import re
from pathlib import Path

import pytest

from tests.graphql.builders import Api

GUIDE = Path(__file__).parents[2] / "docs" / "api"
_BLOCK = re.compile(r"^```(graphql|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str) -> list[tuple[str, str]]:
    """The operations and answers of a page, in their order."""
    found = _BLOCK.findall((GUIDE / page).read_text(encoding="utf-8"))
    assert len(found) > 1
    return found


@pytest.mark.parametrize("page", ["changes.md"])
def test_every_operation_of_the_page_does_what_it_says(api: Api, page: str) -> None:
    ann, ben = api.person("Ann"), api.person("Ben", "MENTEE")
    assert [ann.persona, ben.persona] == ["Persona-1", "Persona-2"]
    operation = ""
    for language, text in blocks(page):
        if language == "graphql":
            operation = text
            told = str(api.ask(operation))
            assert "'userErrors': []" in told or "userErrors" not in operation, told
        else:  # what the operation before it answers, also when it is sent again
            assert api.ask(operation) == json.loads(text)
