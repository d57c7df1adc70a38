"""A headless Chromium, and a page that remembers what it asked for and complained about."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.needs import chromium

PATIENCE_MS = 30_000
"""How long something may take to show: a busy machine is no fault of the page."""

_FLAGS = (
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup",
)
"""The last one: what suggests addresses is two pages of its own beside each page of the tests."""

expect.set_options(timeout=PATIENCE_MS)


@dataclass
class Watched:
    """A page with every address it asked for and every complaint of the browser (security policy, errors)."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def outside(self, origin: str) -> list[str]:
        """What was asked of anyone but the server itself."""
        own = (f"{origin}/", "data:", "blob:")
        return [address for address in self.asked if not address.startswith(own)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Not for the whole session: while it runs, this thread has an event loop, and other tests need their own."""
    path = chromium()
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield running
        running.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport={"width": 1500, "height": 950})
    page = context.new_page()
    seen = Watched(page)
    page.on("request", lambda request: seen.asked.append(request.url))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on(
        "console",
        lambda message: seen.complaints.append(message.text) if message.type in {"error", "warning"} else None,
    )
    yield seen
    context.close()
