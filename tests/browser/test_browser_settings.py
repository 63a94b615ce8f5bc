"""The whole way of a change of the settings, in a browser: with and without scripts."""

import re
import tomllib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.chrome import browser
from tests.screens.world import one_seller
from tests.web.opened import OWNER, Opened, opened


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def shop() -> Iterator[Opened]:
    with one_seller() as world, world.app() as app, opened(app) as page:
        yield page


def test_a_day_range_is_changed_looked_at_and_saved(running: Browser, shop: Opened) -> None:
    assert shop.app.settings_file
    file = shop.app.settings_file.path
    before = file.read_text()
    made = running.new_context(java_script_enabled=False)
    made.add_cookies(
        [
            {
                "name": shop.window.cookie,
                "value": shop.window.sessions.begin(OWNER).key,
                "url": shop.window.address,
            }
        ]
    )
    page = made.new_page()
    page.goto(f"{shop.window.address}/settings")
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
