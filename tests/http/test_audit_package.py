"""The same audits as the npm package graphql-http runs them, against a listening server."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.http.builders import Server
from tests.http.test_graphql_over_http import AUDITS
from tests.listening import listening
from tests.needs import WEB, node_with_packages


@pytest.fixture
def address() -> Iterator[str]:
    with listening(Server().app()) as origin:
        yield f"{origin}/graphql"


def test_the_package_finds_nothing_to_object_to(address: str) -> None:
    command = [node_with_packages(), str(Path(__file__).parent / "audits.mjs"), address, str(WEB)]
    output = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    found = json.loads(output)
    assert {audit["id"]: audit["reason"] for audit in found if audit["status"] != "ok"} == {}
    assert {audit["id"] for audit in found} == set(AUDITS)


def test_placeholders_of_graphiql_do_what_they_say() -> None:
    command = [node_with_packages(), "--test", str(WEB)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=WEB)
    assert finished.returncode == 0, finished.stdout
