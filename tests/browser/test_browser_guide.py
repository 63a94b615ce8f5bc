"""The whole guide in a real browser: from an empty folder to a shop that is armed, and sends."""

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.chrome import browser
from tests.web.newcomer import KEYS, LINK, SECRETS, SHOP, empty
from tests.worker.seller_folder import amazon, delivered, until

LANGUAGES = ("en", "fr", "de")
PLACES = ("/", "/settings", "/stops", "/audit", "/health", "/guide", "/guide/keys", "/guide/check", "/guide/service")
READ = 60_000
"""Milliseconds within which Amazon is asked and read on a busy machine."""


def fill_in(page: Page) -> None:
    """From step to step, as a person does who reads English."""
    page.get_by_label("Name of the shop").fill("Maison Durand")
    page.get_by_label("Region").select_option("eu")
    page.get_by_label("France").check()
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".complaint")).to_contain_text(f"Write {SHOP}")
    expect(page.get_by_label("France")).to_be_checked()
    page.get_by_label("Name of the shop").fill(SHOP)
    page.get_by_role("button", name="Continue").click()

    page.get_by_label("First day after the delivery").fill("5")
    page.get_by_label("Hours").fill("0:00-24:00")
    page.get_by_role("button", name="Continue").click()

    page.get_by_label("Client id").fill(KEYS["client_secret"])
    page.get_by_label("Client secret").fill(KEYS["client_id"])
    page.get_by_label("Refresh token").fill(KEYS["refresh_token"])
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".complaint").first).to_contain_text("This is the client secret")
    page.get_by_label("Client id").fill(KEYS["client_id"])
    page.get_by_label("Client secret").fill(KEYS["client_secret"])
    page.get_by_role("button", name="Continue").click()

    page.get_by_role("button", name="Check now").click(timeout=READ)
    until(lambda: has_read_orders(page))
    assert page.locator("[data-verdict=fail]").count() == 0
    page.get_by_role("link", name="Continue").click()


def has_read_orders(page: Page) -> bool:
    """Whether the check says so; if the worker was still reading, it is asked again."""
    orders = page.locator("[data-check$='source orders']")
    expect(orders).to_be_visible(timeout=READ)
    if orders.get_attribute("data-verdict") == "pass":
        return True
    page.get_by_role("button", name="Check again").click(timeout=READ)
    return False


def test_an_empty_folder_becomes_an_armed_shop(tmp_path: Path) -> None:
    with amazon(delivered(1), delivered(2, 12)) as simulator, empty(tmp_path, simulator.url) as folder:
        started = folder.start("run", "--web")
        until(lambda: LINK.search(started.stdout()))
        with browser() as running:
            context = running.new_context(locale="en")
            page = context.new_page()
            page.goto(LINK.findall(started.stdout())[0])
            expect(page).to_have_url(re.compile("/guide$"))
            fill_in(page)

            expect(page.locator("[data-sum=seen]")).to_have_text("2")
            assert simulator.accepted() == {}
            page.get_by_text("Put in service…").click()
            page.locator("[data-act=arm]").click(timeout=READ)
            expect(page.locator("[data-sum=seen]").first).to_be_visible(timeout=READ)
            home = page.url
            assert home.endswith(":" + folder.environ["WEB_PORT"] + "/")
            until(lambda: len(simulator.accepted()) == 2)

            for path in PLACES:
                for language in LANGUAGES:
                    page.goto(f"{home[:-1]}{path}?lang={language}")
                    assert [secret for secret in SECRETS if secret in page.content()] == []
            page.goto(f"{home}audit?lang=en")
            done = page.locator("[data-did]").evaluate_all("rows => rows.map(row => row.dataset.did)")
            assert {"settings", "secrets", "arm"} <= set(done)
        assert {each.count for each in simulator.accepted().values()} == {1}
        assert started.stop() == 0, started.stderr()
        assert [secret for secret in SECRETS if secret in started.stdout() + started.stderr()] == []
