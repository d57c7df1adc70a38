"""Rules that are edited while the server runs, as an administrator does it: real processes, real files."""

import json
import random
import shutil
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import ROOT, Serving, call, served

WITHIN_SECONDS, PATIENCE_SECONDS = 3.0, 20.0
"""What is promised, and proved where nothing else runs; what a test waits for where other things go on too."""
RULES = "{ programs { key rules { revision problems { severity code file line message } } } }"


@dataclass
class Folder:
    """A folder with a copy of the shipped rules."""

    path: Path

    @property
    def base(self) -> Path:
        return self.path / "rules" / "transitions.yaml"

    @property
    def overlay(self) -> Path:
        return self.path / "rules" / "programs" / "post_secondary.yaml"

    def title(self, title: str, file: Path | None = None) -> str:
        """The text of a rules file with another title."""
        lines = (file or self.base).read_text("utf-8").splitlines(keepends=True)
        return "".join(f"title: {title}\n" if line.startswith("title: ") else line for line in lines)

    def command(self, *words: str) -> tuple[int, str, str]:
        done = call(*words, folder=self.path)
        return done.returncode, done.stdout, done.stderr

    def log(self, limit: int = 50) -> list[Any]:
        code, out, _ = self.command("rules", "log", "--json", "--limit", str(limit))
        assert code == 0
        listed: list[Any] = json.loads(out)
        return listed


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    return Folder(tmp_path)


def rules_of(server: Serving, key: str = "default") -> Any:
    (found,) = [each["rules"] for each in server.data(RULES)["programs"] if each["key"] == key]
    return found


def title_of(server: Serving, key: str = "default") -> str:
    (found,) = [each["name"] for each in server.data("{ programs { key name } }")["programs"] if each["key"] == key]
    return str(found)


def codes(server: Serving, key: str = "default") -> list[str]:
    return [each["code"] for each in rules_of(server, key)["problems"]]


