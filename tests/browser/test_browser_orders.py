"""Orders, their acts and their documents in a real browser: each filter, each button, and a page open meanwhile."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tasks.entrypoints import whole_pass
from tests.browser.chrome import browser, packages
from tests.screens.world import one_seller
from tests.web.opened import OWNER, Opened, opened

ASKED = "/orders/acts?state=waiting&act=skip"


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def served() -> Iterator[Opened]:
    with one_seller() as world, world.app() as app, opened(app) as page:
        yield page


@pytest.fixture
def page(running: Browser, served: Opened) -> Iterator[Page]:
    made = running.new_context(base_url=served.window.address)
    key = served.window.sessions.begin(OWNER).key
    made.add_cookies([{"name": served.window.cookie, "value": key, "url": served.window.address}])
    yield made.new_page()
    made.close()


def paper(served: Opened) -> str:
    """The list of documents with a PDF beside it."""
    with served.visitor() as visitor:
        each = visitor.json("/invoices.json?state=sent")["entries"][0]
    return f"/invoices?show={each['order_id']}&part={each['part']}"


def test_pages_that_only_a_query_opens_are_valid_and_open_to_all(page: Page, served: Opened, tmp_path: Path) -> None:
    axe = (packages() / "node_modules/axe-core/axe.min.js").read_text()
    for number, path in enumerate((ASKED, paper(served), "/orders?state=odd")):
        with served.visitor() as visitor:
            (tmp_path / f"{number}.html").write_text(visitor.html(path))
        made = page.context.browser
        assert made
        context = made.new_context(base_url=served.window.address, bypass_csp=True)
        context.add_cookies(page.context.cookies())  # type: ignore[arg-type]
        other = context.new_page()
        other.goto(path)
        other.evaluate(axe)
        found = other.evaluate("() => axe.run({iframes: false})")["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
        context.close()
    (tmp_path / "config.json").write_text('{"extends": ["html-validate:standard"], "root": true}')
    program = packages() / "node_modules/html-validate/bin/html-validate.mjs"
    node, files = Path(sys.executable).with_name("node"), sorted(tmp_path.glob("*.html"))
    said = subprocess.run(
        [node, program, "--config", tmp_path / "config.json", "--formatter", "text", *files],
        capture_output=True,
        text=True,
    )
    assert said.stdout == ""


def test_each_filter_is_kept_in_the_address_and_in_the_next_page(page: Page) -> None:
    page.goto("/orders?state=waiting")
    fields = {"sku": "A*", "q": "40", "since": "2026-01-01", "until": "2027-01-01"}
    for name, value in fields.items():
        page.fill(f"#{name}", value)
    page.select_option("#marketplace", "FR")
    page.select_option("#reason", "too_early")
    page.get_by_role("button", name="Filter").click()
    for given in ("state=waiting", "sku=A*", "q=40", "since=2026-01-01", "marketplace=FR", "reason=too_early"):
        assert given in page.url.replace("%2A", "*")
    assert "sku=A" in (page.get_by_role("link", name="CSV").get_attribute("href") or "")


def test_all_that_fit_are_left_out_in_three_clicks_and_the_end_is_seen(page: Page) -> None:
    page.goto("/orders?reason=not_delivered")
    number = page.locator("tr[data-order]").count()
    assert number
    page.locator("[data-act=skip]").click()
    expect(page.get_by_text(f"Leave {number} order")).not_to_have_count(0)
    page.fill("#why", "a recall")
    page.locator("[data-act=skip]").click()
    expect(page.locator("tr[data-bulk]").first).to_have_attribute("data-state", "sent", timeout=20_000)
    page.goto("/orders?reason=left_out")
    assert page.locator("tr[data-order]").count() == number


def test_a_document_is_sent_again_beside_its_pdf(page: Page, served: Opened) -> None:
    page.goto(paper(served))
    expect(page.locator("iframe.sheet")).to_be_visible()
    section = page.locator("#paper")
    section.get_by_text("Send again…").click()
    section.locator("input[name=why]").fill("lost")
    section.locator("[data-act=resend]").click()
    expect(page.locator("tr[data-state=waiting]").first).to_be_visible()


def test_what_two_people_want_of_one_order_is_both_recorded(page: Page, served: Opened) -> None:
    page.goto("/orders?state=waiting")
    row = page.locator("tr[data-order]").first
    order_id = row.get_attribute("data-order")
    page.goto(f"/orders/{order_id}")
    page.get_by_text("Leave it out…").click()
    page.fill("#why", "half a")
    with served.visitor() as colleague:
        colleague.does(f"/orders/{order_id}", "skip", why="first")
    page.locator("[data-act=skip]").click()
    expect(page.locator("[data-act=undo-skip]")).to_be_visible()
    assert "left out by claire: first" in page.inner_text("main")


def test_a_page_that_is_open_while_a_worker_sends_takes_the_new_figures_up(page: Page, served: Opened) -> None:
    name = next(iter(served.app.sellers))
    page.goto("/")
    sent = page.locator("[data-sum=sent]").first
    before = int(sent.get_attribute("value") or "")
    for _ in range(9):
        served.app.clock.sleep(11 * 3600)  # shorter than a session may be idle
        page.request.get("/")
        with served.app.session(name) as session:
            assert session
            whole_pass(session, send_too=True)
    page.evaluate("() => refresh()")
    with served.visitor() as colleague:
        now = colleague.json("/status.json")["sum"]["sent"]
    assert now > before
    expect(sent).to_have_attribute("value", str(now))
