"""Serves the window over HTTP, in a thread of whatever process works on the ledger."""

import errno
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
from tasks import users
from tasks.app import App
from tasks.set_up.folder import Folder
from web.sessions import Sessions
from web.site import site
from web.window import Window
from worker.tls import CERT, KEY, Certificate, Unfit, certificate_of

log = logging.getLogger("askonce.web")

LINK_EVERY = 10
"""Seconds between two links that are printed because somebody came without one."""
STOPS_WITHIN = 3
"""Seconds that requests under way get at the end."""
CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2, those that Mozilla's guideline calls intermediate; 1.3 has its own."""
_USUAL = {False: 80, True: 443}
"""The port that a browser does not say, without and with TLS."""


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

    On this machine alone it says a one-time link, and another one whenever somebody comes to log in. Raises
    click.ClickException: the port is in use, the certificate is unfit, or it would listen beyond this machine without
    users, or without TLS or a proxy.
    """
    host = environment.web_host
    sessions = Sessions((clock or app().clock).now)
    certificate = certificate_of(environment.web_tls_cert, environment.web_tls_key, app().clock.now())
    is_open = not _is_loopback(host)
    if is_open:
        _must_be_fit(environment, certificate, has_users=users.are_there(app().ledger))
    with _listening(host, environment.web_port) as listening:
        port = listening.getsockname()[1]
        hosts = _hosts(host, port, certificate, is_open=is_open)
        address = _address(host, port, certificate, is_open=is_open)
        links = _Links(sessions, address, say)
        window = Window(
            app,
            address,
            sessions,
            hosts,
            say_link=(lambda: None) if is_open else links.again,
            cookie=f"askonce-{port}",
            is_secure=certificate is not None,
            is_open=is_open,
            proxies=environment.web_proxies,
            folder=folder,
        )
        with _serving(window, listening, certificate):
            if is_open:
                say(f"The page: {address}" if certificate else f"The page, for its proxy: {address}")
            else:
                links.say()
            yield window


def _must_be_fit(environment: Environment, certificate: Certificate | None, *, has_users: bool) -> None:
    """To listen beyond this machine. Raises Unfit with all that is missing."""
    missing = {}
    if not has_users:
        missing["there is no user"] = "askonce user add NAME --role admin"
    if certificate is None and not environment.web_proxies:
        missing["passwords would be sent in the clear"] = f"{CERT} page.pem {KEY} page.key, or WEB_PROXY=10.0.0.5"
    if missing:
        what = f"the page does not listen at {environment.web_host}: {', and '.join(missing)}"
        raise Unfit(f"{what}. Type: {'; then: '.join(missing.values())}")


def _hosts(host: str, port: int, certificate: Certificate | None, *, is_open: bool) -> frozenset[str]:
    """What a browser, or a proxy of this machine, may call this server; beyond it with TLS, as the certificate says."""
    names = certificate.names if certificate else frozenset()
    if certificate is None or not is_open:
        names |= {"127.0.0.1", "localhost", "[::1]", _in_url(host)}
    if is_open:
        return names
    usual = {*names} if port == _USUAL[certificate is not None] else set()
    return frozenset({f"{name}:{port}" for name in names} | usual)


def _address(host: str, port: int, certificate: Certificate | None, *, is_open: bool) -> str:
    """As people type it: beyond this machine by a name of the certificate."""
    names = sorted(name for name in certificate.names if "*" not in name) if certificate and is_open else []
    return f"http{'s' if certificate else ''}://{names[0] if names else _in_url(host)}:{port}"


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
        is_about_port = error.errno in (errno.EADDRINUSE, errno.EACCES)
        other = f"WEB_PORT={port + 1 if 1_023 < port < 65_535 else 8484}" if is_about_port else "WEB_HOST=127.0.0.1"
        what = f"the page cannot listen at {host}:{port}: {error.strerror}"
        raise click.ClickException(f"{what}. Type: {other}") from None
    with listening:
        # asyncio does so for the sockets that it makes itself. Without it the body of a short answer waits 40 ms until
        # the reader has confirmed its head.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        yield listening


@contextmanager
def _serving(window: Window, listening: socket.socket, certificate: Certificate | None) -> Iterator[None]:
    config = uvicorn.Config(
        site(window),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        ssl_certfile=certificate.cert if certificate else None,
        ssl_keyfile=certificate.key if certificate else None,
        ssl_ciphers=CIPHERS,
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
