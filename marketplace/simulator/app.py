"""The simulator as one ASGI application: lets calls in, spoils some on order, answers in Amazon's words."""

import asyncio
import gzip
from collections import Counter
from dataclasses import replace
from email.utils import format_datetime
from functools import cache
from random import Random
from urllib.parse import parse_qsl

from marketplace.simulator import control, lwa
from marketplace.simulator.asgi import Receive, Scope, Send
from marketplace.simulator.clock import HEADER, SimClock
from marketplace.simulator.faults import Fault, Faults
from marketplace.simulator.feeds_api import order_named
from marketplace.simulator.messages import Call
from marketplace.simulator.operations import OPEN, Operations
from marketplace.simulator.replies import NotFoundError, RefusalError, Reply, error, json_reply
from marketplace.simulator.throttle import RATES, Throttle
from marketplace.simulator.world import ALREADY_REQUESTED, OUTSIDE_WINDOW, World


def _page(status: int, title: str) -> Reply:
    """What a gateway or a proxy answers in Amazon's place."""
    return Reply(status, f"<html><body><h1>{title}</h1></body></html>".encode(), b"text/html")


_DENIED = "Access to requested resource is denied."
_EXPIRED = error(403, "Unauthorized", "The access token you provided has expired.")
_QUOTA = error(429, "QuotaExceeded", "You exceeded your quota for the requested resource.")
_INSTEAD = {
    "error_500_before": error(500, "InternalFailure", "We encountered an internal error. Please try again."),
    "html_503": _page(503, "503 Service Temporarily Unavailable"),
    "throttle": _QUOTA,
    "bad_request": error(400, "InvalidInput", "One or more request parameters are missing or invalid."),
    "denied": error(403, "Unauthorized", _DENIED),
    "unknown_403": error(403, "Unauthorized", "This action cannot be taken at this moment."),
    "expired_token": _EXPIRED,
    "already_requested": error(403, "Unauthorized", ALREADY_REQUESTED),
    "outside_window": error(403, "Unauthorized", OUTSIDE_WINDOW),
    "denied_token": error(
        403, "Unauthorized", _DENIED, "The access token you provided is revoked, malformed or invalid."
    ),
    "expired_secret": error(403, "Unauthorized", _DENIED, "The LWA secret token you provided has expired."),
    "html_400": _page(400, "Website Temporarily Unavailable"),
    "html_403": _page(403, "403 Forbidden"),
    "empty_403": Reply(403, b"", b"text/html"),
    "blank_200": Reply(200, b"", b"text/html"),
    "proxy_200": _page(200, "Sign in to the network"),
}
_WITH_ERRORS = json_reply({"errors": [{"code": "InternalFailure", "message": "Not done", "details": ""}]}, 201)
_REFUSED_DATA = error(400, "InvalidInput", "Invalid value for includedData: PROMOTION")
_ABSURD = (
    b"HTTP/1.1 %d Absurd\r\nContent-Type: application/json\r\nContent-Length: 1180591620717411303424\r\n"
    b"Retry-After: " + b"9" * 5000 + b"\r\nDate: never\r\nx-amzn-RateLimit-Limit: 1e-300\r\n\r\n%b"
)
_NOT_FOUND = NotFoundError().reply
_AFTER = error(503, "ServiceUnavailable", "Service is temporarily unavailable. Please try again.")
_LWA_CODES = {
    400: "invalid_request",
    403: "access_denied",
    429: "temporarily_unavailable",
    500: "server_error",
    503: "temporarily_unavailable",
}


