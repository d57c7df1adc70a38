"""The record of reads from the command line."""

import json
import signal
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import call, served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which the local administrator has read of a mentee, and somebody was turned away twice."""
    folder = tmp_path_factory.mktemp("audit")
    with served(folder) as server:
        register = 'role: MENTEE, name: "Eve Long", email: "eve@example.org"'
        server.data(f"mutation {{ registerUser(input: {{{register}}}) {{ user {{ id }} }} }}")
        for fields in ("name", "name email"):
            server.data(f"{{ users {{ nodes {{ {fields} }} }} }}")
        for _ in range(2):
            headers = {"Authorization": "Bearer mk_aaaaaaaa_aaaa"}
            httpx.post(f"{server.origin}/graphql", json={"query": "{ x }"}, headers=headers, timeout=20)
        server.stop(signal.SIGTERM)
    return folder


def rows(folder: Path, *words: str) -> list[dict[str, Any]]:
    result = call("audit", "--json", *words, folder=folder)
    assert result.returncode == 0, result.stderr
    return list(json.loads(result.stdout))


def test_the_newest_entries_come_first(folder: Path) -> None:
    found = rows(folder)
    assert [(row["kind"], row["times"], row["classes"]) for row in found if row["kind"] == "read"] == [
        ("read", 1, ["public", "sensitive"]),
        ("read", 1, ["public"]),
        ("read", 1, ["public"]),
    ]
    assert [row["id"] for row in found] == sorted((row["id"] for row in found), reverse=True)
    assert found[-1] == {
        **found[-1],
        "who": {"name": "Local administrator", "tokenId": None, "userId": None},
        "personId": "User-1",
        "program": "default",
        "code": None,
        "detail": None,
    }


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (("--kind", "refusal"), ["refusal", "refusal"]),
        (("--kind", "read"), ["read"] * 3),
        (("--kind", "sign-in"), []),
        (("--person", "EVE@example.org"), ["read"] * 3),
        (("--person", "User-1", "--limit", "2"), ["read"] * 2),
        (("--person", "User-9"), []),
        (("--who", "Local administrator"), ["read"] * 3),
        (("--who", "Token-7"), []),
        (("--who", "User-1"), []),
        (("--since", "1d", "--kind", "read"), ["read"] * 3),
        (("--since", "2999-01-31"), []),
    ],
)
def test_entries_are_narrowed_by_each_option(words: tuple[str, ...], kinds: list[str], folder: Path) -> None:
    assert [row["kind"] for row in rows(folder, *words)] == kinds


def test_for_people_it_is_a_table_without_names_of_those_who_were_read(folder: Path) -> None:
    result = call("audit", folder=folder)
    assert "Local administrator" in result.stdout
    assert "UNAUTHENTICATED: not a token of ours" in result.stdout
    assert "Eve" not in result.stdout


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--since", "lately"), 2, "--since is 7d, 2026-01-31 or"),
        (("--person", "who@example.org"), 1, "Nobody has this e-mail address"),
        (("--kind", "write"), 2, "--kind"),
    ],
)
def test_an_option_that_means_nothing_is_refused(words: tuple[str, str], code: int, said: str, folder: Path) -> None:
    result = call("audit", *words, folder=folder)
    assert (result.returncode, result.stdout) == (code, "")
    assert said in result.stderr


def test_its_help_has_examples(folder: Path) -> None:
    assert "matchkeeper audit --who Token-3 --kind read" in call("audit", "--help", folder=folder).stdout
