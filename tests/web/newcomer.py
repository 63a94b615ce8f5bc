"""A folder in which nothing is yet, a process that was started there, and somebody who fills in the guide."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import httpx2

from tests.ports import free_port
from tests.worker.seller_folder import CLIENT_SECRET, Folder, Running, until

SHOP = "maison-durand"
LINK = re.compile(r"http://\S+/login\?token=\S+")
ACCOUNT = {"act": "save", "name": SHOP, "region": "eu", "marketplaces": ["FR", "DE"]}
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS = {"act": "save", "first": "5", "last": "30", "slots": "00:00-24:00", "weekdays": WEEK}
KEYS = {
    "act": "save",
    "client_id": "amzn1.application-oa2-client.planted-client-id",
    "client_secret": CLIENT_SECRET,
    "refresh_token": f"Atzr|{SHOP}",
}
SECRETS = [value for name, value in KEYS.items() if name != "act"]
STEPS = ("", "/days", "/keys", "/check", "/service")


@dataclass
class Newcomer:
    """Somebody with the printed link."""

    folder: Folder
    started: Running
    client: httpx2.Client

    def get(self, path: str) -> httpx2.Response:
        return self.client.get(path)

    def sends(self, step: str, form: dict[str, Any]) -> httpx2.Response:
        """Fill a step in, and press its button."""
        shown = self.get(f"/guide{step}")
        assert shown.status_code == 200, shown.text
        token = re.search(r'name="csrf" value="([^"]+)"', shown.text)
        assert token, shown.text
        return self.client.post(f"/guide{step}", data={"csrf": unescape(token[1]), **form})

    def went(self, step: str, form: dict[str, Any]) -> str:
        """The same, where all is well: the next address."""
        reply = self.sends(step, form)
        assert reply.status_code == 303, reply.text
        return reply.headers["location"]

    def file(self, name: str) -> str:
        return (self.folder.path / name).read_text()


@contextmanager
def empty(path: Path, url: str | None = None) -> Iterator[Folder]:
    """A folder without files. `url`: of a simulated Amazon; None: of the real one, whose secrets have known shapes."""
    path.mkdir(parents=True, exist_ok=True)
    folder = Folder(path, {}, "")
    for name in ("sellers.toml", ".env"):
        (path / name).unlink()
    folder.environ |= {"WEB_PORT": str(free_port())}
    if url:
        folder.environ |= {"SP_API_ENDPOINT": url, "LWA_ENDPOINT": url}
    try:
        yield folder
    finally:
        folder.close()


@contextmanager
def newcomer(folder: Folder, *command: str) -> Iterator[Newcomer]:
    """Start the page there, and follow its link."""
    started = folder.start(*(command or ("web",)))
    until(lambda: LINK.search(started.stdout()))
    (link,) = LINK.findall(started.stdout())
    with closing(httpx2.Client(base_url=link.partition("/login")[0], timeout=60)) as client:
        assert client.get(link).status_code == 303
        yield Newcomer(folder, started, client)


def complaints(html: str) -> dict[str, str]:
    """What is said at which field."""
    found = re.findall(r'class="complaint" id="(\w+)-wrong">([^<]*)<', html)
    return {field: unescape(words) for field, words in found}