class Simulator:
    """One simulated Amazon. `throttled` False: calls are never refused for their rate."""

    def __init__(self, world: World, clock: SimClock, *, throttled: bool = True, seed: int = 0) -> None:
        self.world = world
        self.clock = clock
        self.faults = Faults(Random(seed).random)
        self.calls: Counter[str] = Counter()
        self.throttled: Counter[str] = Counter()
        self._throttle = Throttle() if throttled else None
        self._operations = Operations(world, clock)
        self._requests = 0
        self._date = (0, b"")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        body = await _body(headers, receive)
        try:
            self.clock.see(headers.get(HEADER))
        except ValueError:
            await self._send(send, "", error(400, "InvalidInput", "x-simulated-now must be an ISO time with a zone"))
            return
        if scope["path"].startswith("/simulator"):
            await self._send(send, "", control.answer(self, scope, body))
            return
        operation, reply, fault = self._answer(scope, headers, body)
        if fault is not None and fault.kind in ("drop_before", "drop_after"):
            scope["state"]["transport"].abort()
            await asyncio.sleep(0)  # lets the server see that the connection is gone
            return
        if fault is not None and fault.kind == "absurd_headers":
            scope["state"]["transport"].write(_ABSURD % (reply.status, reply.body))
            scope["state"]["transport"].close()
            await asyncio.sleep(0.01)
            return
        if fault is not None and fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
        pause = fault.seconds / max(len(reply.body), 1) if fault is not None and fault.kind == "slow_body" else None
        rate = 1e-9 if fault is not None and fault.kind == "tiny_rate" else None
        await self._send(send, operation, reply, pause, rate)

    def _answer(self, scope: Scope, headers: dict[bytes, bytes], body: bytes) -> tuple[str, Reply, Fault | None]:
        now = self.clock.now()
        operation, resource = self._operations.route(scope["method"], scope["path"])
        if not operation:
            return "", _NOT_FOUND, None
        self.calls[operation] += 1
        if operation in OPEN:
            account = self._operations.owner(operation, resource, body)
        else:
            account = lwa.account_of(headers.get(b"x-amz-access-token", b"").decode("latin-1"), now)
            if not account:
                return operation, _EXPIRED, None
        if self._throttle and not self._throttle.allows(account, operation, now):
            self.throttled[operation] += 1
            return operation, _QUOTA, None
        about = order_named(body) if operation == "createFeed" else resource
        fault = self.faults.take(operation, about, account, now)
        host = headers.get(b"host", b"").decode("latin-1")
        query = _query(scope["query_string"])
        seen = _named(headers) if operation == "upload" else {}
        kind = fault.kind if fault else None
        return (
            operation,
            self._reply(Call(operation, account, resource, query, body, f"http://{host}", now, seen, kind)),
            fault,
        )

    def _reply(self, call: Call) -> Reply:
        kind = call.fault
        if kind == "drop_before":
            return _NOT_FOUND  # never sent
        if kind in _INSTEAD:
            self.throttled[call.operation] += kind == "throttle"
            return _in_words_of(call.operation, _INSTEAD[kind])
        if kind == "accepted_with_errors":
            return replace(_WITH_ERRORS, status=202 if call.operation == "createFeed" else 201)
        if kind == "refused_data" and "PROMOTION" in call.query.get("includedData", ""):
            return _REFUSED_DATA
        try:
            reply = self._operations.answers[call.operation](call)
        except RefusalError as no:
            reply = no.reply
        match kind:
            case "error_503_after":
                return _in_words_of(call.operation, _AFTER)
            case "cut_json":
                return replace(reply, body=reply.body[: len(reply.body) // 2])
            case "empty_body":
                return replace(reply, body=b"")
            case "gzip_bomb":
                return Reply(200, _bomb(), b"application/octet-stream", b"gzip")
        return reply

    async def _send(
        self, send: Send, operation: str, reply: Reply, pause: float | None = None, rate: float | None = None
    ) -> None:
        """`pause`: seconds after each byte of the body; `rate` is named in place of the true one."""
        self._requests += 1
        headers = [
            (b"content-type", reply.content_type),
            (b"content-length", b"%d" % len(reply.body)),
            (b"date", self._http_date()),
            (b"x-amzn-requestid", b"00000000-0000-4000-8000-%012x" % self._requests),
        ]
        if operation in RATES and (reply.status < 300 or reply.status in (400, 404)):
            headers.append((b"x-amzn-ratelimit-limit", str(rate or RATES[operation][0]).encode()))
        if reply.encoding:
            headers.append((b"content-encoding", reply.encoding))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if pause is not None:
            for byte in reply.body:
                await send({"type": "http.response.body", "body": bytes([byte]), "more_body": True})
                await asyncio.sleep(pause)
        await send({"type": "http.response.body", "body": b"" if pause is not None else reply.body})

    def _http_date(self) -> bytes:
        now = self.clock.now()
        second = int(now.timestamp())
        if second != self._date[0]:
            self._date = (second, format_datetime(now, usegmt=True).encode())
        return self._date[1]


@cache
def _bomb() -> bytes:
    """Many lines of a thousand characters, packed a thousand times smaller."""
    return gzip.compress((b"x" * 999 + b"\n") * 30_000) * 10


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    if headers.get(b"content-length", b"0") == b"0" and b"transfer-encoding" not in headers:
        return b""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


def _query(raw: bytes) -> dict[str, str]:
    query: dict[str, str] = {}
    for name, value in parse_qsl(raw.decode("latin-1"), keep_blank_values=True):
        query[name] = f"{query[name]},{value}" if name in query else value
    return query


def _named(headers: dict[bytes, bytes]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers.items()}


def _in_words_of(operation: str, reply: Reply) -> Reply:
    """LWA has an error shape of its own; a gateway's page is the same everywhere."""
    if operation != "lwa" or reply.content_type != b"application/json":
        return reply
    return lwa.lwa_error(400 if reply.status == 403 else reply.status, _LWA_CODES[reply.status], "Not now")
