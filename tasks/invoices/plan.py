"""Plan, the part about invoices: what would go out, and when, and how many business orders would get theirs late."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ledger import document_reports
from ledger.database import Connection, Ledger
from ledger.documents import DOCUMENTS, Document
from ledger.state import OPEN, Action, State
from ledger.transitions import Key
from rules.invoices import defect_rate, forecast
from rules.reason import Reason
from settings.marketplaces import marketplace_of
from settings.schema import Seller
from tasks.actions import INVOICE
from tasks.gate import closed
from tasks.reviews.plan import Plan, Planned

COUNTED = timedelta(days=14)
"""Amazon's rate of a day is that of the orders placed 13 to 7 days before (Seller Central help, "Invoice Defect Rate");
the forecast takes all that this rate counts today or within the next week."""
MOST_DEFECTS = Decimal("0.05")
RATED = ("DE", "ES", "FR", "IT", "UK")
"""Marketplaces with such a rate (the same page)."""
TO_COME = (State.WAITING, State.DUE)


@dataclass(frozen=True, slots=True)
class DefectRate:
    """Of one marketplace: `rate` from 0 to 1 of so many business orders. Amazon wants less than 0.05."""

    seller: str
    marketplace: str
    orders: int
    rate: Decimal


@dataclass(frozen=True, slots=True)
class InvoicePlan(Plan):
    """The plan of a seller's documents, and the forecast of its defect rates."""

    defect_rates: list[DefectRate]


def plan_invoices(ledger: Ledger, seller: Seller, now: datetime, days: int) -> InvoicePlan:
    """The plan of a seller's documents for the next days, from what the ledger knows."""
    until = now + timedelta(days=days)
    planned: dict[Key, Planned] = {}
    by_reason: Counter[str] = Counter()
    with ledger.read() as connection:
        shut = closed(connection, INVOICE.terms, seller, now)
        for each in DOCUMENTS.in_states(connection, seller.name, (*OPEN, State.SKIPPED, State.HELD, State.REFUSED)):
            to_come = seller.invoices.enabled and each.state in TO_COME
            due_at = _due_at(each, seller, now, until) if to_come else None
            if due_at is None:
                by_reason[each.reason] += 1
            else:
                reason = (shut or Reason.DUE) if each.state is State.DUE else each.reason
                planned[each.key] = Planned(seller.name, each.order_id, each.key.action, due_at, reason)
        rates = _defect_rates(connection, seller, {} if shut else planned, now, until)
    entries = sorted(planned.values(), key=lambda entry: entry.due_at)
    return InvoicePlan(entries, by_reason, shut, rates)


def _due_at(document: Document, seller: Seller, now: datetime, until: datetime) -> datetime | None:
    """When the document goes out if no fact changes; None: not before `until`."""
    at = max(document.next_look_at or now, now)
    if not document.is_made and document.key.action == Action.INVOICE and document.state is State.WAITING:
        return forecast(document.facts, seller, at, until)
    return at if at < until else None


def _defect_rates(
    connection: Connection, seller: Seller, planned: dict[Key, Planned], now: datetime, until: datetime
) -> list[DefectRate]:
    """As they will stand at `until`, if all goes as planned."""
    found: defaultdict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for document, accepted_at in document_reports.of_business_orders(connection, seller.name, now - COUNTED):
        order = document.facts.order
        market = marketplace_of(order.marketplace_id)
        if market and market.code in RATED and order.purchased_at >= now - COUNTED:
            due = planned.get(document.key)
            sent_at = _sent_at(document, accepted_at) or (due.due_at if due else None)
            found[market.code].append((document.deadline or now, sent_at))
    rates = ((code, pairs, defect_rate(pairs, until)) for code, pairs in sorted(found.items()))
    return [DefectRate(seller.name, code, len(pairs), rate) for code, pairs, rate in rates if rate is not None]


def _sent_at(document: Document, accepted_at: datetime | None) -> datetime | None:
    """When it was first sent: sending again later does not make it late. Amazon's answers name no shipment."""
    times = [document.asked_at] if document.state in (State.SENT, State.SUBMITTED) else []
    if not document.key.part:
        times.append(accepted_at)
    return min(filter(None, times), default=None)
