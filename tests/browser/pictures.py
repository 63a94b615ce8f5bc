"""Takes a picture of every page: of one seller and of an agency, in each width, theme and language. `make pictures`."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import click
from playwright.sync_api import Browser

from tests.browser.chrome import browser
from tests.browser.worlds import crowd, shop
from tests.web.opened import OWNER, Opened, opened
from web.site import PAGES

WIDTHS = (320, 375, 1280, 2560)
SCHEMES = ("light", "dark")
LANGUAGES = ("fr", "en", "de")
TALLEST = 6000
"""Pixels; a browser takes no picture of a page that is much taller."""
WORLDS = {"shop": shop, "crowd": crowd}
PATHS = [page.path for page in PAGES] + ["/login", "/nowhere"]


def name_of(path: str) -> str:
    return path.strip("/").partition("/")[0] + ("-one" if "{" in path else "") or "today"


def picture(running: Browser, served: Opened, path: str, width: int, scheme: Any, language: str) -> bytes:
    """The page as a PNG, down to TALLEST."""
    made = running.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900 if width > 600 else 700}, locale=language
    )
    if path != "/login":
        key = served.window.sessions.begin(OWNER).key
        made.add_cookies([{"name": served.window.cookie, "value": key, "url": served.window.address}])
    page = made.new_page()
    page.goto(served.window.address + served.filled(path))
    height = page.evaluate("() => document.documentElement.scrollHeight")
    taken = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": min(height, TALLEST)})
    made.close()
    return taken


@contextmanager
def worlds(names: tuple[str, ...]) -> Iterator[dict[str, Opened]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(opened(stack.enter_context(WORLDS[name]()))) for name in names}


@click.command()
@click.option("--to", type=click.Path(path_type=Path), default=Path("var/pictures"), show_default=True)
@click.option("--world", "names", multiple=True, type=click.Choice([*WORLDS]), default=[*WORLDS])
@click.option("--path", "paths", multiple=True, default=PATHS)
@click.option("--width", "widths", multiple=True, type=int, default=WIDTHS)
@click.option("--scheme", "schemes", multiple=True, type=click.Choice(SCHEMES), default=SCHEMES)
@click.option("--language", "languages", multiple=True, type=click.Choice(LANGUAGES), default=LANGUAGES)
def main(
    to: Path,
    names: tuple[str, ...],
    paths: tuple[str, ...],
    widths: tuple[int, ...],
    schemes: tuple[str, ...],
    languages: tuple[str, ...],
) -> None:
    """Pictures of the pages, to look at."""
    to.mkdir(parents=True, exist_ok=True)
    with browser() as running, worlds(names) as served:
        for name, path, width, scheme, language in product(names, paths, widths, schemes, languages):
            file = to / f"{name}-{name_of(path)}-{width}-{scheme}-{language}.png"
            file.write_bytes(picture(running, served[name], path, width, scheme, language))
            click.echo(file)


if __name__ == "__main__":
    main()
