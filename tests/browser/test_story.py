"""The whole story as a new user walks it: the demo server, GraphiQL, the example tabs from left to right."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched
from tests.browser.graphiql import open_graphiql, press_play, press_tab
from tests.processes import Serving, served

PATIENCE_MS = 20_000


@pytest.fixture(scope="module")
def server(demo_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """The real command with its demo data."""
    folder = tmp_path_factory.mktemp("story")
    shutil.copyfile(demo_database, folder / "matchkeeper.db")
    with served(folder, "--demo") as running:
        yield running


def run(page: Page, tab: str) -> dict[str, Any]:
    """Presses Play in a tab; gives the data of its answer, which must hold no error of any kind."""
    press_tab(page, tab)
    with page.expect_response(lambda found: tab in (found.request.post_data or ""), timeout=PATIENCE_MS) as waiting:
        press_play(page)
    answer = waiting.value.json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    for name, payload in data.items():
        assert payload.get("userErrors", []) == [], name
    return data


def test_the_tabs_tell_the_story_of_one_mentor(watched: Watched, server: Serving) -> None:
    page = watched.page
    open_graphiql(page, server.origin)

    person = run(page, "Step1_Register")["registerUser"]["user"]
    assert person["status"]["label"] == "Application Incomplete"
    assert [persona["matchStatus"]["label"] for persona in person["personas"]] == ["N/A"]

    finished = run(page, "Step2_Finish")["finishApplication"]
    assert finished["user"]["status"]["label"] == "Screening Incomplete"

    activated = run(page, "Step3_Activate")["changeUserStatus"]["user"]
    assert activated["status"]["label"] == "Active"
    assert activated["personas"] == [{"matchStatus": {"label": "Ready To Be Matched"}}]

    mentee = run(page, "Step4a_Find")["personas"]["nodes"][0]
    match = run(page, "Step4b_Match")["matchPersonas"]["match"]
    assert match["status"]["label"] == "Open"
    assert match["canCommunicate"] is True
    assert match["mentee"] == {"user": mentee["user"], "matchStatus": {"label": "Matched"}}

    closed = run(page, "Step5_Close")["closeMatch"]
    assert closed["match"]["status"]["label"] == "Closed"
    (again,) = closed["createdPersonas"]
    assert (again["role"], again["matchStatus"]["label"]) == ("MENTOR", "Rescreening")
    assert again["user"]["name"] == person["name"]

    ready = run(page, "Step6_MakeRTBM")
    assert ready["placePersona"]["persona"]["partnerSite"] is not None
    assert ready["makeReadyToBeMatched"]["persona"]["matchStatus"]["label"] == "Ready To Be Matched"

    why_not = run(page, "Step7_WhyNot")["user"]
    blocked = [option for option in why_not["availableTransitions"] if not option["allowed"]]
    assert blocked
    assert all(option["blockers"] for option in blocked)
    assert all(blocker["message"] for option in blocked for blocker in option["blockers"])

    assert watched.outside(server.origin) == []
    assert watched.complaints == []


def test_the_story_can_be_told_twice_and_survives_a_reload(watched: Watched, server: Serving) -> None:
    page = watched.page
    open_graphiql(page, server.origin)
    first = run(page, "Step1_Register")["registerUser"]["user"]["id"]
    assert run(page, "Step1_Register")["registerUser"]["user"]["id"] != first
    page.reload()
    assert run(page, "Step2_Finish")["finishApplication"]["user"]["status"]["label"] == "Screening Incomplete"


def test_a_subscription_shows_what_happens_while_it_runs(watched: Watched, server: Serving) -> None:
    before, last = server.data("{ history(last: 2) { nodes { id cursor } } }")["history"]["nodes"]
    follow = f'subscription Follow {{ statusChanged(after: "{before["cursor"]}") {{ id transition note }} }}'
    page = watched.page
    page.goto(f"{server.origin}/graphql?query={quote(follow)}")
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("subscription Follow")
    press_play(page)
    answer = page.locator(".graphiql-response .view-lines")
    expect(answer).to_contain_text(last["id"])
    given = 'userId: "User-1", name: "Renamed", options: {note: "while you look"}'
    done = server.data(f"mutation {{ updateUser(input: {{{given}}}) {{ userErrors {{ message }} }} }}")
    assert done == {"updateUser": {"userErrors": []}}
    expect(answer).to_contain_text("while you look")
    assert watched.outside(server.origin) == []
    assert watched.complaints == []
