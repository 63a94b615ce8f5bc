"""The page of an invented world, served over HTTP, and a browser without a screen to ask it with."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx2

from settings.environment import Environment
from tasks.app import App
from tests.plain_http import TRUSTS_NOBODY
from web.person import Person, Role
from web.window import Window
from worker.clock import SystemClock
from worker.set_up import folder
from worker.web import window_of

OWNER = Person("claire", Role.ADMIN)


@dataclass
class Opened:
    """A served page. `links`: the one-time links that were said."""

    window: Window
    app: App
    links: list[str]

    def link(self) -> str:
        """The newest link."""
        return self.links[-1].partition(": ")[2]

    def filled(self, path: str) -> str:
        """The path with an order's id where one belongs."""
        if "{" not in path:
            return path
        with self.visitor() as visitor:
            return path.format(order_id=visitor.json("/orders.json?state=waiting")["entries"][0]["order_id"])

    @contextmanager
    def visitor(self, person: Person | None = OWNER, **headers: str) -> Iterator["Visitor"]:
        """Somebody who is logged in; None: who is not."""
        cookies = {self.window.cookie: self.window.sessions.begin(person).key} if person else {}
        with httpx2.Client(
            base_url=self.window.address, cookies=cookies, headers=headers, verify=TRUSTS_NOBODY, timeout=30
        ) as client:
            yield Visitor(client)


@dataclass
class Visitor:
    """Somebody at the page."""

    client: httpx2.Client

    def get(self, path: str, **more: Any) -> httpx2.Response:
        return self.client.get(path, **more)

    def html(self, path: str) -> str:
        reply = self.get(path)
        assert reply.status_code == 200, reply.text
        return reply.text

    def json(self, path: str) -> Any:
        reply = self.get(path)
        assert reply.status_code == 200, reply.text
        return reply.json()

    def csrf(self, path: str = "/") -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', self.html(path))
        assert found
        return unescape(found[1])

    def does(self, path: str, act: str, **form: str) -> httpx2.Response:
        """Send a form of that page."""
        return self.client.post(path, data={"csrf": self.csrf(path), "act": act, **form})


@contextmanager
def opened(app: App, environ: Mapping[str, str] | None = None, **variables: Any) -> Iterator[Opened]:
    """Serve the page of this application at a free port. `environ`: with which its shops are set up."""
    environment = Environment(None, None, Path("sellers.toml"), 0, None, None, web_port=0, **variables)
    links: list[str] = []
    place = folder(environ, SystemClock(), app.stopping, lambda: app) if environ else None
    with window_of(lambda: app, environment, links.append, folder=place) as window:
        yield Opened(window, app, links)


def values(html: str, attribute: str) -> list[str]:
    """What `data-…` attributes of that name say, in order."""
    return [unescape(each) for each in re.findall(rf'{attribute}="([^"]*)"', html)]


def sums(html: str) -> Mapping[str, int]:
    """The figures of the first sum on a page."""
    found = re.findall(r'data-sum="(\w+)" value="(\d+)"', html)
    return {name: int(value) for name, value in found[:6]}


def fields(html: str) -> dict[str, str]:
    """What a browser would send of the form of the settings."""
    form = html[html.index('id="settings"') :]
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and ("checkbox" not in tag or " checked" in tag):
            before = f"{found[name[1]]}," if name[1] in found and "checkbox" in tag else ""
            found[name[1]] = before + unescape(value[1])
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL):
        found[name] = unescape(text)
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found
