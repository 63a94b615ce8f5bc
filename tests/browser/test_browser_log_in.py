"""People log in in a real browser: by keyboard, without a script, two at once, and after their session ended."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tasks import users
from tasks.audit import Person
from tasks.users import Role
from tests.browser.chrome import browser, packages
from tests.screens.world import NOW, one_seller
from tests.web.opened import Opened, opened

PASSWORD = "a-long-invented-one"
BY = Person("claire", "command line")


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def served() -> Iterator[Opened]:
    """A page with a viewer and an operator."""
    with one_seller() as world, world.app() as app, opened(app) as page:
        users.add(app.ledger, "vera", Role.VIEWER, [], PASSWORD, BY, NOW)
        users.add(app.ledger, "bruno", Role.OPERATOR, [], PASSWORD, BY, NOW)
        yield page


def logs_in(page: Page, name: str) -> None:
    page.locator("#name").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(re.compile("/login"))


def test_axe_finds_nothing_wrong_with_the_form(running: Browser, served: Opened) -> None:
    axe = (packages() / "node_modules/axe-core/axe.min.js").read_text()
    made = running.new_context(bypass_csp=True)
    page = made.new_page()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(f"{served.window.address}/login")
        page.locator("#name").fill("vera")
        page.locator("#password").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.get_by_role("alert")).to_be_visible()
        page.evaluate(axe)
        assert page.evaluate("() => axe.run()")["violations"] == []
    made.close()


def test_two_people_log_in_without_a_script_and_each_has_the_buttons_of_his_role(
    running: Browser, served: Opened
) -> None:
    vera, bruno = (running.new_context(java_script_enabled=False) for _ in range(2))
    pages = {}
    for name, made in (("vera", vera), ("bruno", bruno)):
        pages[name] = made.new_page()
        pages[name].goto(f"{served.window.address}/stops")
        logs_in(pages[name], name)
        assert pages[name].url == f"{served.window.address}/stops"
    assert pages["vera"].locator("[data-act]").count() == 0
    pages["bruno"].locator("[data-act=pause]").click()
    expect(pages["bruno"].locator("[data-act=resume]")).to_be_visible()
    pages["vera"].reload()
    assert "bruno" in pages["vera"].inner_text("main")
    pages["bruno"].locator("[data-act=resume]").click()
    vera.close()
    bruno.close()


def test_what_was_typed_is_there_after_a_session_ended(running: Browser, served: Opened) -> None:
    made = running.new_context()
    page = made.new_page()
    page.goto(f"{served.window.address}/stops")
    logs_in(page, "bruno")
    page.locator("#until").fill("2026-12-24T18:00")
    users.set_password(served.app.ledger, "bruno", PASSWORD, BY, NOW)
    page.locator("[data-act=pause]").click()
    expect(page.get_by_role("alert")).to_contain_text("in another tab")
    other = made.new_page()
    other.goto(f"{served.window.address}/login")
    logs_in(other, "bruno")
    page.go_back()
    assert page.locator("#until").input_value() == "2026-12-24T18:00"
    made.close()
