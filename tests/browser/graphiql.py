"""What a person does in GraphiQL."""

import re

from playwright.sync_api import Page, expect


def open_graphiql(page: Page, origin: str) -> None:
    """Opens the page and waits until its editors are there."""
    page.goto(f"{origin}/graphql")
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("mutation")
    expect(page.locator(".graphiql-editor-tool .view-lines").first).to_contain_text("input")


def press_tab(page: Page, name: str) -> None:
    """Chooses a tab and waits until its operation stands in the editor."""
    page.get_by_role("tab", name=re.compile(name)).locator(".graphiql-tab-button").click()
    expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text(name)


def press_play(page: Page) -> None:
    """Runs the operation of the tab."""
    page.locator(".graphiql-execute-button").click()
