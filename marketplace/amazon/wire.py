"""One request, made once: it comes back as a `Reply`, whatever became of it."""

import json as as_json
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from importlib.metadata import version
from urllib.parse import SplitResult, urlencode, urlsplit

from marketplace.amazon.connections import READ, Connections, Malformed, Unreachable

TROUBLE = (Unreachable, Malformed, OSError, HTTPException)
"""All that can go wrong with a request. After the first two, nothing was sent."""
CHUNK = 1 << 16
UPLOAD = 120
"""Seconds to send a file, all of it: 10 MB at 1 Mbit/s take 80."""

Headers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `status` is None when no status line did; `error` beside a status means that the body is cut.

    The names of headers are in lower case.
    """

    status: int | None = None
    headers: Headers = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    error: Exception | None = None

    @property
    def request_id(self) -> str | None:
        return self.headers.get("x-amzn-requestid")


@dataclass(frozen=True, slots=True)
class Download:
    """A body that is read piece by piece. `chunks` raises `TROUBLE` when it breaks off."""

    status: int
    headers: Headers
    chunks: Iterator[bytes]


class Http:
    """Safe to share between threads. `extra_headers` are asked for and sent with every request."""

    def __init__(self, extra_headers: Callable[[], Headers] | None = None) -> None:
        self._extra_headers = extra_headers
        self._connections = Connections()
        self._user_agent = _user_agent()

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Headers | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """Sends one request, once. The status is kept even when the body breaks off."""
        body, kind = _body(json, form)
        address = urlsplit(f"{url}?{urlencode(params)}" if params else url)
        return self.exchange(method, address, self._headers(headers, kind), body)

    def exchange(self, method: str, address: SplitResult, headers: Headers, body: bytes | None) -> Reply:
        """One request with these headers and no others, and its reply."""
        try:
            connection = self._connections.take(address)
        except (Unreachable, Malformed) as error:
            return Reply(error=error)
        try:
            reply = _read(_ask(connection, method, address, headers, body))
        except TROUBLE as error:
            reply = Reply(error=error)
        if reply.error:
            self._connections.close(connection)
        else:
            self._connections.keep(address, connection)
        return reply

    @contextmanager
    def download(self, url: str) -> Iterator[Download]:
        """A signed address that belongs to nobody's API: no access token goes with it. Raises `TROUBLE`."""
        address = urlsplit(url)
        connection = self._connections.dial(address)
        try:
            response = _ask(connection, "GET", address, self._headers(None, None), None)
            yield Download(response.status, _lower(response), _chunks(response))
        finally:
            self._connections.close(connection)

    def upload(self, url: str, headers: Headers, body: bytes) -> Reply:
        """PUTs a file at a signed address, once, with these headers and no others: the signature may cover them all."""
        address = urlsplit(url)
        try:
            connection = self._connections.dial(address)
        except (Unreachable, Malformed) as error:
            return Reply(error=error)
        try:
            connection.sock.settimeout(UPLOAD)
            return _read(_ask(connection, "PUT", address, headers, body))
        except TROUBLE as error:
            return Reply(error=error)
        finally:
            self._connections.close(connection)

    def close(self) -> None:
        self._connections.close_all()

    def _headers(self, headers: Headers | None, kind: str | None) -> Headers:
        return {
            "user-agent": self._user_agent,
            **({"content-type": kind} if kind else {}),
            **(headers or {}),
            **(self._extra_headers() if self._extra_headers else {}),
        }


def _ask(
    connection: HTTPConnection, method: str, address: SplitResult, headers: Headers, body: bytes | None
) -> HTTPResponse:
    """Raises `TROUBLE`."""
    target = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
    try:
        connection.request(method, target, body, headers)
    except (ValueError, HTTPException) as error:  # it writes all of the request down before it sends any of it
        raise Malformed(str(error)) from error
    connection.sock.settimeout(READ)
    return connection.getresponse()


def _read(response: HTTPResponse) -> Reply:
    try:
        return Reply(response.status, _lower(response), response.read())
    except IncompleteRead as error:
        return Reply(response.status, _lower(response), error.partial, error)
    except (OSError, HTTPException) as error:
        return Reply(response.status, _lower(response), error=error)


def _chunks(response: HTTPResponse) -> Iterator[bytes]:
    while chunk := response.read(CHUNK):
        yield chunk
    if response.length:  # a body that ends before its length is an end like any other to `read`
        raise IncompleteRead(b"", response.length)


def _lower(response: HTTPResponse) -> Headers:
    return {name.lower(): value for name, value in response.getheaders()}


def _body(json: object, form: Mapping[str, str] | None) -> tuple[bytes | None, str | None]:
    if json is not None:
        return as_json.dumps(json).encode(), "application/json"
    if form is not None:
        return urlencode(form).encode(), "application/x-www-form-urlencoded"
    return None, None


def _user_agent() -> str:
    """In the form that Amazon asks for (SP-API docs, "Include a User-Agent header in all requests")."""
    return f"askonce/{version('askonce')} (Language=Python/{platform.python_version()}; Platform={platform.system()})"
