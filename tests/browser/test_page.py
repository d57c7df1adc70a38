"""The page for browsers by itself, over a small schema: safe, self-contained, and able to run operations."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Route, expect

from server.domain.actors import Caller
from server.http.browser_page import browser_page
from tests.browser.conftest import Watched
from tests.browser.graphiql import open_graphiql, press_play, press_tab
from tests.http.builders import Server
from tests.listening import listening


@pytest.fixture
def origin() -> Iterator[str]:
    with listening(Server().app()) as address:
        yield address


def test_graphiql_runs_an_operation_and_asks_nobody_outside(watched: Watched, origin: str) -> None:
    page = watched.page
    open_graphiql(page, origin)
    page.get_by_role("button", name="New tab").click()
    page.locator(".graphiql-query-editor .view-lines").click()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.insert_text("{ caller }")
    press_play(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("Local administrator")
    assert watched.outside(origin) == []
    assert watched.complaints == []


def test_graphiql_shows_the_story_in_numbered_tabs(watched: Watched, origin: str) -> None:
    open_graphiql(watched.page, origin)
    tabs = watched.page.locator(".graphiql-tab-button")
    expect(tabs).to_have_text(
        [
            "Step1_Register",
            "Step2_Finish",
            "Step3_Activate",
            "Step4a_Find",
            "Step4b_Match",
            "Step5_Close",
            "Step6_MakeRTBM",
            "Step7_WhyNot",
        ]
    )


ASKED = "query Asked { caller }"


def test_a_link_opens_its_operation_in_a_tab_and_runs_nothing(watched: Watched, origin: str) -> None:
    page = watched.page
    page.goto(f"{origin}/graphql?query={quote(ASKED)}")
    tabs, text = page.locator(".graphiql-tab-button"), page.locator(".graphiql-query-editor .view-lines")
    expect(text).to_contain_text(ASKED)
    expect(tabs.first).to_have_text("Asked")
    expect(tabs).to_have_count(9)
    expect(page.locator(".graphiql-response .view-lines")).not_to_contain_text("data")
    text.click()
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("Local administrator")
    expect(page).to_have_url(f"{origin}/graphql")
    other = quote('query Other { echo(text: "x") }')
    page.goto(f"{origin}/graphql?query={other}")
    expect(text).to_contain_text("query Other")
    expect(tabs).to_have_count(10)
    page.reload()
    expect(tabs).to_have_count(10)
    expect(page).to_have_url(f"{origin}/graphql")
    page.reload()
    expect(tabs).to_have_count(10)
    expect(text).to_contain_text("query Other")
    assert watched.outside(origin) == []


def test_a_token_is_written_once_for_all_tabs_and_goes_with_the_page(watched: Watched) -> None:
    server = Server(local=False, bearers={"mk_right": Caller("Rosa", frozenset({"SITE_STAFF"}))})
    with listening(server.app()) as origin:
        page = watched.page
        page.goto(f"{origin}/graphql?query={quote(ASKED)}")
        answer = page.locator(".graphiql-response .view-lines")
        press_play(page)
        expect(answer).to_contain_text("UNAUTHENTICATED")
        page.get_by_label("Token").fill("mk_right")
        page.get_by_label("Token").press("Enter")
        press_play(page)
        expect(answer).to_contain_text('"caller": "Rosa"')
        kept = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}, location.href])")
        assert "mk_right" not in kept
        page.reload()
        press_play(page)
        expect(answer).to_contain_text("UNAUTHENTICATED")


EVENTS = """event: next
data: {"data": {"statusChanged": {"id": "StatusChange-1"}}}

event: next
data: {"data": {"statusChanged": {"id": "StatusChange-2"}}}

event: complete
data:

"""


def test_a_subscription_is_followed_over_server_sent_events(watched: Watched, origin: str) -> None:
    page, accepted = watched.page, list[str | None]()

    def events(route: Route) -> None:
        if "subscription Follow" not in (route.request.post_data or ""):
            route.continue_()
            return
        accepted.append(route.request.headers.get("accept"))
        route.fulfill(body=EVENTS, content_type="text/event-stream")

    page.route("**/graphql", events)
    page.goto(f"{origin}/graphql?query={quote('subscription Follow { statusChanged { id } }')}")
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("subscription Follow")
    press_play(page)
    expect(page.locator(".graphiql-response .view-lines")).to_contain_text("StatusChange-2")
    assert accepted == ["text/event-stream"]


def test_the_explorer_and_the_documentation_can_be_opened_by_keyboard(watched: Watched, origin: str) -> None:
    page = watched.page
    page.goto(f"{origin}/graphql?query={quote(ASKED)}")
    for name, shown in (("GraphiQL Explorer", "caller"), ("Documentation Explorer", "Query")):
        page.get_by_role("button", name=name).focus()
        page.keyboard.press("Enter")
        expect(page.locator(".graphiql-plugin")).to_contain_text(shown)


def test_a_tab_pressed_too_early_says_what_it_waits_for(watched: Watched, origin: str) -> None:
    page = watched.page
    open_graphiql(page, origin)
    press_tab(page, "Step2_Finish")
    press_play(page)
    answer = page.locator(".graphiql-response .view-lines")
    expect(answer).to_contain_text("No answer in this browser tab has {registerUser.user.")


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_graphiql_follows_the_systems_colours(browser: Browser, origin: str, scheme: str) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(f"{origin}/graphql")
    page.locator(".graphiql-container").wait_for()
    background = page.locator(".graphiql-container").evaluate("node => getComputedStyle(node).backgroundColor")
    brightness = page.evaluate(
        """color => {
        const canvas = new OffscreenCanvas(1, 1).getContext("2d");
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        return canvas.getImageData(0, 0, 1, 1).data[0];
    }""",
        background,
    )
    assert (brightness < 128) is (scheme == "dark")
    context.close()


def test_the_small_page_runs_operations_and_asks_nobody_outside(watched: Watched, tmp_path: Path) -> None:
    with listening(Server(page=browser_page(tmp_path)).app()) as origin:
        page = watched.page
        page.goto(f"{origin}/graphql?query={quote(ASKED)}")
        expect(page.locator("#query")).to_have_value(ASKED)
        page.locator("#query").fill("query Q($t: String!) { echo(text: $t) }")
        page.locator("#variables").fill('{"t": "spoken"}')
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#answer")).to_contain_text('"echo": "spoken"')
        page.locator("#variables").fill("{")
        page.get_by_role("button", name="Run").click()
        expect(page.locator("#answer")).to_contain_text("Not sent")
        assert watched.outside(origin) == []
        assert watched.complaints == []
