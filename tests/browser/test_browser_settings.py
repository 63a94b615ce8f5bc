"""The whole way of a change of the settings in a browser, without scripts; and each of its states for everybody."""

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chrome import browser, packages
from tests.browser.looks import IN_BOTH_THEMES
from tests.screens.world import one_seller
from tests.web.opened import OWNER, Opened, opened


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def shop() -> Iterator[Opened]:
    with one_seller() as world, world.app() as app, opened(app) as page:
        yield page


def opened_at(running: Browser, shop: Opened, path: str, **more: Any) -> tuple[BrowserContext, Page]:
    made = running.new_context(**more)
    key = shop.window.sessions.begin(OWNER).key
    made.add_cookies([{"name": shop.window.cookie, "value": key, "url": shop.window.address}])
    page = made.new_page()
    page.goto(shop.window.address + path)
    return made, page


def test_a_day_range_is_changed_looked_at_and_saved(running: Browser, shop: Opened) -> None:
    assert shop.app.settings_file
    file = shop.app.settings_file.path
    before = file.read_text()
    made, page = opened_at(running, shop, "/settings", java_script_enabled=False)
    page.get_by_label("To day").fill("35")
    page.get_by_label("mon").check()
    page.locator("[data-act=preview]").click()
    expect(page.get_by_label("To day")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("You typed “35”: that must be from 5 to 30").first).to_be_visible()
    page.get_by_label("To day").fill("12")
    page.get_by_label("To day").press("Enter")
    expect(page.locator(".diff ins").first).to_contain_text("day_range = [5, 12]")
    expect(page.locator("[data-effect=asked]")).to_be_visible()
    assert file.read_text() == before
    page.locator("[data-act=save]").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    made.close()
    after = file.read_text()
    assert tomllib.loads(after)["sellers"]["maison-durand"]["review_requests"]["day_range"] == [5, 12]
    assert re.findall("#.*", after) == re.findall("#.*", before)
    assert [each.name for each in file.parent.iterdir() if each.name.startswith(".sellers")] == []
    file.write_text(before)


@IN_BOTH_THEMES
def test_axe_finds_nothing_wrong_in_any_state_of_the_form(
    running: Browser, shop: Opened, scheme: Any, width: int
) -> None:
    assert shop.app.settings_file
    file = shop.app.settings_file.path
    axe = (packages() / "node_modules/axe-core/axe.min.js").read_text()
    more = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "bypass_csp": True}
    made, page = opened_at(running, shop, "/settings", **more)

    def look() -> None:
        page.wait_for_load_state("networkidle")
        page.evaluate("() => document.querySelectorAll('details').forEach((each) => (each.open = true))")
        page.evaluate(axe)
        found = page.evaluate("() => axe.run()")["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width

    page.get_by_label("To day").fill("35")
    page.locator("[data-act=preview]").click()
    look()
    page.get_by_label("To day").fill("12")
    page.locator("[data-act=preview]").click()
    look()
    before = file.read_text()
    file.write_text(before.replace("live = true", "live = false"))
    page.locator("[data-act=save]").click()
    look()
    page.goto(f"{shop.window.address}/settings?view=file")
    page.get_by_label("sellers.toml").fill("[sellers.x\n")
    page.locator("[data-act=preview]").click()
    look()
    file.write_text(before)
    made.close()
