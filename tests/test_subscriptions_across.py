"""Two processes over one PostgreSQL: whoever follows one is told what was done through either, once and in order."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.following import PATIENCE_SECONDS, following
from tests.processes import ROOT, served
from tests.serving import Api, end_of_history, ids_after

CHANGES = "subscription($after: String) { statusChanged(after: $after) { cursor id subject { id } } }"


@pytest.fixture
def pair(postgres_url: str, tmp_path: Path) -> Iterator[tuple[Api, Api]]:
    shutil.copytree(ROOT / "rules", tmp_path / "rules")
    with ExitStack() as running:
        http = running.enter_context(httpx.Client(timeout=PATIENCE_SECONDS))
        servers = [running.enter_context(served(tmp_path, "--database-url", postgres_url)) for _ in range(2)]
        one, other = (Api(server.origin, http) for server in servers)
        yield one, other


def register(api: Api, name: str) -> str:
    given = {"name": name, "email": f"{name}@example.org", "role": "MENTOR"}
    return str(api.do("registerUser", "user { id }", **given)["user"]["id"])


def test_what_either_process_does_comes_once_in_the_order_of_commits_however_often_the_line_breaks(
    pair: tuple[Api, Api],
) -> None:
    one, other = pair
    register(one, "first")
    start = cursor = end_of_history(one)
    with following(other.url) as follower:
        follower.subscribe(CHANGES)
        follower.settle()
        user = register(one, "second")
        assert user in {follower.data()["subject"]["id"] for _ in range(3)}
    found = list[str]()
    writers = [
        threading.Thread(target=write, args=(api, name)) for api, name in zip(pair, ("left", "right"), strict=True)
    ]
    for writer in writers:
        writer.start()
    for taken, api in enumerate((other, one, other, one, other, one), 1):
        with following(api.url) as follower:
            follower.subscribe(CHANGES, after=cursor)
            for _ in range(taken):
                change = follower.data()
                cursor = change["cursor"]
                found.append(change["id"])
    for writer in writers:
        writer.join()
    expected = ids_after(one, start)
    assert len(expected) == 3 + 2 * 4 * 3
    assert found == expected[: len(found)]
    with following(other.url) as follower:
        follower.subscribe(CHANGES, after=cursor)
        assert [follower.data()["id"] for _ in expected[len(found) :]] == expected[len(found) :]
        follower.settle()
        register(one, "last")
        assert [follower.data()["id"] for _ in range(3)] == ids_after(one, start)[-3:]


def write(api: Api, name: str) -> None:
    for number in range(4):
        register(api, f"{name}{number}")
