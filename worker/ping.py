"""The dead man's switch: a URL that is called while all is well, and that writes to people when no call comes."""

from http.client import HTTPException
from threading import Thread
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from tasks.alerts.receiver import Ping

SECONDS = 10
"""How long it may take to answer."""


def ping_of(url: str | None) -> Ping | None:
    """What calls this URL (healthchecks.io, "Pinging API"). None: there is none."""
    return None if url is None else lambda signal: call(url, signal)


def call(url: str, signal: str) -> str:
    """Call it for `start`, `fail` or, empty, success. Returns why that did not work; the URL is not in it."""
    parts = urlsplit(url)
    path = "/".join(filter(None, (parts.path.rstrip("/"), signal)))
    request = Request(parts._replace(path=path).geturl(), headers={"user-agent": "askonce"})  # noqa: S310  http(s) alone
    try:
        with urlopen(request, timeout=SECONDS):  # noqa: S310
            return ""
    except HTTPError as error:
        return f"it answered {error.code}"
    except (URLError, HTTPException, OSError, ValueError):
        return "it cannot be reached, or did not answer in time"


def in_background(ping: Ping | None, signal: str) -> None:
    """Call it without waiting for the answer: a start waits for nobody."""
    if ping:
        Thread(target=ping, args=[signal], name="ping", daemon=True).start()
