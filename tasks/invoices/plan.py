"""Plan, the part about invoices: what would go out, and when, and how many business orders would get theirs late."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger import document_reports, orders
from ledger.database import Connection, Ledger
from ledger.state import OPEN, Action, State
from rules.invoices import defect_rate, forecast
from rules.reason import Reason
from settings.marketplaces import marketplace_of
from settings.schema import Seller
from tasks.invoices.send import closed as gate
from tasks.reviews.plan import Planned

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
class InvoicePlan:
    """What goes out within the days asked for, soonest first; `by_reason` counts all other documents that are not sent.

    `closed`: why none of the seller's goes out at present.
    """

    entries: list[Planned]
    by_reason: Counter[str]
    closed: Reason | None
    defect_rates: list[DefectRate]


def plan_invoices(ledger: Ledger, seller: Seller, now: datetime, days: int) -> InvoicePlan:
    """The plan of a seller's documents for the next days, from what the ledger knows."""
    until = now + timedelta(days=days)
    planned: dict[tuple[str, str, str], Planned] = {}
    by_reason: Counter[str] = Counter()
    with ledger.read() as connection:
        closed = gate(connection, seller, now)
        for row in document_reports.in_states(
            connection, seller.name, (*OPEN, State.SKIPPED, State.HELD, State.REFUSED)
        ):
            to_come = seller.invoices.enabled and row.state in TO_COME
            due_at = _due_at(row, seller, now, until) if to_come else None
            if due_at is None:
                by_reason[row.reason] += 1
            else:
                reason = (closed or Reason.DUE) if row.state == State.DUE else Reason(row.reason)
                key = (row.order_id, row.kind, row.part)
                planned[key] = Planned(seller.name, row.order_id, Action(row.kind), due_at, reason)
        rates = _defect_rates(connection, seller, {} if closed else planned, now, until)
    entries = sorted(planned.values(), key=lambda entry: entry.due_at)
    return InvoicePlan(entries, by_reason, closed, rates)


def _due_at(row: Any, seller: Seller, now: datetime, until: datetime) -> datetime | None:
    """When the document goes out if no fact changes; None: not before `until`."""
    at = max(row.next_look_at or now, now)
    if row.number is None and row.kind == Action.INVOICE and row.state == State.WAITING:
        return forecast(orders.facts(row), seller, at, until)
    return at if at < until else None


def _defect_rates(
    connection: Connection, seller: Seller, planned: dict[tuple[str, str, str], Planned], now: datetime, until: datetime
) -> list[DefectRate]:
    """As they will stand at `until`, if all goes as planned."""
    found: defaultdict[str, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for row in document_reports.of_business_orders(connection, seller.name, now - COUNTED):
        order = orders.facts(row).order
        market = marketplace_of(order.marketplace_id)
        if market and market.code in RATED and order.purchased_at >= now - COUNTED:
            due = planned.get((row.order_id, row.kind, row.part))
            found[market.code].append((row.deadline, _sent_at(row) or (due.due_at if due else None)))
    rates = ((code, pairs, defect_rate(pairs, until)) for code, pairs in sorted(found.items()))
    return [DefectRate(seller.name, code, len(pairs), rate) for code, pairs, rate in rates if rate is not None]


def _sent_at(row: Any) -> datetime | None:
    """What was sent again later on was in time if the first one was. Amazon's answers do not name a shipment."""
    times = [row.asked_at] if row.state in (State.SENT, State.SUBMITTED) else []
    if not row.part:
        times.append(row.accepted_at)
    return min(filter(None, times), default=None)
