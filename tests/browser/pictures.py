"""Takes a picture of every page: of one seller and of an agency, in each width, theme and language. `make pictures`."""

from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from typing import Any

import click
from playwright.sync_api import Browser

from tests.browser.chrome import browser
from tests.browser.worlds import crowd, shop
from tests.web.opened import OWNER, Opened
from web.site import PAGES

WIDTHS = (320, 375, 1280, 2560)
DOCS = Path(__file__).parents[2] / "docs" / "pictures"
SCHEMES = ("light", "dark")
LANGUAGES = ("fr", "en", "de")
TALLEST = 6000
"""Pixels; a browser takes no picture of a page that is much taller."""
WORLDS = {"shop": shop, "crowd": crowd}
PATHS = [page.path for page in PAGES] + ["/login", "/nowhere"]


def name_of(path: str) -> str:
    """As a file's: `orders-one` for `/orders/{order_id}`."""
    return "-".join("one" if "{" in each else each for each in path.split("/") if each) or "today"


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


def as_webp(running: Browser, png: bytes, height: int) -> bytes:
    """The upper part of the picture, small enough to be kept."""
    page = running.new_page()
    page.set_content(f'<img src="data:image/png;base64,{b64encode(png).decode()}">')
    drawn = page.evaluate(_DRAW, height)
    page.close()
    return b64decode(drawn.partition(",")[2])


_DRAW = """async (height) => {
  const image = document.querySelector("img");
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = Math.min(height, image.height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/webp", 0.85);
}"""
KEPT = (("shop", "/", 1280, "light"), ("crowd", "/", 1280, "dark"), ("shop", "/orders/{order_id}", 1280, "light"))
"""What docs/pictures has, in English."""


@contextmanager
def worlds(names: tuple[str, ...]) -> Iterator[dict[str, Opened]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(WORLDS[name]()) for name in names}


@click.command()
@click.option("--to", type=click.Path(path_type=Path), default=Path("var/pictures"), show_default=True)
@click.option("--world", "names", multiple=True, type=click.Choice([*WORLDS]), default=[*WORLDS])
@click.option("--path", "paths", multiple=True, default=PATHS)
@click.option("--width", "widths", multiple=True, type=int, default=WIDTHS)
@click.option("--scheme", "schemes", multiple=True, type=click.Choice(SCHEMES), default=SCHEMES)
@click.option("--language", "languages", multiple=True, type=click.Choice(LANGUAGES), default=LANGUAGES)
@click.option("--keep", is_flag=True, help="Renew those in docs/pictures instead.")
def main(
    to: Path,
    names: tuple[str, ...],
    paths: tuple[str, ...],
    widths: tuple[int, ...],
    schemes: tuple[str, ...],
    languages: tuple[str, ...],
    keep: bool,
) -> None:
    """Pictures of the pages, to look at."""
    if keep:
        _keep()
        return
    to.mkdir(parents=True, exist_ok=True)
    with browser() as running, worlds(names) as served:
        for name, path, width, scheme, language in product(names, paths, widths, schemes, languages):
            file = to / f"{name}-{name_of(path)}-{width}-{scheme}-{language}.png"
            file.write_bytes(picture(running, served[name], path, width, scheme, language))
            click.echo(file)


def _keep() -> None:
    with browser() as running, worlds(tuple(WORLDS)) as served:
        for name, path, width, scheme in KEPT:
            png = picture(running, served[name], path, width, scheme, "en")
            DOCS.mkdir(exist_ok=True)
            (DOCS / f"{name}-{name_of(path)}-{scheme}.webp").write_bytes(as_webp(running, png, 1000))


if __name__ == "__main__":
    main()
