"""The reference client in a real browser: a profile whose buttons are those that the API offers, and no others."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from server.app import create_app
from server.settings import Settings
from tests.browser.conftest import Watched
from tests.listening import listening
from tests.serving import PATIENCE, ROOT, RULES, Api

CLIENT = ROOT / "examples" / "profile"
AT = "/profile"


def beside(app: ASGIApp) -> ASGIApp:
    """The server with the client at an address beside the API."""
    files = StaticFiles(directory=CLIENT, html=True)

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        is_file = scope["type"] == "http" and scope["path"].startswith(AT)
        await files({**scope, "root_path": AT}, receive, send) if is_file else await app(scope, receive, send)

    return answer


@pytest.fixture(scope="module")
def api(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    path = tmp_path_factory.mktemp("profile") / "profile.db"
    shutil.copyfile(sqlite_template, path)
    app = create_app(Settings(database_url=f"sqlite:///{path}", rules=RULES, read_seconds=PATIENCE))
    with listening(beside(app)) as origin, httpx.Client(timeout=PATIENCE) as http:
        served = Api(origin, http)
        served.do("addSite", "site { key }", key="lincoln", name="Lincoln High School")
        yield served


def person(api: Api, name: str, role: str, *, active: bool = True) -> str:
    """The id of a new person at the one site."""
    email = f"{name.lower().replace(' ', '.')}@example.org"
    given: dict[str, Any] = {"name": name, "role": role, "email": email, "partnerSite": "lincoln"}
    user: str = api.do("registerUser", "user { id }", **given)["user"]["id"]
    api.do("finishApplication", "user { id }", userId=user)
    if active:
        api.do("changeUserStatus", "user { id }", userId=user, to="ACTIVE")
    return user


def open_profile(page: Page, api: Api, user: str) -> None:
    page.goto(f"{api.url}{AT}/#{user}")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def section(page: Page, heading: str) -> Locator:
    return page.locator("section").filter(has=page.get_by_role("heading", name=heading, exact=True))


def offered(api: Api, user: str, subject: str) -> list[str]:
    """The labels of the buttons that the API offers on a record."""
    query = """query($id: ID!) { user(id: $id) { availableTransitions { transition { label } subject { id } } } }"""
    options = api.run(query, id=user)["user"]["availableTransitions"]
    return [option["transition"]["label"] for option in options if option["subject"]["id"] == subject]


def test_the_buttons_are_those_that_the_api_offers_and_the_others_say_why_not(watched: Watched, api: Api) -> None:
    page, user = watched.page, person(api, "Rosa Alvarez", "MENTOR", active=False)
    open_profile(page, api, user)
    top = section(page, "Rosa Alvarez")
    expect(top.locator(".badge")).to_have_text(["Screening Incomplete"])
    assert offered(api, user, user) == ["Make Active", "Reject", "Withdraw", "Account made in error"]
    expect(top.get_by_role("button")).to_have_text(offered(api, user, user))
    top.get_by_text("Not possible now").click()
    expect(top.locator("li").filter(has_text="Make Rescreening")).to_contain_text("Make the person Active first.")
    expect(page.get_by_text("Problems? Ask support@example.org.")).to_be_visible()

    top.get_by_role("button", name="Make Active").click()
    page.get_by_role("dialog").get_by_label("Note for history").fill("Interview went well")
    page.get_by_role("dialog").get_by_role("button", name="Make Active").click()
    expect(page.get_by_role("status")).to_have_text("Make Active: now Active, with 1 further change(s).")
    expect(top.get_by_role("button")).to_have_text(offered(api, user, user))
    expect(section(page, "Persona: Mentor").locator(".badge")).to_have_text(["Active", "Ready To Be Matched"])
    page.get_by_text("User history").click()
    newest = page.locator("details", has_text="User history").locator("li").first
    expect(newest).to_contain_text("Screening Incomplete to Active, by Local administrator. Interview went well")
    assert watched.outside(api.url) == []
    assert watched.complaints == []


def test_a_match_is_made_and_closed_with_the_form_of_the_rules(watched: Watched, api: Api) -> None:
    page, mentor = watched.page, person(api, "Mona Mentor", "MENTOR")
    person(api, "Max Mentee", "MENTEE")
    person(api, "Nina Not Yet", "MENTEE", active=False)
    open_profile(page, api, mentor)
    persona, dialog = section(page, "Persona: Mentor"), page.get_by_role("dialog")
    persona.get_by_role("button", name="Match", exact=True).click()
    expect(dialog.get_by_label("With whom?").locator("option")).to_have_text(
        ["Please choose", "Max Mentee, Lincoln High School"]
    )
    dialog.get_by_label("With whom?").select_option(label="Max Mentee, Lincoln High School")
    dialog.get_by_role("button", name="Match").click()
    match = section(page, "Match: Mona Mentor and Max Mentee")
    expect(match).to_contain_text("They can write to each other.")

    match.get_by_role("button", name="Close Match").click()
    dialog.get_by_role("button", name="Close Match").click()
    expect(dialog).to_be_visible()  # the browser itself asks for what must be answered
    dialog.get_by_label("Why is the match being closed?").select_option(label="Mentee initiated")
    dialog.get_by_label("Does the mentor continue?").select_option(label="Maybe, unsure about rematch")
    dialog.get_by_label("Does the mentee continue?").select_option(label="No, will not continue in program")
    dialog.get_by_role("button", name="Close Match").click()
    expect(page.get_by_role("status")).to_contain_text("Close Match: now Closed")
    expect(section(page, "Persona: Mentor").locator(".badge")).to_have_text(
        ["Active", "Closed", "Active", "Rescreening"]
    )
    assert watched.complaints == []


def test_a_warning_is_shown_and_has_to_be_confirmed(watched: Watched, api: Api) -> None:
    page, mentor = watched.page, person(api, "Wanda Warned", "MENTOR")
    personas = "query($id: ID!) { user(id: $id) { personas { id } } }"
    ids = [
        api.run(personas, id=user)["user"]["personas"][0]["id"] for user in (mentor, person(api, "Will Ward", "MENTEE"))
    ]
    api.do("matchPersonas", "match { id }", mentorPersonaId=ids[0], menteePersonaId=ids[1])
    open_profile(page, api, mentor)
    dialog = page.get_by_role("dialog")
    section(page, "Persona: Mentor").get_by_role("button", name="Make persona Inactive").click()
    caution = dialog.get_by_role("checkbox")
    dialog.get_by_role("button", name="Make persona Inactive").click()
    expect(dialog).to_be_visible()
    caution.check()
    dialog.get_by_role("button", name="Make persona Inactive").click()
    expect(dialog).to_be_hidden()
    expect(section(page, "Persona: Mentor")).to_have_count(0)
    page.get_by_label("Show all personas").check()
    expect(section(page, "Persona: Mentor").locator(".badge")).to_have_text(["Inactive", "Matched"])
    expect(section(page, "Match: Wanda Warned and Will Ward")).to_contain_text("The mentor's persona is Inactive.")


def test_a_refusal_is_shown_with_all_its_reasons_and_nothing_is_lost(watched: Watched, api: Api) -> None:
    page, user = watched.page, person(api, "Rita Refused", "MENTOR")
    open_profile(page, api, user)
    dialog = page.get_by_role("dialog")
    page.get_by_role("button", name="Withdraw").click()
    dialog.get_by_label("Note for history").fill("Moves away")
    api.do("changeUserStatus", "user { id }", userId=user, to="INACTIVE_WITHDRAWN")
    dialog.get_by_role("button", name="Withdraw").click()
    expect(dialog.get_by_role("alert")).to_contain_text("look again before you change it")
    expect(dialog.get_by_label("Note for history")).to_have_value("Moves away")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator(".badge").first).to_have_text("Inactive Withdrawn")


def test_somebody_is_found_and_all_is_done_by_keyboard(watched: Watched, api: Api) -> None:
    page = watched.page
    person(api, "Kim Keyboard", "MENTEE", active=False)
    page.goto(f"{api.url}{AT}/")
    page.get_by_label("Find a person").focus()
    page.keyboard.type("kim")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link")).to_have_text(["Kim Keyboard"])
    page.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Kim Keyboard")
    page.get_by_role("button", name="Make Active").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Note for history")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("now Active")
    page.get_by_label("Find a person").fill("nobody of this name")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Nobody was found.")


def test_whoever_has_to_sign_in_is_asked_for_a_token(watched: Watched, api: Api) -> None:
    page, user = watched.page, person(api, "Tilda Token", "MENTOR")

    def guarded(route: Route) -> None:
        headers = dict(route.request.headers)
        known = headers.pop("authorization", None) == "Bearer mk_right"
        route.continue_(headers=headers) if known else route.fulfill(status=401, json={"errors": []})

    page.route("**/graphql", guarded)
    page.goto(f"{api.url}{AT}/#{user}")
    expect(page.get_by_label("Token")).to_be_focused()
    for token, said in (("mk_wrong", "That token was not accepted."), ("mk_right", "")):
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("status")).to_have_text(said)
    expect(page.get_by_role("heading", level=1)).to_have_text("Tilda Token")
    expect(page.get_by_label("Token")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_a_phone_needs_no_sideways_scrolling_in_either_scheme(browser: Browser, api: Api, scheme: Any) -> None:
    user = person(api, f"Petra Phone {scheme}", "MENTOR")
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True, color_scheme=scheme
    )
    page = context.new_page()
    open_profile(page, api, user)
    page.get_by_text("Not possible now").first.tap()
    page.get_by_role("button", name="Withdraw").tap()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    brightness = page.evaluate("parseInt(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
    assert (brightness < 128) is (scheme == "dark")
    context.close()
