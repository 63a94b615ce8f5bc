"""Amazon's Selling Partner API as the marketplace port wants it: each call made once, and at Amazon's pace."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from threading import Event, Lock
from typing import TypeVar

from marketplace.amazon import all_orders, finances, mapping, pending, reports
from marketplace.amazon.answers import Call, answering
from marketplace.amazon.calls import Caller, part, required, utc
from marketplace.amazon.downloads import document_of, pieces
from marketplace.amazon.invoices import InvoiceCalls
from marketplace.amazon.tokens import Tokens
from marketplace.amazon.wire import Http
from marketplace.errors import Broken
from marketplace.operations import Operation
from marketplace.pace import Clock, Pace
from marketplace.port import (
    Marketplace,
    OrdersPage,
    Participation,
    PendingInvoice,
    Receipt,
    Report,
    ReportRow,
    ReportStatus,
    TransactionsPage,
)
from rules.order import Order
from settings.endpoints import LWA_ENDPOINT, SP_API_ENDPOINTS
from settings.environment import Credentials
from settings.marketplaces import MARKETPLACES_BY_ID, Region

RECIPIENT = "RECIPIENT"
INCLUDED_DATA = ("FULFILLMENT", "PACKAGES", "CANCELLATION", "PROCEEDS", "PROMOTION")
PAGE_SIZE = 100
Row = TypeVar("Row")
REPORTS = "/reports/2021-06-30"
REVIEW_ACTION = "productReviewAndSellerFeedback"


class Amazon:
    """One per process: sellers share its connections, and their access tokens are kept as long as it lives.

    The endpoints replace the real ones; `extra_headers` go with every request (a simulated clock, for instance).
    `stopping`, when set, ends every wait for Amazon within seconds.
    """

    def __init__(
        self,
        clock: Clock,
        sp_api_endpoint: str | None = None,
        lwa_endpoint: str | None = None,
        extra_headers: Callable[[], Mapping[str, str]] | None = None,
        stopping: Event | None = None,
    ) -> None:
        self._clock = clock
        self._sp_api_endpoint = sp_api_endpoint
        self._lwa_endpoint = lwa_endpoint or LWA_ENDPOINT
        tls_only = sp_api_endpoint is None or sp_api_endpoint.lower().startswith("https:")
        self._http = Http(extra_headers, stopping, tls_only=tls_only)
        self._tokens: dict[tuple[str, str, str], Tokens] = {}
        self._lock = Lock()

    def seller(
        self,
        credentials: Credentials,
        *,
        region: Region,
        marketplace_ids: Sequence[str],
        pace: Pace,
        optional_data: Collection[str] = (),
        with_country: bool = False,
    ) -> "AmazonSeller":
        """`marketplace_ids` are those that reports are asked for.

        `optional_data`: kinds of orders' data that are done without should Amazon refuse them. `with_country`: ask for
        each order's recipient, too, to see whether it goes abroad.
        """
        endpoint = self._sp_api_endpoint or SP_API_ENDPOINTS[region]
        caller = Caller(self._http, endpoint.rstrip("/"), self._tokens_of(credentials), pace)
        data = (*INCLUDED_DATA, RECIPIENT) if with_country else INCLUDED_DATA
        return AmazonSeller(self._http, caller, self._clock, marketplace_ids, data, (*optional_data, RECIPIENT))

    def close(self) -> None:
        self._http.close()

    def _tokens_of(self, credentials: Credentials) -> Tokens:
        secrets = (credentials.client_id, credentials.client_secret, credentials.refresh_token)
        with self._lock:
            if secrets not in self._tokens:
                self._tokens[secrets] = Tokens(self._http, self._clock, self._lwa_endpoint, credentials)
            return self._tokens[secrets]


class AmazonSeller(InvoiceCalls, Marketplace):
    """One seller account in one region."""

    def __init__(
        self,
        http: Http,
        caller: Caller,
        clock: Clock,
        marketplace_ids: Sequence[str],
        data: Sequence[str],
        optional_data: Collection[str],
    ) -> None:
        super().__init__(http, caller)
        self._clock = clock
        self._marketplace_ids = tuple(marketplace_ids)
        self._data = data
        self._optional_data = optional_data

    @property
    def calls(self) -> Counter[str]:
        """The requests made, by Amazon's name of the operation."""
        return self._caller.calls

    @property
    def answered_at(self) -> datetime | None:
        """Amazon's own clock at its last answer."""
        return self._caller.answered_at

    @answering(Operation.PARTICIPATIONS)
    def participations(self) -> tuple[Participation, ...]:
        return mapping.participations(
            self._caller.get(Operation.PARTICIPATIONS, "/sellers/v1/marketplaceParticipations")
        )

    @answering(Operation.ORDERS)
    def orders(self, *, updated_after: datetime, page_token: str | None = None) -> OrdersPage:
        """Orders of every marketplace and channel, so that each has a verdict."""
        params = {"lastUpdatedAfter": utc(updated_after), "maxResultsPerPage": str(PAGE_SIZE)}
        if page_token:
            params["paginationToken"] = page_token
        asked_at = self._clock.now()
        path, optional = "/orders/2026-01-01/orders", self._optional_data
        return mapping.orders_page(
            self._caller.with_data(Operation.ORDERS, path, params, self._data, optional), asked_at
        )

    @answering(Operation.ORDER, Call.ORDER)
    def order(self, order_id: str) -> Order:
        path, optional = f"/orders/2026-01-01/orders/{part(order_id)}", self._optional_data
        document = self._caller.with_data(Operation.ORDER, path, {}, self._data, optional, Call.ORDER)
        return mapping.one_order(document, order_id)

    @answering(Operation.TRANSACTIONS)
    def transactions(
        self, *, posted_after: datetime, posted_before: datetime | None = None, page_token: str | None = None
    ) -> TransactionsPage:
        params = {"postedAfter": utc(posted_after)}
        if posted_before:
            params["postedBefore"] = utc(posted_before)
        if page_token:
            params["nextToken"] = page_token
        return finances.transactions_page(
            self._caller.get(Operation.TRANSACTIONS, "/finances/2024-06-19/transactions", params)
        )

    @answering(Operation.CREATE_REPORT)
    def create_report(
        self, report: Report, *, start: datetime, end: datetime, marketplace_ids: Sequence[str] = ()
    ) -> str:
        """Pending invoices are asked for where Amazon has that report, without dates or options: those of 90 days.

        So says the first of Amazon's "VAT Calculation Service Best Practices" (SP-API docs).
        """
        wish: dict[str, object] = {"reportType": report.value}
        if report is Report.PENDING_INVOICES:
            wish |= {"marketplaceIds": self._with_pending_invoices()}
        else:
            dates = {"dataStartTime": utc(start), "dataEndTime": utc(end)}
            wish |= {"marketplaceIds": tuple(marketplace_ids) or self._marketplace_ids, **dates}
        document, _ = self._caller.call(Operation.CREATE_REPORT, "POST", f"{REPORTS}/reports", json=wish)
        return required(Operation.CREATE_REPORT, document, "reportId")

    @answering(Operation.REPORT)
    def report_status(self, report_id: str) -> ReportStatus:
        """Raises Broken when Amazon has failed to make the report; another must be created."""
        document = self._caller.get(Operation.REPORT, f"{REPORTS}/reports/{part(report_id)}")
        match document.get("processingStatus"):
            case "DONE":
                return ReportStatus(True, required(Operation.REPORT, document, "reportDocumentId"))
            case "CANCELLED":  # also Amazon's way to say that there is no data
                return ReportStatus(True)
            case "IN_QUEUE" | "IN_PROGRESS":
                return ReportStatus(False)
            case status:
                raise Broken(f"{Operation.REPORT}: processingStatus {status}")

    def report_rows(self, report: Report, document_id: str) -> Iterator[ReportRow]:
        """Looks the document up at once and downloads it while the rows are read: answers may come from both."""
        return _rows(report, reports.rows(report, self._report(report, document_id)))

    def reported_orders(self, document_id: str, start: datetime) -> Iterator[Order | str]:
        """Looks the document up at once and downloads it while the orders are read."""
        return _rows(all_orders.REPORT, all_orders.orders(self._report(Report.ALL_ORDERS, document_id), start))

    def pending_invoices(self, document_id: str) -> Iterator[PendingInvoice]:
        """Looks the document up at once, and downloads it when the first is asked for."""
        return _rows(pending.REPORT, pending.invoices(self._report(Report.PENDING_INVOICES, document_id)))

    @answering(Operation.REVIEW_ACTIONS, Call.ORDER)
    def review_offered(self, order_id: str, marketplace_id: str) -> bool:
        path = f"/solicitations/v1/orders/{part(order_id)}"
        document = self._caller.of_order(Operation.REVIEW_ACTIONS, path, marketplace_id)
        return mapping.offered(Operation.REVIEW_ACTIONS, document, REVIEW_ACTION)

    @answering(Operation.REQUEST_REVIEW, Call.EFFECT)
    def request_review(self, order_id: str, marketplace_id: str) -> Receipt:
        """The irrevocable call. It has no body; Amazon wants the marketplace in the query."""
        _, reply = self._caller.call(
            Operation.REQUEST_REVIEW,
            "POST",
            f"/solicitations/v1/orders/{part(order_id)}/solicitations/{REVIEW_ACTION}",
            params={"marketplaceIds": marketplace_id},
            stake=Call.EFFECT,
        )
        return Receipt(reply.request_id)

    @answering(Operation.REPORT_DOCUMENT)
    def _report(self, report: Report, document_id: str) -> Iterator[bytes]:
        document = self._caller.get(Operation.REPORT_DOCUMENT, f"{REPORTS}/documents/{part(document_id)}")
        return pieces(self._http, report, document_of(Operation.REPORT_DOCUMENT, document))

    def _with_pending_invoices(self) -> list[str]:
        return [each for each in self._marketplace_ids if MARKETPLACES_BY_ID[each].code in pending.MARKETPLACES]


def _rows(what: str, rows: Iterator[Row]) -> Iterator[Row]:
    with answering(what):
        yield from rows