def soon(holds: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def test_an_edit_is_obeyed_and_a_broken_one_is_refused(folder: Folder) -> None:
    with served(folder.path) as server:
        first, other = rules_of(server), rules_of(server, "post_secondary")
        folder.overlay.write_text(folder.title("Renamed", folder.overlay), "utf-8")
        soon(lambda: title_of(server, "post_secondary") == "Renamed")
        assert rules_of(server) == first
        second = rules_of(server, "post_secondary")

        folder.overlay.write_text(folder.overlay.read_text("utf-8").replace("GRADUATED:", "GRADUATED: ["), "utf-8")
        folder.base.write_text(folder.title("Also renamed"), "utf-8")
        soon(lambda: title_of(server) == "Also renamed")
        assert rules_of(server, "post_secondary")["revision"] == second["revision"]
        (problem,) = rules_of(server, "post_secondary")["problems"]
        assert (problem["severity"], problem["code"]) == ("error", "yaml-syntax")
        assert problem["file"] == "rules/programs/post_secondary.yaml"
        assert rules_of(server)["problems"] == []
        metrics = server.get("/metrics").text
        assert 'matchkeeper_rules_reloads_total{outcome="taken"} 2.0' in metrics
        assert 'matchkeeper_rules_reloads_total{outcome="refused"} 1.0' in metrics
        third = rules_of(server)["revision"]
        code, said = server.stop(signal.SIGTERM)
    assert code in {0, -signal.SIGTERM}
    lines = [json.loads(line) for line in said.splitlines()]
    taken = [line["programs"] for line in lines if line["event"] == "rules taken into force"]
    assert taken == [
        {"post_secondary": f"{other['revision']} -> {second['revision']}"},
        {"default": f"{first['revision']} -> {third}"},
    ]
    (refused,) = [line for line in lines if line["event"] == "rules refused"]
    assert refused["first"].startswith("rules/programs/post_secondary.yaml:")
    assert [(each["program"], each["revision"], each["cause"]) for each in folder.log()] == [
        ("default", third, "files"),
        ("post_secondary", second["revision"], "files"),
        ("post_secondary", other["revision"], "start"),
        ("default", first["revision"], "start"),
    ]


def test_a_start_with_a_broken_file_goes_on_with_the_last_good_rules_and_says_so(folder: Folder) -> None:
    with served(folder.path) as server:
        good = rules_of(server)["revision"]
        server.stop(signal.SIGTERM)
    folder.base.write_text(folder.base.read_text("utf-8").replace("machine: user_status", "machine: usr_status", 1))
    with served(folder.path) as server:
        assert "THE RULES FILES ARE NOT IN FORCE" in server.said
        assert "unknown-machine" in server.said
        held = rules_of(server)
        assert (held["revision"], held["problems"][0]["code"]) == (good, "unknown-machine")
        assert server.get("/readyz").json()["status"] == "ready"
        folder.base.write_text(folder.base.read_text("utf-8").replace("machine: usr_status", "machine: user_status", 1))
        soon(lambda: rules_of(server) == {"revision": good, "problems": []})
        _, said = server.stop(signal.SIGTERM)
        assert said.count('"event": "rules refused"') == 1
    assert [each["revision"] for each in folder.log() if each["program"] == "default"] == [good]


def test_no_half_written_file_is_in_force_and_nothing_vanishes(folder: Folder) -> None:
    with served(folder.path) as server:
        good, text = rules_of(server)["revision"], folder.title("Written slowly")
        with folder.base.open("w", encoding="utf-8") as writing:
            for piece in range(4):
                assert rules_of(server)["revision"] == good
                writing.write(text[piece * len(text) // 4 : (piece + 1) * len(text) // 4])
                writing.flush()
                time.sleep(0.5)
        soon(lambda: title_of(server) == "Written slowly")
        folder.base.write_text(text[: len(text) // 2], "utf-8")
        soon(lambda: "unfinished-file" in codes(server))
        folder.base.write_text("", "utf-8")
        soon(lambda: "empty-file" in codes(server))
        folder.base.write_text(text, "utf-8")
        folder.overlay.unlink()
        soon(lambda: codes(server) == [] and codes(server, "post_secondary") == ["file-gone"])
        assert title_of(server) == "Written slowly"


@pytest.mark.proof
def test_of_two_hundred_half_written_files_none_comes_into_force(folder: Folder) -> None:
    chance = random.Random(200)  # noqa: S311 - a fixed sample, no secret
    with served(folder.path) as server:
        good, whole = rules_of(server)["revision"], folder.base.read_text("utf-8")
        for number in range(200):
            text = folder.title(f"Half {number}")
            folder.base.write_text(text[: chance.randrange(len(text) - 2)], "utf-8")
            soon(lambda: codes(server) != [])
            assert rules_of(server)["revision"] == good
            folder.base.write_text(whole, "utf-8")
            soon(lambda: codes(server) == [])
        assert rules_of(server)["revision"] == good
    assert [each["revision"] for each in folder.log(500) if each["program"] == "default"] == [good]


def test_swapped_links_come_into_force_as_volumes_are_renewed(folder: Folder) -> None:
    with served(mounted(folder).path) as server:
        swap_links(server, folder, swaps=2, seconds=PATIENCE_SECONDS)


@pytest.mark.proof
def test_each_of_a_hundred_swapped_links_is_in_force_within_three_seconds(folder: Folder) -> None:
    with served(mounted(folder).path) as server:
        swap_links(server, folder, swaps=100, seconds=WITHIN_SECONDS)


def mounted(folder: Folder) -> Folder:
    """The folder with its rules behind a link, as container platforms mount them."""
    (folder.path / "rules").rename(folder.path / "version-0")
    (folder.path / "rules").mkdir()
    (folder.path / "rules" / "..data").symlink_to("../version-0")
    for name in ("transitions.yaml", "programs"):
        (folder.path / "rules" / name).symlink_to(f"..data/{name}")
    return folder


def swap_links(server: Serving, folder: Folder, swaps: int, seconds: float) -> None:
    """Renews the folder behind the link again and again; each is in force so soon."""
    link = folder.path / "rules" / "..data"
    for number in range(1, swaps + 1):
        text = folder.title(f"Swap {number}")
        version = folder.path / f"version-{number}"
        shutil.copytree(folder.path / f"version-{number - 1}", version)
        (version / "transitions.yaml").write_text(text, "utf-8")
        link.with_name("..next").symlink_to(f"../version-{number}")
        link.with_name("..next").rename(link)
        soon(lambda title=f"Swap {number}": title_of(server) == title, seconds)
        assert codes(server) == []


def test_no_request_fails_and_each_names_its_rules_while_they_are_reloaded(folder: Folder) -> None:
    with served(folder.path) as server:
        reload_under_load(server, folder, reloads=8)


@pytest.mark.proof
def test_a_thousand_reloads_under_load_fail_no_request(folder: Folder) -> None:
    with served(folder.path) as server:
        reload_under_load(server, folder, reloads=1000)


def reload_under_load(server: Serving, folder: Folder, reloads: int) -> None:
    """Edits the rules again and again while others register people; checks history against what was in force."""
    done = threading.Event()
    with ThreadPoolExecutor(3) as pool:
        clients = [pool.submit(register_until, server, done, number) for number in range(3)]
        try:
            revisions = [rules_of(server)["revision"]]
            for number in range(reloads):
                replaced(folder.base, folder.title(f"Edit {number}"))
                soon(lambda: rules_of(server)["revision"] != revisions[-1])
                revisions.append(rules_of(server)["revision"])
        finally:
            done.set()
        named = [revision for client in clients for revision in client.result()]
    assert len(set(revisions)) == reloads + 1
    assert set(named) <= set(revisions)
    assert len(set(named)) > reloads // 2
    listed = [each["revision"] for each in folder.log(2 * reloads + 4) if each["program"] == "default"]
    assert listed == revisions[::-1]


def register_until(server: Serving, done: threading.Event, client: int) -> list[str]:
    """Registers people over and over; the revision that history names for each."""
    ask = (
        'mutation($email: String!) { registerUser(input: {role: MENTOR, name: "R", email: $email}) {'
        " change { rulesRevision } sideEffects { rulesRevision } userErrors { message } } }"
    )
    named = []
    with httpx.Client(timeout=10) as http:
        for number in count():
            if done.is_set():
                return named
            email = {"email": f"r{number}@{client}.example.org"}
            answer = http.post(f"{server.origin}/graphql", json={"query": ask, "variables": email})
            given = answer.json()["data"]["registerUser"]
            assert given["userErrors"] == []
            revisions = {each["rulesRevision"] for each in (given["change"], *given["sideEffects"])}
            assert len(revisions) == 1
            named += revisions
            time.sleep(0.02)
    raise AssertionError("it counts for ever")


def test_two_processes_follow_and_keep_each_revision_once(folder: Folder) -> None:
    with served(folder.path) as one, served(folder.path, "--database-url", "sqlite:///matchkeeper.db") as two:
        revisions = [rules_of(one)["revision"]]
        for number in range(3):
            replaced(folder.base, folder.title(f"Edit {number}"))
            soon(lambda: rules_of(one)["revision"] == rules_of(two)["revision"] != revisions[-1])
            revisions.append(rules_of(one)["revision"])
    assert [each["revision"] for each in folder.log() if each["program"] == "default"] == revisions[::-1]


def replaced(file: Path, text: str) -> None:
    """Saves as most editors do: another file, renamed into place."""
    file.with_suffix(".new").write_text(text, "utf-8")
    file.with_suffix(".new").rename(file)
