"""What every request must be, and every reply bears: the Host header, and headers as OWASP's list has them."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import peer
from web.peer import Peer
from web.window import Window

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "cache-control": "no-store",
    "cross-origin-embedder-policy": "require-corp",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-permitted-cross-domain-policies": "none",
}
BESIDE = {"content-security-policy": "default-src 'none'; frame-ancestors 'self'", "x-frame-options": "SAMEORIGIN"}
"""Of a file that one of our pages shows beside its text: it loads and runs nothing, and no other page may show it.
Without `sandbox`, in which Chrome shows no PDF."""
_STRICT_TRANSPORT = "max-age=31536000"


class Guard:
    """Around the whole site: nobody gets in under another name or, from beyond this machine, without TLS."""

    def __init__(self, app: ASGIApp, window: Window) -> None:
        self._app = app
        self._window = window

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        asks = peer.note(scope, self._window.proxies, is_tls=self._window.is_secure)
        headers = HEADERS | ({"strict-transport-security": _STRICT_TRANSPORT} if asks.is_secure else {})

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                given = MutableHeaders(scope=message)
                for name, value in headers.items():
                    given.setdefault(name, value)
            await send(message)

        refusal = self._refusal(scope, asks)
        app: ASGIApp = PlainTextResponse(refusal[0], refusal[1]) if refusal else self._app
        await app(scope, receive, send_with_headers)

    def _refusal(self, scope: Scope, asks: Peer) -> tuple[str, int] | None:
        is_open = self._window.is_open
        if is_open and scope["path"] == "/healthz":
            return None
        if is_open and not asks.is_secure:
            return "askonce shows nothing here without HTTPS. Its proxy says so by X-Forwarded-Proto: https\n", 403
        if asks.is_proxy and asks.is_secure and not asks.is_here:  # the browser has compared the proxy's certificate
            return None
        hosts, host = self._window.hosts, Headers(scope=scope).get("host", "").lower()
        if is_open:  # another port may lead here
            host = re.sub(r":\d+$", "", host)
        if host in hosts or f"*.{host.partition('.')[2]}" in hosts:
            return None
        known = " or ".join(sorted(hosts))
        return f"askonce is not known by this name here. Open: {known}\n", 421
