"""One request, made once: it comes back as a `Reply`, whatever became of it, within bounds of time and of size."""

import json as as_json
import platform
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from importlib.metadata import version
from urllib.parse import SplitResult, urlencode, urlsplit

from marketplace.amazon.connections import STOPS_WITHIN, Connections, Deadline, Malformed, Stop, Unreachable
from marketplace.errors import Seen
from marketplace.words import identifier

TROUBLE = (Unreachable, Malformed, OSError, HTTPException)
"""All that can go wrong with a request. After the first two, nothing was sent."""
CHUNK = 1 << 16
REPLY = 60
"""Seconds from the first byte to the last, connection included, for a request and its reply."""
LARGEST_REPLY = 1 << 25
"""Bytes of a reply: a page of 100 large orders has a tenth of it."""
UPLOAD = 120
"""Seconds to send a file, all of it: 10 MB at 1 Mbit/s take 80."""
DOWNLOAD = 300
"""Seconds to read a file to its end. Its address lives as long (model Reports 2021-06-30)."""

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
        return identifier(self.headers.get("x-amzn-requestid"), 128)

    @property
    def seen(self) -> Seen:
        return {"status": self.status, "request_id": self.request_id}


@dataclass(frozen=True, slots=True)
class Download:
    """A body that is read piece by piece. `chunks` raises `TROUBLE` when it breaks off, or takes too long."""

    status: int
    chunks: Iterator[bytes]
    deadline: Deadline


class Http:
    """Safe to share between threads. `extra_headers` are asked for and sent with every request.

    `stopping` ends every wait within seconds; `seconds` is how long a request and its reply may take. `tls_only`: files
    are fetched from and put at https addresses alone.
    """

    def __init__(
        self,
        extra_headers: Callable[[], Headers] | None = None,
        stopping: threading.Event | None = None,
        *,
        tls_only: bool = False,
        seconds: float = REPLY,
    ) -> None:
        self._extra_headers = extra_headers
        self._stop = Stop(stopping)
        self._schemes = ("https",) if tls_only else ("https", "http")
        self._seconds = seconds
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
        deadline = Deadline(self._seconds, self._stop)
        try:
            connection = self._connections.take(address, deadline)
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
        address = self._signed(url)
        deadline = Deadline(DOWNLOAD, self._stop)
        connection = self._connections.dial(address, deadline)
        try:
            response = _ask(connection, "GET", address, self._headers(None, None), None)
            yield Download(response.status, _chunks(response), deadline)
        finally:
            self._connections.close(connection)

    def upload(self, url: str, headers: Headers, body: bytes) -> Reply:
        """PUTs a file at a signed address, once, with these headers and no others: the signature may cover them all."""
        deadline = Deadline(UPLOAD, self._stop)
        try:
            address = self._signed(url)
            connection = self._connections.dial(address, deadline)
        except (Unreachable, Malformed) as error:
            return Reply(error=error)
        try:
            parts = _in_time(connection, body, deadline)
            return _read(_ask(connection, "PUT", address, {"content-length": str(len(body)), **headers}, parts))
        except TROUBLE as error:
            return Reply(error=error)
        finally:
            self._connections.close(connection)

    def _signed(self, url: str) -> SplitResult:
        """Raises Malformed."""
        try:
            address = urlsplit(url)
        except ValueError as error:
            raise Malformed("an address that is none") from error
        if address.scheme not in self._schemes:
            raise Malformed(f"an address that is not {self._schemes[0]}")
        return address

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
    connection: HTTPConnection,
    method: str,
    address: SplitResult,
    headers: Headers,
    body: bytes | Iterator[bytes] | None,
) -> HTTPResponse:
    """Raises `TROUBLE`."""
    target = f"{address.path or '/'}?{address.query}" if address.query else address.path or "/"
    try:
        connection.request(method, target, body, headers)
    except (ValueError, HTTPException) as error:  # it writes all of the request down before it sends any of it
        raise Malformed(str(error)) from error
    try:
        return connection.getresponse()
    except ValueError as error:  # http.client's, of numbers that are none
        raise HTTPException(str(error)) from error


def _in_time(connection: HTTPConnection, body: bytes, deadline: Deadline) -> Iterator[bytes]:
    for start in range(0, len(body), CHUNK):
        connection.sock.settimeout(min(deadline.left(), STOPS_WITHIN))
        yield body[start : start + CHUNK]


def _read(response: HTTPResponse) -> Reply:
    body = bytearray()
    try:
        for chunk in _chunks(response):
            body += chunk
            if len(body) > LARGEST_REPLY:
                raise HTTPException("a reply beyond all measure")
    except (OSError, HTTPException) as error:
        return Reply(response.status, _lower(response), bytes(body), error)
    return Reply(response.status, _lower(response), bytes(body))


def _chunks(response: HTTPResponse) -> Iterator[bytes]:
    try:
        while chunk := response.read(CHUNK):
            yield chunk
    except ValueError as error:  # http.client's, of numbers that are none
        raise HTTPException(str(error)) from error
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
