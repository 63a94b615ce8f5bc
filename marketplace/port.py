"""What askonce asks of a marketplace, as one seller."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from rules.order import Order, Refund


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """One page of orders. `as_of`: the page holds every change up to then; given on every page."""

    orders: tuple[Order, ...]
    next_token: str | None
    as_of: datetime
    unreadable: int = 0  # orders on the page that could not be read, and were left out


@dataclass(frozen=True, slots=True)
class Transaction:
    """What one financial transaction says of one order: a refund, or funds released (DD7), or both absent."""

    transaction_id: str
    order_id: str
    refund: Refund | None = None
    funds_released_for: datetime | None = None  # maturityDate of a released DD7 deferral


@dataclass(frozen=True, slots=True)
class TransactionsPage:
    """One page of transactions; a page may be empty and not be the last."""

    transactions: tuple[Transaction, ...]
    next_token: str | None


class Report(StrEnum):
    """The reports that askonce reads (Reports API 2021-06-30 report types)."""

    MERCHANT_RETURNS = "GET_FLAT_FILE_RETURNS_DATA_BY_RETURN_DATE"
    FBA_RETURNS = "GET_FBA_FULFILLMENT_CUSTOMER_RETURNS_DATA"
    FBA_SHIPMENTS = "GET_AMAZON_FULFILLED_SHIPMENTS_DATA_GENERAL"


@dataclass(frozen=True, slots=True)
class ReportRow:
    """The one thing a report row is read for: an order id, and for shipments the estimated arrival."""

    order_id: str
    arrival: datetime | None = None


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


class Marketplace(Protocol):
    """One seller's marketplace. Every method may raise an `Answer` (marketplace/errors.py); a read, never Unclear."""

    @property
    def calls(self) -> Counter[str]:
        """How many requests were made so far, by the marketplace's name of the operation."""

    def participations(self) -> tuple[Participation, ...]: ...

    def orders(self, *, updated_after: datetime, page_token: str | None = None) -> OrdersPage: ...

    def transactions(self, *, posted_after: datetime, page_token: str | None = None) -> TransactionsPage: ...

    def create_report(self, report: Report, *, start: datetime, end: datetime) -> str: ...

    def report_status(self, report_id: str) -> ReportStatus: ...

    def report_rows(self, report: Report, document_id: str) -> Iterator[ReportRow]: ...

    def review_offered(self, order_id: str, marketplace_id: str) -> bool: ...

    def request_review(self, order_id: str, marketplace_id: str) -> Receipt: ...
