"""What askonce asks of a marketplace, as one seller."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from rules.order import Order, Refund
from rules.sale import Sale


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """One page of orders, each once. `as_of`: the page holds every change up to then; given on every page."""

    orders: tuple[Order, ...]
    next_token: str | None
    as_of: datetime
    left_out: tuple[str, ...] = ()  # orders that could not be read, each in words


@dataclass(frozen=True, slots=True)
class Transaction:
    """What one financial transaction says of one order: a refund, or funds released (DD7).

    Money that is deferred and later released is listed twice, and has the `transaction_id` of the first both times.
    """

    transaction_id: str
    order_id: str
    refund: Refund | None = None
    funds_released_for: datetime | None = None  # maturityDate of a released DD7 deferral


@dataclass(frozen=True, slots=True)
class TransactionsPage:
    """One page of transactions; a page may be empty and not be the last."""

    transactions: tuple[Transaction, ...]
    next_token: str | None
    left_out: tuple[str, ...] = ()  # money given back that names no order, each in words
    seen: tuple[str, ...] = ()  # which transactions the page holds, whatever they say


class Report(StrEnum):
    """The reports that askonce reads (Reports API 2021-06-30 report types)."""

    MERCHANT_RETURNS = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
    FBA_RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
    FBA_SHIPMENTS = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"
    ALL_ORDERS = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
    PENDING_INVOICES = "GET_FLAT_FILE_VAT_INVOICE_DATA_REPORT"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """What a report row is read for: an order id, and for shipments when it left and is to arrive."""

    order_id: str  # empty: it could not be read
    arrival: datetime | None = None
    problem: str = ""  # what could not be read of it, in words
    shipped_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """`document_id` is set when the report is done and has data; `done` without it: there was no data."""

    done: bool
    document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Participation:
    """One marketplace the seller's account takes part in."""

    marketplace_id: str
    participating: bool
    suspended: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """The marketplace accepted; `request_id` is what its support asks for."""

    request_id: str | None


@dataclass(frozen=True, slots=True)
class InvoiceLabel:
    """What goes to Amazon beside an invoice's PDF."""

    order_id: str
    marketplace_id: str
    number: str
    total: Decimal  # VAT included
    vat: Decimal | None = None  # None: not known
    credit_note: bool = False
    shipping_id: str | None = None
    transaction_id: str | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """One upload of an invoice, as Amazon lists it."""

    feed_id: str
    created_at: datetime
    done: bool  # whatever came of it
    result_id: str | None = None  # of the processing report; a feed without it has failed as a whole


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """One line of a processing report: Amazon's code, if it gives one, and its words (without data of the buyer)."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class FeedResult:
    """What the processing report of one upload says. A feed that is done may have been rejected."""

    accepted: bool | None  # None: the report does not say, or not yet
    problems: tuple[FeedProblem, ...] = ()


@dataclass(frozen=True, slots=True)
class PendingInvoice:
    """A shipment, or a refund, for which Amazon's VAT Calculation Service still misses the seller's document."""

    sale: Sale
    credit_note: bool
    status: str  # invoice-status, in Amazon's words
    detail: str  # invoice-status-description: why the last upload was rejected
    problem: str = ""  # why it cannot be read, in words; the sale then has no lines


class Marketplace(Protocol):
    """One seller's marketplace. Every method may raise an `Answer` (marketplace/errors.py); a read, never Unclear."""

    @property
    def calls(self) -> Counter[str]:
        """How many requests were made so far, by the marketplace's name of the operation."""

    def participations(self) -> tuple[Participation, ...]: ...

    def orders(self, *, updated_after: datetime, page_token: str | None = None) -> OrdersPage: ...

    def order(self, order_id: str) -> Order:
        """One order, as a page of `orders` would have it. Raises Refused with status 404: there is none of that id."""

    def transactions(
        self, *, posted_after: datetime, posted_before: datetime | None = None, page_token: str | None = None
    ) -> TransactionsPage:
        """Posted from `posted_after` on, and before `posted_before` (None: until two minutes ago)."""

    def create_report(
        self, report: Report, *, start: datetime, end: datetime, marketplace_ids: Sequence[str] = ()
    ) -> str:
        """`marketplace_ids`: all of the seller's when there are none. Broken with status 400: one is not allowed."""

    def report_status(self, report_id: str) -> ReportStatus: ...

    def report_rows(self, report: Report, document_id: str) -> Iterator[ReportRow]: ...

    def reported_orders(self, document_id: str, start: datetime) -> Iterator[Order | str]:
        """The orders of an All Orders report that begins at `start`, each once; in words, a line that names none."""

    def review_offered(self, order_id: str, marketplace_id: str) -> bool: ...

    def request_review(self, order_id: str, marketplace_id: str) -> Receipt: ...

    def sale(self, order_id: str) -> Sale:
        """The order with the buyer's name and address, for its invoice alone (restricted roles)."""

    def buyer_language(self, order_id: str, marketplace_id: str) -> str | None:
        """The buyer's language, as `fr-FR`; None: Amazon does not say."""

    def pending_invoices(self, document_id: str) -> Iterator[PendingInvoice]: ...

    def upload_invoice(self, pdf: bytes) -> str:
        """Put the PDF where `submit_invoice` finds it. Has no effect by itself. Europe only."""

    def submit_invoice(self, upload_id: str, label: InvoiceLabel) -> str:
        """The irrevocable call in Europe. Returns the feed's id; Amazon reads it later. May raise Unclear."""

    def feed(self, feed_id: str) -> Feed: ...

    def feeds(self, *, since: datetime) -> tuple[Feed, ...]:
        """All uploads of invoices since then: where an upload is found again whose answer was lost."""

    def feed_result(self, result_id: str) -> FeedResult: ...

    def invoice_offered(self, order_id: str, marketplace_id: str) -> bool:
        """Whether Amazon takes an invoice as a message for this order. North America only."""

    def attach_invoice(self, order_id: str, marketplace_id: str, pdf: bytes) -> str:
        """Put the PDF where `send_invoice` finds it. Has no effect by itself. North America only."""

    def send_invoice(self, order_id: str, marketplace_id: str, upload_id: str, file_name: str) -> Receipt:
        """The irrevocable call in North America: a message to the buyer. May raise Unclear."""
