"""The guide for administrators, carried out line by line on a running server; then a recipe, spoilt and mended."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import ROOT, Serving, call, served
from tests.serving import Api

PAGES = ROOT / "docs" / "rules"
GUIDE = (PAGES / "guide.md").read_text(encoding="utf-8")
PATIENCE_SECONDS = 20.0
RECIPE = "require_a_reason"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("guide")
    shutil.copytree(ROOT / "rules", path / "rules")
    return path


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Serving]:
    with served(folder) as serving:
        yield serving


@pytest.fixture
def api(server: Serving) -> Iterator[Api]:
    with httpx.Client(timeout=60) as client:
        yield Api(server.origin, client)


def blocks(language: str, page: str = GUIDE) -> list[str]:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)
    return found


def carried_out(folder: Path, line: str) -> str:
    """Does what a line of the guide says, in the folder, and gives what it prints."""
    word, *more = line.split()
    if word == "matchkeeper":
        done = call(*more, folder=folder)
        assert "error" not in done.stderr.lower(), done.stderr
        return done.stdout
    assert word == "cp"
    origin, goal = (folder / each for each in more[-2:])
    if "-r" in more:
        shutil.copytree(origin, goal)
    else:
        shutil.copyfile(origin, goal)
    return ""


def soon(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def label(server: Serving) -> str:
    (program,) = [each for each in server.data(LABELS)["programs"] if each["key"] == "default"]
    listed = [each for machine in program["rules"]["machines"] for each in machine["transitions"]]
    (found,) = [each["label"] for each in listed if each["key"] == "withdraw"]
    return str(found)


LABELS = "{ programs { key rules { machines { transitions { key label } } } } }"
PROBLEMS = "{ programs { key rules { problems { code file line } } } }"


def problems(server: Serving, key: str) -> Any:
    (found,) = [each["rules"]["problems"] for each in server.data(PROBLEMS)["programs"] if each["key"] == key]
    return found


def test_the_guide_can_be_carried_out_to_the_letter(folder: Path, server: Serving) -> None:
    before, after = blocks("yaml")
    fine, differences, mistake = blocks("text")
    copying, check, trying, comparing, drawing, saving, watching, asking, going_back = blocks("sh")
    for line in copying.splitlines():
        carried_out(folder, line)
    draft = folder / "draft" / "transitions.yaml"
    text = draft.read_text("utf-8")
    assert text.count(before) == 1
    draft.write_text(text.replace(before, after), "utf-8")

    assert carried_out(folder, check) == fine
    assert "0 failed" in carried_out(folder, trying)
    assert carried_out(folder, comparing) == differences
    carried_out(folder, drawing)
    assert "Leaves the program" in (folder / "pictures" / "flow.svg").read_text("utf-8")
    assert label(server) == "Withdraw"

    carried_out(folder, saving)
    soon(lambda: label(server) == "Leaves the program")
    assert carried_out(folder, watching).count("files") >= 1
    assert "default: nobody loses anything" in carried_out(folder, asking)
    carried_out(folder, going_back)
    soon(lambda: label(server) == "Withdraw")

    draft.write_text(text.replace("fire: leave_pool", "fire: leave_pol", 1), "utf-8")
    printed = call("rules", "check", "draft/transitions.yaml", folder=folder)
    assert printed.returncode == 1
    told = [line.strip() for line in printed.stdout.splitlines()]
    assert told[:3] == [line.strip() for line in mistake.splitlines()]


def leaves(api: Api, name: str) -> list[str]:
    """Somebody registers in the recipe's program and is withdrawn; the codes of the refusal."""
    who = {"role": "MENTOR", "name": name, "email": f"{name.lower()}@example.org"}
    user = api.do("registerUser", "user { id }", program=RECIPE, **who)["user"]
    withdrawn = api.act("changeUserStatus", "user { id }", userId=user["id"], to="INACTIVE_WITHDRAWN")
    return [each["code"] for each in withdrawn["userErrors"]]


def test_a_recipe_is_obeyed_once_saved_outlives_a_mistake_and_can_be_taken_back(
    folder: Path, server: Serving, api: Api
) -> None:
    (recipe,) = blocks("yaml", (PAGES / "recipes" / "require-a-reason.md").read_text("utf-8"))
    file = folder / "rules" / "programs" / f"{RECIPE}.yaml"
    file.write_text(recipe, "utf-8")
    soon(lambda: RECIPE in [each["key"] for each in server.data("{ programs { key } }")["programs"]])
    assert leaves(api, "Anna") == ["INVALID_INPUT"]

    file.write_text(recipe.replace("ask: [leaves_because!", "ask: [leave_because!"), "utf-8")
    soon(lambda: problems(server, RECIPE) != [])
    line = 1 + recipe[: recipe.index("ask: [")].count("\n")
    told = {"code": "unknown-input", "file": f"rules/programs/{RECIPE}.yaml", "line": line}
    assert problems(server, RECIPE)[0] == told
    assert leaves(api, "Ben") == ["INVALID_INPUT"]
    assert problems(server, "default") == []

    head = recipe.split("add:\n")[0]
    file.write_text(head, "utf-8")
    soon(lambda: problems(server, RECIPE) == [])
    assert leaves(api, "Carl") == []
