"""Amazon's financial transactions as refunds and releases (model: Finances 2024-06-19).

The model names one `transactionType`, `Shipment`; real data have `Refund` and others (selling-partner-api-models issues
4268, 4274). So what gives money back to a buyer is told by its words, or by its amounts, and counts as a refund of
every order that it names in whatever place: a refund that is not seen lets a buyer be asked who must not be.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from marketplace.amazon.nodes import ORDER_ID, at, money, objects, order_id, text, time
from marketplace.amazon.refund_parts import parts_of, spaced
from marketplace.errors import Broken
from marketplace.port import Transaction, TransactionsPage
from rules.order import UNKNOWN, Money, Refund

LONGEST_KEY = 200
MONEY_BACK = re.compile(
    r"refund|charge ?back|guarantee|\ba.?to.?z\b|claim|reversal|concession|goodwill|buyer ?recharge"
)
POSTAGE = re.compile(r"postage|label")  # given back to the seller
# Amazon's own charges may name an order and are below zero, too.
FEES = re.compile(rf"fee|commission|{POSTAGE.pattern}|shipping ?service|advert|subscription|storage|withh[eo]ld")
CHARGES = re.compile(r"product ?charge|principal|item ?price")
"""What a buyer pays for goods, as `breakdownType` calls it."""


def transactions_page(document: dict[str, Any]) -> TransactionsPage:
    """An answer of listTransactions, reduced to refunds and releases: one `Transaction` for each order they name."""
    if not isinstance(document.get("payload"), dict):
        raise Broken("listTransactions: an answer without payload")
    nodes = objects(document, "payload", "transactions")
    return TransactionsPage(
        transactions=tuple(transaction for node in nodes for transaction in _transactions(node)),
        next_token=text(document, "payload", "nextToken"),
        seen=tuple(f"{text(node, 'transactionId')} {text(node, 'transactionStatus')}" for node in nodes),
        left_out=tuple(_named(node) for node in nodes if _says_so(node) and not _orders(node)),
    )


def gives_back(node: dict[str, Any]) -> bool:
    """Whether it gives money back to the buyer: it says so, or takes a sum from the seller that is no fee."""
    return _says_so(node) or (not FEES.search(_words(node)) and _takes_back(node))


def _says_so(node: dict[str, Any]) -> bool:
    words = _words(node)
    return bool(MONEY_BACK.search(words)) and not POSTAGE.search(words)


def _transactions(node: dict[str, Any]) -> Iterator[Transaction]:
    if gives_back(node):
        key, orders = _key(node), _orders(node)
        refund = _refund(node, key, of_one=len(orders) == 1 and len(_deferred(node)) <= 1)
        for each in orders:
            yield Transaction(key, each, refund=refund)
    elif released_for := _released_for(node):
        for each in _related(node).get("ORDER_ID", ()):
            yield Transaction(_key(node), each, funds_released_for=released_for)


def _words(node: dict[str, Any]) -> str:
    names = (name for name in _related(node) if name not in ("ORDER_ID", "SHIPMENT_ID"))
    said = (text(node, "transactionType"), text(node, "description"), *names)
    return spaced(" ".join(filter(None, said)))


def _takes_back(node: dict[str, Any]) -> bool:
    """A sum below zero. With its parts: if the goods are below zero, or, without goods, anything that is no fee."""
    total = money(node.get("totalAmount"), "currencyAmount")
    if total is None or total.amount >= 0:
        return False
    parts = list(_parts(node)) or [part for item in objects(node, "items") for part in _parts(item)]
    goods = [amount for name, amount in parts if CHARGES.search(name)]
    others = [(name, amount) for name, amount in parts if amount < 0]
    return any(amount < 0 for amount in goods) if goods else not (others and all(FEES.search(n) for n, _ in others))


def _parts(node: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, Any]]:
    for part in objects(node, "breakdowns"):
        if amount := money(part.get("breakdownAmount"), "currencyAmount"):
            yield spaced(text(part, "breakdownType") or ""), amount.amount
        if depth < 8:
            yield from _parts(part, depth + 1)


def _refund(node: dict[str, Any], key: str, *, of_one: bool) -> Refund:
    """`of_one`: it is of one order, and one transaction. Of several, nothing says which got what."""
    total, posted_at = money(node.get("totalAmount"), "currencyAmount"), time(node, "postedDate")
    others = tuple(each for each in _ids(node) if each != key)
    if total is None:
        return Refund(UNKNOWN, posted_at, others=others)
    parts = parts_of(node) if of_one else None
    amount = abs(total.amount) if parts is None else sum((part.amount for part in parts), Decimal(0))
    return Refund(Money(amount, total.currency), posted_at, parts, others)


def _key(node: dict[str, Any]) -> str:
    """Its id; of money that was deferred before, the id that it had then. Without one: always the same for the same."""
    if known := _ids(node):
        return known[0]
    told = [
        *(text(node, name) for name in ("transactionId", "transactionType", "description", "postedDate")),
        *_orders(node),
    ]
    return f"unnamed-{sha256(repr((told, at(node, 'totalAmount'))).encode()).hexdigest()[:32]}"


def _ids(node: dict[str, Any]) -> tuple[str, ...]:
    """Those under which Amazon lists it: first the one that it had while it was deferred, if it names that."""
    named = (*_deferred(node)[:1], text(node, "transactionId"), *_related(node).get("RELEASE_TRANSACTION_ID", ())[:1])
    return tuple(dict.fromkeys(each for each in named if each and len(each) <= LONGEST_KEY))


def _deferred(node: dict[str, Any]) -> tuple[str, ...]:
    return _related(node).get("DEFERRED_TRANSACTION_ID", ())


def _released_for(node: dict[str, Any]) -> datetime | None:
    """Funds are deferred until seven days after delivery (DD7); B2B deferrals say nothing about delivery."""
    if (text(node, "transactionStatus") or "").upper() != "DEFERRED_RELEASED":  # seen as Deferred_Released, too
        return None
    dates = (time(each, "maturityDate") for each in objects(node, "contexts") if each.get("deferralReason") == "DD7")
    return max((date for date in dates if date), default=None)


def _orders(node: dict[str, Any]) -> tuple[str, ...]:
    """Every order that it names: as ORDER_ID, or in any other place by what order ids look like."""
    named = dict.fromkeys(_related(node).get("ORDER_ID", ()))
    return tuple(named | dict.fromkeys(found for words in _texts(node) for found in ORDER_ID.findall(words)))


def _texts(node: Any) -> Iterator[str]:
    rest = [node]
    while rest:
        each = rest.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            rest += each.values()
        elif isinstance(each, list):
            rest += each


def _named(node: dict[str, Any]) -> str:
    kind, posted = (text(node, "transactionType") or "of no type")[:40], time(node, "postedDate")
    return (
        f"money given back that names no order ({kind}, {posted:%Y-%m-%d})" if posted else f"money given back ({kind})"
    )


def _related(node: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """The related identifiers by name in capitals, each value once."""
    found: dict[str, dict[str, None]] = {}
    for each in objects(node, "relatedIdentifiers"):
        name = (text(each, "relatedIdentifierName") or "").upper()
        read = order_id if name == "ORDER_ID" else text
        if name and (value := read(each, "relatedIdentifierValue")):
            found.setdefault(name, {})[value] = None
    return {name: tuple(values) for name, values in found.items()}
