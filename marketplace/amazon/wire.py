"""One HTTP client per process. A request comes back as a `Reply`, whatever became of it: nothing is repeated here."""

import logging
import platform
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import version
from urllib.parse import urlencode

import httpx2

# Every exception of httpx2 descends from one of these.
TROUBLE = (httpx2.HTTPError, httpx2.InvalidURL, httpx2.CookieConflict, httpx2.StreamError)

# Their lines carry order ids and signed addresses (info) and access tokens (debug).
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `status` is None when no status line did; `error` beside a status means that the body is cut."""

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=httpx2.Headers, repr=False)
    body: bytes = field(default=b"", repr=False)
    error: Exception | None = None

    @property
    def request_id(self) -> str | None:
        return self.headers.get("x-amzn-requestid")


class Http:
    """`extra_headers` are asked for and sent with every request."""

    def __init__(self, extra_headers: Callable[[], Mapping[str, str]] | None = None) -> None:
        self._extra_headers = extra_headers
        self._client = httpx2.Client(
            verify=httpx2.create_ssl_context(),
            timeout=httpx2.Timeout(connect=5, read=30, write=10, pool=30),
            limits=httpx2.Limits(max_connections=100, max_keepalive_connections=100, keepalive_expiry=20),
            follow_redirects=False,
            headers={"user-agent": _user_agent()},
            # One seller's cookie must not travel with another's request.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        form: Mapping[str, str] | None = None,
    ) -> Reply:
        """Sends one request, once. The status is kept even when the body breaks off."""
        body = bytearray()
        cut = None
        try:
            with self._client.stream(
                method, _address(url, params), headers=self._headers(headers), json=json, data=form
            ) as response:
                try:
                    for chunk in response.iter_bytes():
                        body += chunk
                except TROUBLE as error:
                    cut = error
        except TROUBLE as error:
            return Reply(error=error)
        return Reply(response.status_code, response.headers, bytes(body), cut)

    @contextmanager
    def download(self, url: str) -> Iterator[httpx2.Response]:
        """A signed address that belongs to nobody's API: no access token goes with it. Raises `TROUBLE`."""
        headers = self._headers({"accept-encoding": "identity"})
        with self._client.stream("GET", url, headers=headers) as response:
            yield response

    def close(self) -> None:
        self._client.close()

    def _headers(self, headers: Mapping[str, str] | None) -> dict[str, str]:
        return {**(headers or {}), **(self._extra_headers() if self._extra_headers else {})}


def _address(url: str, params: Mapping[str, str] | None) -> str:
    return f"{url}?{urlencode(params)}" if params else url


def _user_agent() -> str:
    """In the form that Amazon asks for (SP-API docs, "Include a User-Agent header in all requests")."""
    return f"askonce/{version('askonce')} (Language=Python/{platform.python_version()}; Platform={platform.system()})"
