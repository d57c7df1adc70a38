"""The page of the flow in a real browser: who may see it, what it tells, and that it asks nobody outside."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from server.store.database import open_store
from tests.access.town import Town, rules_in
from tests.browser.conftest import Watched
from tests.serving import serving


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Town]]:
    """A server where people have to sign in: its origin, and who has which token."""
    path = tmp_path_factory.mktemp("town") / "town.db"
    shutil.copyfile(sqlite_template, path)
    store = open_store(f"sqlite:///{path}")
    town = Town(store)
    store.close()
    rules = rules_in(tmp_path_factory.mktemp("rules"))
    with serving(f"sqlite:///{path}", rules, require_auth=True, test_clock=town.now + timedelta(hours=1)) as api:
        yield api.url, town


def sign_in(page: Page, token: str) -> None:
    page.get_by_label("Token").fill(token)
    page.get_by_role("button", name="Show the flow").click()


def count_of(page: Page, status: str) -> int:
    return int(page.locator(f"#status-{status} .badge text").text_content() or "")


def test_nothing_is_shown_before_somebody_signs_in(watched: Watched, town: tuple[str, Town]) -> None:
    page, (origin, _) = watched.page, town
    page.goto(f"{origin}/flow")
    expect(page.get_by_label("Token")).to_be_focused()
    expect(page.locator("svg")).to_have_count(0)
    sign_in(page, "mk_nobody")
    expect(page.get_by_text("That token was not accepted.")).to_be_visible()
    expect(page.locator("svg")).to_have_count(0)


def test_the_flow_tells_all_about_what_is_pointed_at_or_reached_by_keyboard(
    watched: Watched, town: tuple[str, Town]
) -> None:
    page, (origin, people) = watched.page, town
    page.goto(f"{origin}/flow#default")
    sign_in(page, people.tokens["SUPER_ADMIN"])
    details = page.locator("#details")
    page.locator("#transition-close_match").hover()
    expect(details.get_by_role("heading")).to_have_text("Close Match")
    expect(details).to_contain_text("Program administrator, Site staff")
    expect(details).to_contain_text("Why is the match being closed? (must be answered)")
    expect(details).to_contain_text("Become Closed, for each of sides")
    expect(page.locator("#transition-become_closed")).to_have_class("step follows lit")
    page.mouse.move(5, 5)
    expect(details).to_contain_text("Point at a status")

    page.locator("#status-pair_status-OPEN").focus()
    expect(details).to_contain_text("The two are matched.")
    page.keyboard.press("Tab")
    expect(details.get_by_role("heading")).to_have_text("Closed")
    page.keyboard.press("Escape")
    expect(details).to_contain_text("Point at a status")

    page.get_by_role("button", name="Match Status").click()
    expect(page.locator("#machine-match_status")).to_be_visible()
    expect(page.locator("#machine-pair_status")).to_have_count(0)
    page.get_by_label("Program").select_option("post_secondary")
    expect(page.locator("svg > title")).to_contain_text("Post-secondary mentoring")
    assert watched.outside(origin) == []
    assert [said for said in watched.complaints if "401" not in said] == []


def test_counts_are_those_of_the_records_that_somebody_may_see(browser: Browser, town: tuple[str, Town]) -> None:
    origin, people = town
    found = {}
    for role in ("PROGRAM_ADMIN", "SITE_STAFF"):
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{origin}/flow#default/user_status")
        sign_in(page, people.tokens[role])
        expect(page.locator("#status-user_status-ACTIVE .badge")).to_be_visible()
        found[role] = count_of(page, "user_status-ACTIVE")
        context.close()
    assert 0 < found["SITE_STAFF"] < found["PROGRAM_ADMIN"]


def test_a_phone_shows_one_machine_and_tells_on_a_tap(browser: Browser, town: tuple[str, Town]) -> None:
    origin, people = town
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{origin}/flow#default/user_status")
    sign_in(page, people.tokens["SUPER_ADMIN"])
    page.locator("#transition-activate").tap()
    expect(page.locator("#details h2")).to_have_text("Make Active")
    expect(page.locator("#machine-match_status")).to_have_count(0)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Close").tap()
    expect(page.locator("#details h2")).to_have_count(0)
    context.close()
