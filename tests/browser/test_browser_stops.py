"""The buttons that stop and let go, and those that settle, in a real browser by keyboard alone, without scripts."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from ledger import brakes
from rules.brakes import Brake, Verdict
from tests.browser.chrome import browser
from tests.browser.worlds import shop
from tests.web.opened import OWNER, Opened

SELLER = "maison-durand"


@pytest.fixture(scope="module")
def served() -> Iterator[Opened]:
    with shop() as page:
        yield page


@pytest.fixture(scope="module")
def page(served: Opened) -> Iterator[Page]:
    with browser() as running:
        made = running.new_context(base_url=served.window.address, java_script_enabled=False)
        key = served.window.sessions.begin(OWNER).key
        made.add_cookies([{"name": served.window.cookie, "value": key, "url": served.window.address}])
        yield made.new_page()


def press(page: Page, act: str, opened_by: str = "") -> None:
    """Press the first button of that act; `opened_by`: what is pressed before, so that it shows."""
    if opened_by:
        summary = page.get_by_text(opened_by).first
        summary.focus()
        page.keyboard.press("Enter")
    button = page.locator(f"[data-act={act}]").first
    expect(button).to_be_visible()
    button.focus()
    page.keyboard.press("Enter")


def expect_stops(page: Page, *reasons: str) -> None:
    shown = page.locator("[aria-labelledby=h-p] li")
    expect(shown).to_have_count(len(reasons))
    for number, reason in enumerate(reasons):
        expect(shown.nth(number)).to_have_attribute("data-reason", reason)


def test_a_shop_is_paused_and_goes_on(page: Page) -> None:
    page.goto("/stops")
    press(page, "pause")
    expect_stops(page, "paused")
    press(page, "resume")
    expect_stops(page)


def test_a_shop_is_taken_out_of_service_and_put_in_again(page: Page) -> None:
    page.goto("/stops")
    press(page, "disarm", "Take out of service…")
    expect_stops(page, "not_armed")
    press(page, "arm", "Put in service…")
    expect_stops(page)
    expect(page.locator(f"#service [data-seller={SELLER}]")).to_have_attribute("data-state", "sent")


def test_a_brake_is_released(page: Page, served: Opened) -> None:
    verdict = Verdict(Brake.NOT_OFFERED, measure=38, limit=20, cause="")
    with served.app.ledger.begin() as connection:
        brakes.brake(connection, SELLER, "DE", verdict, served.app.clock.now(), None)
    page.goto("/stops")
    press(page, "release", "Release…")
    expect(page.locator("article.case")).to_have_count(0)


def test_a_case_is_settled_and_an_order_is_wanted_now(page: Page) -> None:
    page.goto("/held")
    cases = page.locator("article.case").count()
    press(page, "resolve-sent")
    expect(page.locator("article.case")).to_have_count(cases - 1)
    page.goto("/orders?state=waiting&reason=too_early")
    page.locator("tr[data-order] a").first.press("Enter")
    press(page, "ask")
    expect(page.get_by_text("to be asked now, by claire").first).to_be_visible()
