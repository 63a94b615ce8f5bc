"""Serves the window over HTTP, in a thread of whatever process works on the ledger."""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from threading import Lock
from time import monotonic

import click
import uvicorn

from marketplace.pace import Clock
from settings.environment import Environment
from tasks.app import App
from tasks.set_up.folder import Folder
from web.sessions import Sessions
from web.site import site
from web.window import Window

log = logging.getLogger("askonce.web")

LINK_EVERY = 10
"""Seconds between two links that are printed because somebody came without one."""
STOPS_WITHIN = 3
"""Seconds that requests under way get at the end."""


@contextmanager
def window_of(
    app: Callable[[], App],
    environment: Environment,
    say: Callable[[str], object] = click.echo,
    clock: Clock | None = None,
    folder: Folder | None = None,
) -> Iterator[Window]:
    """Serve while it is open. `app`: the application with the settings of each moment. `folder`: where it is set up.
    `clock`: by which links and sessions last; None: the application's.

    Says a one-time link, and another one whenever somebody comes to log in. Raises click.ClickException: the port is
    in use, or the host is none of this machine's loopback.
    """
    host, port = environment.web_host, environment.web_port
    if not _is_loopback(host):
        raise click.ClickException(
            f"WEB_HOST={host} is not this machine alone, and the page has no users yet. Type: WEB_HOST=127.0.0.1"
        )
    with _listening(host, port) as listening:
        port = listening.getsockname()[1]
        sessions = Sessions((clock or app().clock).now)
        address = f"http://{_in_url(host)}:{port}"
        links = _Links(sessions, address, say)
        hosts = frozenset(f"{_in_url(name)}:{port}" for name in ("127.0.0.1", "localhost", "::1", host))
        window = Window(app, address, sessions, hosts, links.again, cookie=f"askonce-{port}", folder=folder)
        with _serving(window, listening):
            links.say()
            yield window


class _Links:
    """Links that let one browser in, printed where this process writes: who can read that may look."""

    def __init__(self, sessions: Sessions, address: str, say: Callable[[str], object]) -> None:
        self._address = address
        self._tell = say
        self._sessions = sessions
        self._said = 0.0
        self._lock = Lock()

    def say(self) -> None:
        self._said = monotonic()
        self._tell(f"The page, for one browser: {self._address}/login?token={self._sessions.new_link()}")

    def again(self) -> None:
        """Somebody came without a link that is good."""
        with self._lock:
            if monotonic() - self._said >= LINK_EVERY:
                self.say()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listening = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        free = f"WEB_PORT={port + 1 if port < 65_535 else 8484}"
        raise click.ClickException(f"the page cannot listen at {host}:{port}: {error.strerror}. Type: {free}") from None
    with listening:
        yield listening


@contextmanager
def _serving(window: Window, listening: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(
        site(window),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=STOPS_WITHIN,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="window")
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()
