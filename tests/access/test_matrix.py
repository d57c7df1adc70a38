"""Who may do what to whom: every role, every operation, every relation to the record, over HTTP."""

import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from server.graphql.schema import build_schema
from server.store.database import open_store
from tests.access.operations import ACTS, HIDDEN, MAY, PERFORMED, QUERIES, Operation, codes, missing
from tests.access.town import ROLES, Records, Town, rules_in
from tests.services.school import RULES
from tests.serving import Api, serving

MATRIX = Path(__file__).with_name("matrix.txt")
OPERATIONS = {**QUERIES, **ACTS, **{f"perform {key}": operation for key, operation in PERFORMED.items()}}
RELATIONS = ("oneself", "near", "partner", "far", "abroad")
"""The record is one's own; of one's own site; the other side of a match across; of another site; of another program."""

NONE, OUT = "_", "x"
"""There is no such case; nobody is let in."""


@dataclass(frozen=True)
class Server:
    api: Api
    town: Town

    def ask(self, role: str, operation: Operation, records: Records) -> tuple[str, Any, str]:
        """Which letter the answer is, the answer, and its text."""
        api = self.api.as_(self.town.tokens[role]) if role in self.town.tokens else self.api
        response = api.post(*operation.make(records))
        answer = response.json()
        if response.status_code == 401:
            return OUT, answer, response.text
        wanted = records.program if operation.on == "program" else records[operation.on]
        return operation.judge(answer, wanted), answer, response.text


def _expected() -> Mapping[str, Mapping[str, str]]:
    rows = [line.rsplit(maxsplit=len(ROLES)) for line in MATRIX.read_text().splitlines() if line and line[0] != "#"]
    return {name.strip(): dict(zip(ROLES, cells, strict=True)) for name, *cells in rows}


EXPECTED = _expected()


@pytest.fixture(scope="module")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    path = tmp_path_factory.mktemp("town") / "town.db"
    shutil.copyfile(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    town = Town(store)
    store.close()
    later = town.now + timedelta(hours=1)
    rules = rules_in(tmp_path_factory.mktemp("rules"))
    with serving(f"sqlite:///{path}", rules, require_auth=True, test_clock=later) as api:
        yield Server(api, town)


def records_of(town: Town, role: str, relation: str, operation: Operation) -> Records | None:
    """What an operation is tried on; None where there is no such case."""
    other = {"MENTOR": "MENTEE", "MENTEE": "MENTOR"}
    here, there = ("south", "north") if role == "MENTEE" else ("north", "south")
    found = {
        "oneself": town.sides.get(role),
        "near": town.places[here],
        "partner": town.sides[other.get(role, "MENTEE")],
        "far": town.places[there],
        "abroad": town.places["abroad"],
    }[relation]
    known = found is not None and (operation.on in {*found.ids, "program"})
    return found if known else None


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.parametrize("role", ROLES)
def test_every_cell_of_the_matrix_holds(server: Server, role: str, name: str) -> None:
    operation, cells = OPERATIONS[name], ""
    for relation in RELATIONS:
        records = records_of(server.town, role, relation, operation)
        if records is None:
            cells += NONE
            continue
        letter, answer, text = server.ask(role, operation, records)
        cells += letter
        if letter == HIDDEN:
            unknown = missing("limbo" if relation == "abroad" else records.program)
            assert _unnamed(text, records) == _unnamed(server.ask(role, operation, unknown)[2], unknown)
        if (role, relation, letter) == ("SUPER_ADMIN", "near", MAY):
            assert set(codes(answer)) <= {"CONFIRMATION_REQUIRED"}, "it is tried on a record that is not ready for it"
    assert cells == EXPECTED[name][role]


def _unnamed(text: str, records: Records) -> str:
    """An answer without the names that were in the question."""
    names = sorted({*records.ids.values(), records.program, records.site}, key=len, reverse=True)
    return re.sub("|".join(rf"\b{re.escape(name)}\b" for name in names), "*", text)


def test_the_matrix_has_a_row_for_everything_and_no_other() -> None:
    schema = build_schema().introspect()["__schema"]["types"]
    roots = {field["name"] for kind in schema if kind["name"] in {"Query", "Mutation"} for field in kind["fields"]}
    pressable = {
        key for key, transition in RULES["default"].transitions.items() if transition.pressable and transition.offered
    }
    assert {operation.field for operation in OPERATIONS.values()} == roots
    assert set(PERFORMED) == pressable
    assert list(EXPECTED) == list(OPERATIONS)
    assert {len(cells) for row in EXPECTED.values() for cells in row.values()} == {len(RELATIONS)}
