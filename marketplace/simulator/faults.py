"""Troubles that a test or a demo can order: what goes wrong, with which calls, how often."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import ConfigDict, TypeAdapter

from marketplace.simulator.sim_order import Utc
from marketplace.simulator.throttle import RATES

Kind = Literal[
    # nothing is processed
    "drop_before",  # the connection is closed without a reply
    "error_500_before",
    "html_503",  # a gateway's page
    "throttle",  # 429
    "bad_request",  # 400
    "denied",  # 403, a role or authorisation is missing
    "unknown_403",  # 403 in words that nobody has seen
    "expired_token",
    "already_requested",
    "outside_window",
    "denied_token",  # 403: the access token is revoked, malformed or invalid
    "expired_secret",  # 403: the client secret has expired
    "html_400",  # a gateway's page
    "html_403",
    "empty_403",
    "blank_200",
    "proxy_200",  # the page of a proxy
    "accepted_with_errors",  # a call that cannot be taken back: the status says yes, the body no
    "refused_data",  # 400 to orders that are asked for with PROMOTION in includedData
    # it is processed, and then the reply goes wrong
    "drop_after",
    "error_503_after",
    "cut_json",  # half of the body, well-formed HTTP
    "empty_body",
    "slow",  # the reply is held back for `seconds` real seconds
    "slow_body",  # the body comes byte by byte, within `seconds` real seconds
    "tiny_rate",  # x-amzn-RateLimit-Limit says 0.000000001
    "absurd_headers",  # a Content-Length of 2^70, a Retry-After of 5,000 digits
    "gzip_bomb",  # download: 300 MB in 600 kB
    # the reply is fine, and says less
    "empty_actions",  # nothing offered: no solicitation, no message
    "outage",  # nothing offered, and a POST is refused as not available
    "report_in_progress",  # getReport
    "report_in_queue",
    "report_fatal",
    "report_empty",  # download: a report of no bytes
    "wrong_report",  # download: the table of unshipped orders
    "gzip_not_said",  # getReportDocument: a packed file without compressionAlgorithm
    "gzip_only_said",  # download: a plain file, of which GZIP was said
    "same_page",  # the first page for ever, with the same token each time
    "late_pages_fail",  # 500 on the further pages of more than 16 days of transactions
    "page_token_expired",  # 400 to a page token
    "older_copies",  # searchOrders: one page more, of the same orders as they were before
    "feed_in_progress",  # getFeed
    "feed_fatal",
    "feed_cancelled",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """Applies to calls that match every field given; `operation` is Amazon's name, `lwa`, `download` or `upload`.

    A token exchange belongs to the account that its refresh token names, a download or upload to the one that asked for
    its address. createFeed belongs to the order that its options name.
    `times` None: until cleared, or until `until`, in the simulator's time. `probability`: of each matching call.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    kind: Kind
    operation: str | None = None
    order_id: str | None = None
    account: str | None = None
    times: int | None = None
    until: Utc | None = None
    probability: float = 1
    seconds: float = 0

    def matches(self, operation: str, order_id: str, account: str, now: datetime) -> bool:
        return (
            self.operation in (None, operation)
            and self.order_id in (None, order_id)
            and self.account in (None, account)
            and (self.until is None or now < self.until)
            and (self.kind not in _ONLY or operation in _ONLY[self.kind])
        )


_OFFERS = ("getSolicitationActionsForOrder", "getMessagingActionsForOrder")
_SENDS = ("createProductReviewAndSellerFeedbackSolicitation", "sendInvoice")
_LISTS = ("searchOrders", "listTransactions")
_ONLY = {
    "empty_actions": _OFFERS,
    "outage": (*_OFFERS, *_SENDS),
    "accepted_with_errors": (*_SENDS, "createFeed"),
    "refused_data": ("searchOrders", "getOrder"),
    "tiny_rate": tuple(RATES),
    "gzip_bomb": ("download",),
    "report_in_progress": ("getReport",),
    "report_in_queue": ("getReport",),
    "report_fatal": ("getReport",),
    "report_empty": ("download",),
    "wrong_report": ("download",),
    "gzip_not_said": ("getReportDocument",),
    "gzip_only_said": ("download",),
    "same_page": _LISTS,
    "late_pages_fail": ("listTransactions",),
    "page_token_expired": _LISTS,
    "older_copies": ("searchOrders",),
    "feed_in_progress": ("getFeed",),
    "feed_fatal": ("getFeed",),
    "feed_cancelled": ("getFeed",),
}

FAULT_JSON = TypeAdapter(Fault)
FAULTS_JSON = TypeAdapter(list[Fault])


class Faults:
    """The faults in force, oldest first; `chance` gives numbers from 0 to 1 for those with a probability.

    `struck` counts the calls that were spoilt, by account, operation and kind.
    """

    def __init__(self, chance: Callable[[], float]) -> None:
        self._chance = chance
        self._active: list[tuple[Fault, int | None]] = []
        self.struck: Counter[tuple[str, str, Kind]] = Counter()

    def add(self, faults: list[Fault]) -> None:
        self._active += [(fault, fault.times) for fault in faults]

    def clear(self) -> None:
        self._active.clear()

    def take(self, operation: str, order_id: str, account: str, now: datetime) -> Fault | None:
        """The first fault that applies to this call, with one of its times used up."""
        for index, (fault, left) in enumerate(self._active):
            if not fault.matches(operation, order_id, account, now):
                continue
            if fault.probability < 1 and self._chance() >= fault.probability:
                continue
            if left == 1:
                del self._active[index]
            elif left is not None:
                self._active[index] = (fault, left - 1)
            self.struck[account, operation, fault.kind] += 1
            return fault
        return None
