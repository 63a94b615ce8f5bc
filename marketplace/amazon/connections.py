"""Connections to Amazon, kept alive between requests: each thread has its own, and a proxy is gone through.

Every wait for bytes has two ends: of silence, and of the whole exchange, however steadily bytes drip.
"""

import io
import socket
import ssl
import threading
from base64 import b64encode
from functools import cached_property, partial
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from select import POLLIN, poll
from time import monotonic
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

CONNECT = 5
"""Seconds to connect, and then to write a request."""
READ = 30
"""Seconds between two parts of an answer."""
SLICE = 1
"""Seconds after which a wait looks whether this process is to stop."""
STOPS_WITHIN = 10
"""Seconds that a process which is to stop waits for answers that are on their way."""
KEPT = 20
"""Seconds for which an idle connection is used again; Amazon closes it after a minute."""


class Unreachable(Exception):
    """No connection: nothing was sent. Name unknown, refused, too slow, certificate or proxy not right."""


class Malformed(Exception):
    """The request cannot be put into HTTP: nothing was sent. It may quote a header, and so a secret."""


class Overdue(TimeoutError):
    """An exchange has had all the time it gets."""


class Stop:
    """Whether this process is to stop, and since when."""

    def __init__(self, stopping: threading.Event | None = None) -> None:
        self._stopping = stopping
        self._ends: float | None = None

    def left(self) -> float:
        """Seconds that a wait may go on."""
        if self._stopping is None or not self._stopping.is_set():
            return float("inf")
        if self._ends is None:
            self._ends = monotonic() + STOPS_WITHIN
        return self._ends - monotonic()


class Deadline:
    """When an exchange must have ended."""

    def __init__(self, seconds: float, stop: Stop) -> None:
        self._ends = monotonic() + seconds
        self._stop = stop

    def left(self) -> float:
        """Seconds, more than 0. Raises Overdue."""
        stop = self._stop.left()
        left = min(self._ends - monotonic(), stop)
        if left <= 0:
            raise Overdue("this process is to stop" if stop <= 0 else "it takes too long")
        return left


class Connections:
    """Safe to share between threads: `take` and `keep` know only the calling thread's."""

    def __init__(self) -> None:
        self._idle = _Idle()
        self._open: set[HTTPConnection] = set()

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """With the certificates of all authorities, which take 50 ms to read: not before there is somebody to trust."""
        return ssl.create_default_context()

    def take(self, server: SplitResult, deadline: Deadline) -> HTTPConnection:
        """A connection for one request. Raises Unreachable, Malformed."""
        connection, since = self._idle.to.pop((server.scheme, server.netloc), (None, 0.0))
        if connection and monotonic() - since < KEPT and not _has_ended(connection):
            connection.response_class = partial(_Response, deadline)  # type: ignore[assignment]
            connection.sock.settimeout(CONNECT)
            return connection
        if connection:
            self.close(connection)
        return self.dial(server, deadline)

    def keep(self, server: SplitResult, connection: HTTPConnection) -> None:
        """For the next request, unless the server has closed it."""
        if connection.sock is None:
            self.close(connection)
        else:
            self._idle.to[server.scheme, server.netloc] = (connection, monotonic())

    def dial(self, server: SplitResult, deadline: Deadline) -> HTTPConnection:
        """A new connection. Raises Unreachable, Malformed."""
        try:
            deadline.left()
            connection = _https(server.netloc, self._tls) if server.scheme == "https" else _http(server.netloc)
            connection.response_class = partial(_Response, deadline)  # type: ignore[assignment]
            connection.connect()
            deadline.left()
        except OSError as error:
            raise Unreachable(str(error)) from error
        except (ValueError, HTTPException) as error:
            raise Malformed(str(error)) from error
        self._open.add(connection)
        return connection

    def close(self, connection: HTTPConnection) -> None:
        connection.close()
        self._open.discard(connection)

    def close_all(self) -> None:
        for connection in list(self._open):
            self.close(connection)


class _Response(HTTPResponse):
    """Reads from its socket with an end to every wait."""

    def __init__(self, deadline: Deadline, sock: socket.socket, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        self.fp = io.BufferedReader(_Reader(sock, self.fp.detach(), deadline))


class _Reader(io.RawIOBase):
    """`whole` keeps the socket open as long as this is."""

    def __init__(self, sock: socket.socket, whole: io.RawIOBase, deadline: Deadline) -> None:
        self._sock = sock
        self._whole = whole
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        silent_since = monotonic()
        while True:
            self._sock.settimeout(min(self._deadline.left(), SLICE))
            try:
                return self._sock.recv_into(buffer)
            except TimeoutError:
                if monotonic() - silent_since >= READ:
                    raise

    def close(self) -> None:
        self._whole.close()
        super().close()


class _Idle(threading.local):
    def __init__(self) -> None:
        self.to: dict[tuple[str, str], tuple[HTTPConnection, float]] = {}


def _http(server: str) -> HTTPConnection:
    return HTTPConnection(server, timeout=CONNECT)


def _https(server: str, tls: ssl.SSLContext) -> HTTPConnection:
    proxy = urlsplit(getproxies().get("https", ""))
    if not proxy.hostname or proxy_bypass(server):
        return HTTPSConnection(server, timeout=CONNECT, context=tls)
    connection = HTTPSConnection(proxy.hostname, proxy.port, timeout=CONNECT, context=tls)
    headers = {}
    if proxy.username:
        secret = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
        headers["proxy-authorization"] = f"Basic {b64encode(secret.encode()).decode()}"
    connection.set_tunnel(server, headers=headers)
    return connection


def _has_ended(connection: HTTPConnection) -> bool:
    """Whether the server has closed it meanwhile: an idle connection has nothing else to say."""
    look = poll()
    look.register(connection.sock, POLLIN)
    return bool(look.poll(0))
