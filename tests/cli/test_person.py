"""Erasing and exporting a person from the command line, while the server runs."""

import json
import signal
from pathlib import Path
from typing import Any

import httpx

from tests.processes import Serving, call, served

CANARY = "Kanarienvogel"
GUARDED = {"MATCHKEEPER_REQUIRE_AUTH": "1"}
PERSON = "user { id name email externalId status { key } history(last: 1) { nodes { transition actorName note } } }"


def asked(server: Serving, query: str, secret: str | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {secret}"} if secret else {}
    response = httpx.post(f"{server.origin}/graphql", json={"query": query}, headers=headers, timeout=20)
    return dict(response.json())


def registered(server: Serving, name: str, role: str, secret: str | None = None) -> dict[str, Any]:
    given = f'role: {role}, name: "{name} {CANARY}", email: "{name}.{CANARY}@example.org"'
    more = f'externalId: "{CANARY}-{name}", options: {{note: "{CANARY} note"}}'
    made = asked(
        server,
        f"mutation {{ registerUser(input: {{{given}, {more}}}) {{ user {{ id personas {{ id }} }} }} }}",
        secret,
    )
    return dict(made["data"]["registerUser"]["user"])


def act(server: Serving, mutation: str) -> None:
    answer = asked(server, f"mutation {{ {mutation} {{ userErrors {{ message }} }} }}")
    assert next(iter(answer["data"].values())) == {"userErrors": []}, answer


def matched(server: Serving) -> tuple[dict[str, Any], dict[str, Any]]:
    people = [registered(server, "Ann", "MENTOR"), registered(server, "Eve", "MENTEE")]
    for person in people:
        act(server, f'finishApplication(input: {{userId: "{person["id"]}", options: {{note: "{CANARY}"}}}})')
        act(server, f'changeUserStatus(input: {{userId: "{person["id"]}", to: "ACTIVE"}})')
    ann, eve = (person["personas"][0]["id"] for person in people)
    act(server, f'matchPersonas(input: {{mentorPersonaId: "{ann}", menteePersonaId: "{eve}"}})')
    return people[0], people[1]


def copies(folder: Path) -> dict[str, int]:
    """How often the canary stands in the raw bytes of the database and of what lies beside it."""
    return {file.name: file.read_bytes().lower().count(CANARY.lower().encode()) for file in folder.glob("*.db*")}


def test_an_erased_person_leaves_no_byte_while_the_server_runs_nor_afterwards(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        robin = registered(server, "Robin", "MENTEE")["id"]
        act(server, f'updateUser(input: {{userId: "{robin}", name: "{CANARY} other"}})')
        assert sum(copies(tmp_path).values()) > 0
        result = call("person", "erase", f"robin.{CANARY}@EXAMPLE.org", "--yes", folder=tmp_path)
        assert (result.returncode, result.stdout) == (0, "")
        assert "User-1 is erased, with the notes and free texts of 1 act(s)." in result.stderr
        assert copies(tmp_path) == {"matchkeeper.db": 0, "matchkeeper.db-shm": 0, "matchkeeper.db-wal": 0}
        shown = asked(server, f'{{ user(id: "{robin}") {{ {PERSON[7:-2]} }} }}')["data"]["user"]
        assert (shown["name"], shown["email"], shown["externalId"]) == ("Erased person", None, None)
        assert shown["history"]["nodes"] == [{"transition": "erase_person", "actorName": "Command line", "note": None}]
        again = call("person", "erase", robin, "--yes", folder=tmp_path)
        assert (again.returncode, "was erased before" in again.stderr) == (0, True)
        code, rest = server.stop(signal.SIGTERM)
        assert code in {0, -signal.SIGTERM}
        assert CANARY not in server.said + rest
    assert set(copies(tmp_path).values()) == {0}
    assert call("db", "verify", folder=tmp_path).returncode == 0


def test_whoever_is_in_an_open_match_is_not_erased(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        _, eve = matched(server)
        before = copies(tmp_path)
        result = call("person", "erase", eve["id"], "--yes", folder=tmp_path)
        assert (result.returncode, copies(tmp_path)) == (1, before)
        assert "User-2 is in an open match: Match-1. Close it first, then erase the person." in result.stderr


def test_the_tokens_of_an_erased_person_let_nobody_in(tmp_path: Path) -> None:
    with served(tmp_path, **GUARDED) as server:
        words = ("token", "create", "--json", "--name")
        admin = json.loads(call(*words, "Desk", "--role", "SUPER_ADMIN", folder=tmp_path).stdout)["secret"]
        robin = registered(server, "Robin", "MENTOR", admin)["id"]
        own = (f"Phone of {CANARY}", "--role", "PARTICIPANT", "--user", robin)
        secret = json.loads(call(*words, *own, folder=tmp_path).stdout)["secret"]
        assert asked(server, "{ viewer { name } }", secret)["data"]["viewer"] == {"name": f"Robin {CANARY}"}
        assert call("person", "erase", robin, "--yes", folder=tmp_path).returncode == 0
        assert asked(server, "{ viewer { name } }", secret)["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert set(copies(tmp_path).values()) == {0}


def test_without_yes_nothing_happens_unasked(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        registered(server, "Robin", "MENTOR")
        result = call("person", "erase", "User-1", folder=tmp_path)
        assert result.returncode == 1
        assert "This takes name, e-mail address, external id, notes" in result.stderr
        assert asked(server, '{ user(id: "User-1") { name } }')["data"]["user"]["name"] == f"Robin {CANARY}"


def test_nobody_of_that_name_is_told(tmp_path: Path) -> None:
    for words in (("erase", "who@example.org", "--yes"), ("export", "who@example.org")):
        result = call("person", *words, folder=tmp_path)
        assert (result.returncode, result.stdout) == (1, "")
        assert "Nobody has this e-mail address in default, post_secondary." in result.stderr
    for words in (("erase", "User-9", "--yes"), ("export", "User-9")):
        result = call("person", *words, folder=tmp_path)
        assert (result.returncode, result.stdout) == (1, "")
        assert "User-9" in result.stderr


def test_an_export_is_a_file_of_json_and_stands_in_the_record_of_reads(tmp_path: Path) -> None:
    with served(tmp_path) as server:
        matched(server)
    result = call("person", "export", "User-2", "--output", "eve.json", folder=tmp_path)
    assert (result.returncode, result.stdout) == (0, "")
    document = json.loads((tmp_path / "eve.json").read_text())
    assert document["person"]["name"] == f"Eve {CANARY}"
    assert document["matches"][0]["partner"] == {"firstName": "Ann", "role": "MENTOR"}
    printed = json.loads(call("person", "export", "User-2", folder=tmp_path).stdout)
    assert printed.keys() == document.keys()
    assert [row["by"] for row in printed["readBy"]][-1] == "Command line"
    rows = json.loads(call("audit", "--person", "User-2", "--json", folder=tmp_path).stdout)
    assert (rows[0]["who"]["name"], rows[0]["classes"]) == ("Command line", ["public", "staff", "sensitive"])
