"""Each page in a real browser: for everybody's eyes and hands, in both themes, and without a request elsewhere."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.chrome import browser, packages
from tests.browser.looks import IN_BOTH_THEMES
from tests.screens.world import one_seller, twenty_sellers
from tests.web.opened import OWNER, Opened, opened
from web.site import PAGES

PATHS = [page.path for page in PAGES]
WIDTHS = (320, 375, 1280, 2560)


@pytest.fixture(scope="module")
def running() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def small() -> Iterator[Opened]:
    with one_seller() as world, world.app() as app, opened(app, world.set_up) as page:
        yield page


@pytest.fixture(scope="module")
def large() -> Iterator[Opened]:
    with twenty_sellers() as world, world.app() as app, opened(app, world.set_up) as page:
        yield page


@pytest.fixture(params=["small", pytest.param("large", marks=pytest.mark.long)])
def served(request: pytest.FixtureRequest) -> Opened:
    """The page of one seller, and of twenty."""
    found: Opened = request.getfixturevalue(request.param)
    return found


def context(running: Browser, served: Opened, **more: Any) -> BrowserContext:
    """A browser's window of somebody who is logged in."""
    made = running.new_context(**more)
    key = served.window.sessions.begin(OWNER).key
    made.add_cookies([{"name": served.window.cookie, "value": key, "url": served.window.address}])
    return made


def shown(made: BrowserContext, served: Opened, path: str) -> Page:
    page = made.new_page()
    page.goto(served.window.address + served.filled(path))
    return page


@IN_BOTH_THEMES
@pytest.mark.parametrize("path", PATHS)
def test_axe_finds_nothing_wrong(running: Browser, served: Opened, path: str, scheme: Any, width: int) -> None:
    axe = (packages() / "node_modules/axe-core/axe.min.js").read_text()
    made = context(running, served, color_scheme=scheme, bypass_csp=True, viewport={"width": width, "height": 900})
    page = shown(made, served, path)
    page.evaluate("() => document.querySelectorAll('details').forEach((each) => (each.open = true))")
    page.evaluate(axe)
    found = page.evaluate("() => axe.run()")["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
    made.close()


@pytest.mark.parametrize("path", PATHS)
def test_nothing_has_to_be_scrolled_sideways(running: Browser, served: Opened, path: str) -> None:
    made = context(running, served)
    page = shown(made, served, path)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
    made.close()


@pytest.mark.parametrize("path", PATHS)
def test_a_page_asks_only_its_own_server_and_breaks_no_policy(running: Browser, served: Opened, path: str) -> None:
    made, asked, said = context(running, served), list[str](), list[str]()
    made.on("request", lambda request: asked.append(request.url))
    made.on("console", lambda message: said.append(message.text))
    shown(made, served, path).wait_for_load_state("networkidle")
    assert [url for url in asked if not url.startswith(served.window.address)] == []
    assert said == []
    made.close()


@pytest.mark.parametrize("path", PATHS)
def test_without_scripts_a_page_shows_the_same(running: Browser, served: Opened, path: str) -> None:
    without, with_it = context(running, served, java_script_enabled=False), context(running, served)
    assert shown(without, served, path).inner_text("main") == shown(with_it, served, path).inner_text("main")
    without.close()
    with_it.close()


def test_the_html_is_valid(small: Opened, large: Opened, tmp_path: Path) -> None:
    for name, served in (("small", small), ("large", large)):
        with served.visitor() as visitor:
            for number, path in enumerate([*PATHS, "/login", "/nowhere"]):
                (tmp_path / f"{name}-{number}.html").write_text(visitor.get(served.filled(path)).text)
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"extends": ["html-validate:standard"], "root": True}))
    node = Path(sys.executable).with_name("node")
    program = packages() / "node_modules/html-validate/bin/html-validate.mjs"
    done = subprocess.run(
        [node, program, "--config", config, "--formatter", "text", *sorted(tmp_path.glob("*.html"))],
        capture_output=True,
        text=True,
    )
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


def test_a_person_settles_a_case_by_keyboard_alone(running: Browser, small: Opened) -> None:
    made = context(running, small)
    page = shown(made, small, "/held")
    before = page.locator("article.case").count()
    assert before
    page.locator("[data-act=resolve-not-sent]").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("article.case")).to_have_count(before - 1)
    made.close()


def test_the_printed_link_opens_the_page(running: Browser, small: Opened) -> None:
    made = running.new_context()
    page = made.new_page()
    page.goto(f"{small.window.address}/login?token={small.window.sessions.new_link()}")
    assert page.url == f"{small.window.address}/"
    assert page.locator("[data-sum=seen]").count()
    made.close()
