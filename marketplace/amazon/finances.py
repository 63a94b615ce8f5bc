"""Amazon's financial transactions as refunds and releases (model: Finances 2024-06-19)."""

from datetime import datetime
from typing import Any

from marketplace.amazon.nodes import money, objects, text, time
from marketplace.errors import Broken
from marketplace.port import Transaction, TransactionsPage
from rules.order import Money, Refund


def transactions_page(document: dict[str, Any]) -> TransactionsPage:
    """An answer of listTransactions, reduced to refunds and releases: one `Transaction` for each order they name."""
    if not isinstance(document.get("payload"), dict):
        raise Broken("listTransactions: an answer without payload")
    return TransactionsPage(
        transactions=tuple(t for node in objects(document, "payload", "transactions") for t in _transactions(node)),
        next_token=text(document, "payload", "nextToken"),
    )


def _transactions(node: dict[str, Any]) -> tuple[Transaction, ...]:
    order_ids = _related(node).get("ORDER_ID", ())
    if not order_ids:
        return ()
    refund = _refund(node) if _is_refund(node) else None
    released_for = None if refund else _released_for(node)
    if not (refund or released_for):
        return ()
    transaction_id = text(node, "transactionId")
    if transaction_id is None:
        raise Broken("listTransactions: a transaction without transactionId")
    return tuple(Transaction(transaction_id, order_id, refund, released_for) for order_id in order_ids)


def _is_refund(node: dict[str, Any]) -> bool:
    """The model names only `Shipment`; real data say `Refund` (selling-partner-api-models issues 4268 and 4274)."""
    return (
        (text(node, "transactionType") or "").lower() == "refund"
        or "REFUND_ID" in _related(node)
        or (text(node, "description") or "").lower().startswith("refund")
    )


def _refund(node: dict[str, Any]) -> Refund:
    """Raises Broken rather than lose a refund that it cannot read."""
    amount, posted_at = money(node.get("totalAmount"), "currencyAmount"), time(node, "postedDate")
    if amount is None or posted_at is None:
        raise Broken("listTransactions: a refund without totalAmount or postedDate")
    return Refund(Money(abs(amount.amount), amount.currency), posted_at)


def _released_for(node: dict[str, Any]) -> datetime | None:
    """Funds are deferred until seven days after delivery (DD7); B2B deferrals say nothing about delivery."""
    if text(node, "transactionStatus") != "DEFERRED_RELEASED":
        return None
    dates = (time(each, "maturityDate") for each in objects(node, "contexts") if each.get("deferralReason") == "DD7")
    return max((date for date in dates if date), default=None)


def _related(node: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The related identifiers by name, each value once."""
    found: dict[str, dict[str, None]] = {}
    for each in objects(node, "relatedIdentifiers"):
        name, value = text(each, "relatedIdentifierName"), text(each, "relatedIdentifierValue")
        if name and value:
            found.setdefault(name, {})[value] = None
    return {name: tuple(values) for name, values in found.items()}
