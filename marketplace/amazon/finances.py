"""Amazon's financial transactions as refunds and releases (model: Finances 2024-06-19).

The model names one `transactionType`, `Shipment`; real data have `Refund` and others (selling-partner-api-models issues
4268, 4274). So what gives money back to a buyer is told by its words, or by its amounts, and counts as a refund of
every order that it names in whatever place: a refund that is not seen lets a buyer be asked who must not be.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from functools import cached_property
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
    listed = [_Listed(node) for node in objects(document, "payload", "transactions")]
    return TransactionsPage(
        transactions=tuple(transaction for each in listed for transaction in each.transactions()),
        next_token=text(document, "payload", "nextToken"),
        seen=tuple(f"{text(each.node, 'transactionId')} {text(each.node, 'transactionStatus')}" for each in listed),
        left_out=tuple(each.named for each in listed if each.says_money_back and not each.orders),
    )


class _Listed:
    """One transaction as Amazon lists it."""

    def __init__(self, node: dict[str, Any]) -> None:
        self.node = node

    @cached_property
    def related(self) -> dict[str, tuple[str, ...]]:
        """The related identifiers by name in capitals, each value once."""
        found: dict[str, dict[str, None]] = {}
        for each in objects(self.node, "relatedIdentifiers"):
            name = (text(each, "relatedIdentifierName") or "").upper()
            read = order_id if name == "ORDER_ID" else text
            if name and (value := read(each, "relatedIdentifierValue")):
                found.setdefault(name, {})[value] = None
        return {name: tuple(values) for name, values in found.items()}

    @cached_property
    def words(self) -> str:
        names = (name for name in self.related if name not in ("ORDER_ID", "SHIPMENT_ID"))
        said = (text(self.node, "transactionType"), text(self.node, "description"), *names)
        return spaced(" ".join(filter(None, said)))

    @cached_property
    def says_money_back(self) -> bool:
        return bool(MONEY_BACK.search(self.words)) and not POSTAGE.search(self.words)

    @cached_property
    def orders(self) -> tuple[str, ...]:
        """Every order that it names: as ORDER_ID, or in any other place by what order ids look like."""
        named = dict.fromkeys(self.related.get("ORDER_ID", ()))
        return tuple(named | dict.fromkeys(found for words in _texts(self.node) for found in ORDER_ID.findall(words)))

    @property
    def named(self) -> str:
        kind, posted = (text(self.node, "transactionType") or "of no type")[:40], time(self.node, "postedDate")
        about = f"{kind}, {posted:%Y-%m-%d}" if posted else kind
        return f"money given back that names no order ({about})"

    def transactions(self) -> Iterator[Transaction]:
        if self._gives_back:
            key = self._key
            refund = self._refund(key, of_one=len(self.orders) == 1 and len(self._deferred) <= 1)
            for each in self.orders:
                yield Transaction(key, each, refund=refund)
        elif released_for := self._released_for:
            for each in self.related.get("ORDER_ID", ()):
                yield Transaction(self._key, each, funds_released_for=released_for)

    @property
    def _gives_back(self) -> bool:
        """Whether it gives money back to the buyer: it says so, or takes a sum from the seller that is no fee."""
        return self.says_money_back or (not FEES.search(self.words) and _takes_back(self.node))

    def _refund(self, key: str, *, of_one: bool) -> Refund:
        """`of_one`: it is of one order, and one transaction. Of several, nothing says which got what."""
        total, posted_at = money(self.node.get("totalAmount"), "currencyAmount"), time(self.node, "postedDate")
        others = tuple(each for each in self._ids if each != key)
        if total is None:
            return Refund(UNKNOWN, posted_at, others=others)
        parts = parts_of(self.node) if of_one else None
        amount = abs(total.amount) if parts is None else sum((part.amount for part in parts), Decimal(0))
        return Refund(Money(amount, total.currency), posted_at, parts, others)

    @property
    def _key(self) -> str:
        """Its id; of money that was deferred before, the id that it had then; without one, what is always the same."""
        if known := self._ids:
            return known[0]
        names = ("transactionId", "transactionType", "description", "postedDate")
        told = [*(text(self.node, name) for name in names), *self.orders]
        return f"unnamed-{sha256(repr((told, at(self.node, 'totalAmount'))).encode()).hexdigest()[:32]}"

    @property
    def _ids(self) -> tuple[str, ...]:
        """Those under which Amazon lists it: first the one that it had while it was deferred, if it names that."""
        released = self.related.get("RELEASE_TRANSACTION_ID", ())[:1]
        named = (*self._deferred[:1], text(self.node, "transactionId"), *released)
        return tuple(dict.fromkeys(each for each in named if each and len(each) <= LONGEST_KEY))

    @property
    def _deferred(self) -> tuple[str, ...]:
        return self.related.get("DEFERRED_TRANSACTION_ID", ())

    @property
    def _released_for(self) -> datetime | None:
        """Funds are deferred until seven days after delivery (DD7); B2B deferrals say nothing about delivery."""
        if (text(self.node, "transactionStatus") or "").upper() != "DEFERRED_RELEASED":  # also Deferred_Released
            return None
        dates = (
            time(each, "maturityDate") for each in objects(self.node, "contexts") if each.get("deferralReason") == "DD7"
        )
        return max((date for date in dates if date), default=None)


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
