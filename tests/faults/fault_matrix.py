"""The table of faults and calls, and the small shop in which each pair of them is played."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import get_args

from marketplace.simulator.faults import Fault, Kind
from marketplace.simulator.sim_order import SimOrder, SimRefund
from rules.order import Money
from tests.worker.seller_folder import ASK, DAY, OFFER, delivered

KINDS: tuple[Kind, ...] = get_args(Kind)
CALLS = {
    "token": "lwa",
    "orders": "searchOrders",
    "finances": "listTransactions",
    "new-report": "createReport",
    "report": "getReport",
    "document": "getReportDocument",
    "download": "download",
    "offer": OFFER,
    "ask": ASK,
}
"""Every call that a worker makes, by a short name."""
CHECK_CALL = "getMarketplaceParticipations"
"""The one call that no worker makes, but `askonce check`."""


@dataclass(frozen=True)
class Cell:
    """One kind of fault in one call, played by a seller of its own. Without a kind: a seller who is left in peace."""

    kind: Kind | None
    call: str

    @property
    def seller(self) -> str:
        return f"{self.kind}-{self.call}" if self.kind else self.call

    @property
    def refused(self) -> bool:
        """Amazon says "already requested", and about its requests Amazon is believed: that end is the true one."""
        return self.kind == "already_requested" and self.call in ("offer", "ask")


def applies(kind: Kind, operation: str) -> bool:
    """The simulator's own rule: only a report can be in progress, only an offer can be empty."""
    return Fault(kind).matches(operation, order_id="", account="", now=datetime.now(UTC))


CALM = Cell(None, "calm")
MATRIX = tuple(Cell(kind, call) for kind in KINDS for call in CALLS if applies(kind, CALLS[call]))
SAMPLE = (
    Cell("drop_before", "ask"),
    Cell("drop_before", "document"),
    Cell("error_500_before", "token"),
    Cell("html_503", "ask"),
    Cell("html_503", "download"),
    Cell("throttle", "finances"),
    Cell("bad_request", "token"),
    Cell("bad_request", "ask"),
    Cell("denied", "orders"),
    Cell("denied", "offer"),
    Cell("unknown_403", "ask"),
    Cell("expired_token", "orders"),
    Cell("expired_token", "ask"),
    Cell("already_requested", "ask"),
    Cell("outside_window", "ask"),
    Cell("denied_token", "ask"),
    Cell("expired_secret", "offer"),
    Cell("html_400", "offer"),
    Cell("html_403", "ask"),
    Cell("empty_403", "offer"),
    Cell("blank_200", "ask"),
    Cell("proxy_200", "ask"),
    Cell("accepted_with_errors", "ask"),
    Cell("refused_data", "orders"),
    Cell("drop_after", "new-report"),
    Cell("drop_after", "ask"),
    Cell("error_503_after", "ask"),
    Cell("cut_json", "download"),
    Cell("empty_body", "finances"),
    Cell("slow", "ask"),
    Cell("slow_body", "ask"),
    Cell("tiny_rate", "ask"),
    Cell("absurd_headers", "ask"),
    Cell("gzip_bomb", "download"),
    Cell("empty_actions", "offer"),
    Cell("outage", "ask"),
    Cell("report_in_progress", "report"),
    Cell("report_fatal", "report"),
    Cell("report_in_queue", "report"),
    Cell("report_empty", "download"),
    Cell("wrong_report", "download"),
    Cell("gzip_only_said", "download"),
    Cell("gzip_not_said", "document"),
    Cell("page_token_expired", "orders"),
    Cell("same_page", "finances"),
    Cell("late_pages_fail", "finances"),
    Cell("older_copies", "orders"),
)
"""Each kind and each call once at least, and more of them where most is at stake."""

ELIGIBLE = 3
TRUTH = [
    ("sent", ""),
    ("sent", ""),
    ("sent", ""),
    ("skipped", "refunded"),
    ("skipped", "cancelled"),
    ("waiting", "too_early"),
    ("skipped", "returned"),
]
"""State and reason of each order of `shop` in the end."""


def truth(cell: Cell) -> list[tuple[str, str]]:
    return [("refused", "already_requested"), *TRUTH[1:]] if cell.refused else TRUTH


def shop(cell: Cell, number: int) -> list[SimOrder]:
    """Seven orders, in the sequence of TRUTH: every source of facts has a say in the verdict on one of them.

    The third is fulfilled by Amazon: only finances tell that it has arrived.
    """
    first, at = 10 * number, datetime.now(UTC) - 3 * DAY
    refund = SimRefund(at, Money(Decimal("9.90"), "EUR"))
    return [
        delivered(first, account=cell.seller),
        delivered(first + 1, 8, account=cell.seller),
        delivered(first + 2, 12, account=cell.seller, fulfilled_by="AMAZON"),
        delivered(first + 3, account=cell.seller, refunds=(refund,)),
        delivered(first + 4, account=cell.seller, shipped_at=None, delivered_at=None, cancelled_at=at),
        delivered(first + 5, 2, account=cell.seller),
        delivered(first + 6, account=cell.seller, return_requested_at=at),
    ]


def fault(cell: Cell, orders: list[SimOrder], times: int | None, slow: float) -> Fault:
    """`slow`: for how many seconds a slow reply is held back. "Already requested" is said of the first order only."""
    assert cell.kind is not None
    order_id = orders[0].order_id if cell.refused else None
    return Fault(cell.kind, CALLS[cell.call], order_id, cell.seller, times, seconds=slow)
