"""Explain: everything that is known of one order, and what follows from it."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ledger import document_reports, history, orders, requests, sources
from ledger.database import Connection, Ledger
from ledger.sources import Reading
from ledger.state import State
from rules import invoices, reviews
from rules.delivery import Delivered, delivery
from rules.order import Facts, Source
from rules.reason import Reason
from settings.schema import Seller
from tasks.gate import Gate, stale_sources
from tasks.invoices.present import described
from tasks.invoices.send import closed as invoices_closed


def explain(ledger: Ledger, seller: Seller, order_id: str, now: datetime) -> dict[str, Any] | None:
    """The explanation as a JSON document (docs: the contract's `explain`); None: no such order in the ledger."""
    with ledger.read() as connection:
        row = requests.one(connection, seller.name, order_id)
        if row is None:
            return None
        answered = answers(connection, seller.name, order_id)
        documented = list(document_reports.listed(connection, [seller.name], order_id=order_id))
        invoices_shut = invoices_closed(connection, seller, now)
        readings = sources.readings(connection, seller.name)
        closed = Gate.read(connection, seller, now).closed(connection, now)
    facts = orders.facts(row)
    delivered = delivery(facts, now)
    state, reason = State(row.state), Reason(row.reason)
    if state is State.DUE and closed:
        reason = closed
    return {
        "seller": seller.name,
        "order_id": order_id,
        "state": state,
        "reason": reason,
        "meaning": reason.meaning,
        "remedy": reason.remedy,
        "delivered_at": delivered.at if isinstance(delivered, Delivered) else None,
        "delivered_basis": delivered.basis if isinstance(delivered, Delivered) else None,
        "facts": [
            {"name": name, "value": value, "source": source, "as_of": readings[source].as_of}
            for name, value, source in _facts(facts)
        ],
        "sources": [_source(seller, source, reading, now) for source, reading in readings.items()],
        "rules": [asdict(verdict) for verdict in reviews.explain(facts, seller, now)],
        "attempts": answered,
        "asked_at": row.asked_at,
        "next_look_at": row.next_look_at,
        "documents": [described(each, invoices_shut) for each in documented],
        "invoice_rules": [asdict(verdict) for verdict in invoices.explain(facts, seller, now)],
    }


def answers(connection: Connection, seller: str, order_id: str) -> list[dict[str, Any]]:
    """Every answer of the marketplace about the order, oldest first."""
    return [
        {
            "at": answer.at,
            "action": answer.action,
            "part": answer.part or "",
            "state": answer.state,
            "reason": answer.reason,
            "detail": answer.detail,
            "status": answer.status,
            "request_id": answer.request_id,
        }
        for answer in history.attempts_of(connection, seller, order_id)
    ]


def _facts(facts: Facts) -> list[tuple[str, Any, Source]]:
    order = facts.order
    return [
        ("channel", order.channel, Source.ORDERS),
        ("marketplace_id", order.marketplace_id, Source.ORDERS),
        ("status", order.status, Source.ORDERS),
        ("fulfilled_by", order.fulfilled_by, Source.ORDERS),
        ("purchased_at", order.purchased_at, Source.ORDERS),
        ("updated_at", order.updated_at, Source.ORDERS),
        ("items", [asdict(item) for item in order.items], Source.ORDERS),
        ("value", asdict(order.value) if order.value else None, Source.ORDERS),
        ("programs", order.programs, Source.ORDERS),
        ("packages", [asdict(package) for package in order.packages], Source.ORDERS),
        ("deliver_by", order.deliver_by, Source.ORDERS),
        ("not_delivered_at", facts.not_delivered_at, Source.ORDERS),
        ("seen_delivered_at", facts.seen_delivered_at, Source.ORDERS),
        ("replaces", order.original_order_ids, Source.ORDERS),
        ("replaced_by", facts.replaced_by, Source.ORDERS),
        ("refunds", [asdict(refund) for refund in facts.refunds], Source.FINANCES),
        ("funds_released_for", facts.funds_released_for, Source.FINANCES),
        ("returned_by", facts.returned_by, facts.returned_by or Source.MERCHANT_RETURNS),
        ("fba_arrival", facts.fba_arrival, Source.FBA_SHIPMENTS),
    ]


def _source(seller: Seller, source: Source, reading: Reading, now: datetime) -> dict[str, Any]:
    if source in seller.unavailable_sources:
        verdict = "not looked at: the settings name it in unavailable_sources"
    elif stale_sources(seller, dict.fromkeys(Source, now) | {source: reading.as_of}, now):
        verdict = "stale"
    else:
        verdict = "fresh"
    return {"source": source, "as_of": reading.as_of, "verdict": verdict, "error": reading.error}
