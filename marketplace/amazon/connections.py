"""Connections to Amazon, kept alive between requests: each thread has its own, and a proxy is gone through."""

import ssl
import threading
from base64 import b64encode
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from select import POLLIN, poll
from time import monotonic
from urllib.parse import SplitResult, unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

CONNECT = 5
"""Seconds to connect, and then to write a request."""
READ = 30
"""Seconds between two parts of an answer."""
KEPT = 20
"""Seconds for which an idle connection is used again; Amazon closes it after a minute."""


class Unreachable(Exception):
    """No connection: nothing was sent. Name unknown, refused, too slow, certificate or proxy not right."""


class Malformed(Exception):
    """The request cannot be put into HTTP: nothing was sent. It may quote a header, and so a secret."""


class Connections:
    """Safe to share between threads: `take` and `keep` know only the calling thread's."""

    def __init__(self) -> None:
        self._tls = ssl.create_default_context()
        self._idle = _Idle()
        self._open: set[HTTPConnection] = set()

    def take(self, server: SplitResult) -> HTTPConnection:
        """A connection for one request. Raises Unreachable, Malformed."""
        connection, since = self._idle.to.pop((server.scheme, server.netloc), (None, 0.0))
        if connection and monotonic() - since < KEPT and not _has_ended(connection):
            connection.sock.settimeout(CONNECT)
            return connection
        if connection:
            self.close(connection)
        return self.dial(server)

    def keep(self, server: SplitResult, connection: HTTPConnection) -> None:
        """For the next request, unless the server has closed it."""
        if connection.sock is None:
            self.close(connection)
        else:
            self._idle.to[server.scheme, server.netloc] = (connection, monotonic())

    def dial(self, server: SplitResult) -> HTTPConnection:
        """A new connection. Raises Unreachable, Malformed."""
        try:
            connection = _https(server.netloc, self._tls) if server.scheme == "https" else _http(server.netloc)
            connection.connect()
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
