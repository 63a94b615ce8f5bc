"""What every request must be, and every reply bears: the Host header, and headers as OWASP's list has them."""

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

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
    """Around the whole site."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], *, is_secure: bool) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._headers = HEADERS | ({"strict-transport-security": _STRICT_TRANSPORT} if is_secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        if scope["type"] != "http":
            return
        app: ASGIApp = self._app
        if Headers(scope=scope).get("host", "").lower() not in self._hosts:
            known = " or ".join(sorted(self._hosts))
            app = PlainTextResponse(f"askonce is not known by this name here. Open: {known}\n", 421)
        await app(scope, receive, send_with_headers)
