"""The simulator as one ASGI application: lets calls in, spoils some on order, answers in Amazon's words."""

import asyncio
import gzip
import re
from collections import Counter
from dataclasses import replace
from email.utils import format_datetime
from functools import cache
from random import Random
from urllib.parse import parse_qsl

from marketplace.simulator import control, finances_api, lwa, orders_api, sellers_api, solicitations_api
from marketplace.simulator.asgi import Receive, Scope, Send
from marketplace.simulator.clock import HEADER, SimClock
from marketplace.simulator.faults import Fault, Faults
from marketplace.simulator.feeds_api import order_named
from marketplace.simulator.invoicing import ROUTES, Invoicing
from marketplace.simulator.messages import Call, InvalidInputError, Reply, error, json_reply, not_found
from marketplace.simulator.reports_api import Reports
from marketplace.simulator.throttle import RATES, Throttle
from marketplace.simulator.world import ALREADY_REQUESTED, OUTSIDE_WINDOW, World

_ROUTES = tuple(
    (method, re.compile(path).fullmatch, operation)
    for method, path, operation in (
        ("GET", r"/solicitations/v1/orders/([^/]+)", "getSolicitationActionsForOrder"),
        (
            "POST",
            r"/solicitations/v1/orders/([^/]+)/solicitations/productReviewAndSellerFeedback",
            "createProductReviewAndSellerFeedbackSolicitation",
        ),
        ("POST", r"/auth/o2/token()", "lwa"),
        ("GET", r"/orders/2026-01-01/orders()", "searchOrders"),
        ("GET", r"/orders/2026-01-01/orders/([^/]+)", "getOrder"),
        ("GET", r"/finances/2024-06-19/transactions()", "listTransactions"),
        ("POST", r"/reports/2021-06-30/reports()", "createReport"),
        ("GET", r"/reports/2021-06-30/reports/([^/]+)", "getReport"),
        ("GET", r"/reports/2021-06-30/documents/([^/]+)", "getReportDocument"),
        ("GET", r"/documents/([^/]+)", "download"),
        ("GET", r"/sellers/v1/marketplaceParticipations()", "getMarketplaceParticipations"),
        *ROUTES,
    )
)
_OPEN = ("lwa", "download", "upload")  # called without an access token


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
_AFTER = error(503, "ServiceUnavailable", "Service is temporarily unavailable. Please try again.")
REPORT_STATUS = {"report_in_progress": "IN_PROGRESS", "report_in_queue": "IN_QUEUE", "report_fatal": "FATAL"}
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
        self._reports = Reports()
        self._invoicing = Invoicing()
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
        method, path, now = scope["method"], scope["path"], self.clock.now()
        operation, resource = _route(method, path)
        if not operation:
            return "", not_found(), None
        self.calls[operation] += 1
        account = self._account(operation, resource, headers, body)
        if not account and operation not in _OPEN:
            return operation, _EXPIRED, None
        if self._throttle and not self._throttle.allows(account, operation, now):
            self.throttled[operation] += 1
            return operation, _QUOTA, None
        host = headers.get(b"host", b"").decode("latin-1")
        query = _query(scope["query_string"])
        seen = _named(headers) if operation == "upload" else {}
        call = Call(operation, account, resource, query, body, f"http://{host}", now, seen)
        about = order_named(body) if operation == "createFeed" else resource
        fault = self.faults.take(operation, about, account, now)
        return operation, self._reply(call, fault), fault

    def _account(self, operation: str, resource: str, headers: dict[bytes, bytes], body: bytes) -> str:
        """Who calls; empty: nobody that is known."""
        match operation:
            case "lwa":
                return lwa.account_named(body)
            case "download":
                return self._reports.owner(resource) or self._invoicing.feeds.owner(resource)
            case "upload":
                return self._invoicing.storage.owner(resource)
        token = headers.get(b"x-amz-access-token", b"").decode("latin-1")
        return lwa.account_of(token, self.clock.now()) or ""

    def _reply(self, call: Call, fault: Fault | None) -> Reply:
        kind = fault.kind if fault else None
        if kind == "drop_before":
            return not_found()  # never sent
        if kind in _INSTEAD:
            self.throttled[call.operation] += kind == "throttle"
            return _in_words_of(call.operation, _INSTEAD[kind])
        if kind == "accepted_with_errors":
            return replace(_WITH_ERRORS, status=202 if call.operation == "createFeed" else 201)
        if kind == "refused_data" and "PROMOTION" in call.query.get("includedData", ""):
            return _REFUSED_DATA
        try:
            reply = self._process(call, kind)
        except InvalidInputError as complaint:
            return error(400, "InvalidInput", str(complaint))
        if kind == "error_503_after":
            return _in_words_of(call.operation, _AFTER)
        if kind == "cut_json":
            return Reply(reply.status, reply.body[: len(reply.body) // 2], reply.content_type)
        if kind == "empty_body":
            return Reply(reply.status, b"", reply.content_type)
        if kind == "gzip_bomb":
            return Reply(200, _bomb(), b"application/octet-stream", b"gzip")
        return reply

    def _process(self, call: Call, kind: str | None) -> Reply:
        nothing = kind in ("empty_actions", "outage")
        match call.operation:
            case "getSolicitationActionsForOrder":
                return solicitations_api.get_actions(self.world, call, nothing=nothing)
            case "createProductReviewAndSellerFeedbackSolicitation":
                return solicitations_api.create_solicitation(self.world, call, nothing=nothing)
            case "lwa":
                return lwa.token(call.body, call.now, self.clock.token_lifetime)
            case "searchOrders":
                return orders_api.search_orders(self.world, call, kind)
            case "getOrder":
                return orders_api.get_order(self.world, call)
            case "listTransactions":
                return finances_api.list_transactions(self.world, call, kind)
            case "createReport":
                return self._reports.create(self.world, call)
            case "getReport":
                return self._reports.get(self.world, call, REPORT_STATUS.get(kind or ""))
            case "getReportDocument":
                return self._reports.document(call, kind)
            case "download":
                made_here = self._reports.owner(call.resource)
                return self._reports.download(call, kind) if made_here else self._invoicing.feeds.download(call)
            case "getMarketplaceParticipations":
                return sellers_api.participations()
            case _:
                return self._invoicing.answer(self.world, call, kind)

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


def _route(method: str, path: str) -> tuple[str, str]:
    """The operation, and the id in its path; both empty for a path that Amazon does not know."""
    for route_method, match, operation in _ROUTES:
        if method == route_method and (found := match(path)):
            return operation, found[1]
    return "", ""


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
