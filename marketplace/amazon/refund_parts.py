"""What a buyer got back, out of a refund's breakdowns (model: Finances 2024-06-19).

`totalAmount` is what the seller is debited: it holds the commission that Amazon gives back (selling-partner-api-models
issue 4274). The breakdowns "detail how the total amount is calculated"; what they are called, the model leaves open.
Seen in answers to real accounts, as public programs have written them down:

| breakdownType                                                                  | whose               |
|--------------------------------------------------------------------------------|---------------------|
| Sales, Expenses, Refunded Sales, Refunded Expenses                             | that of their parts |
| ProductCharges: OurPricePrincipal, GoodwillPrincipal, RestockingDeduction…     | the buyer's         |
| Shipping: ShippingPrincipal · Giftwrap: GiftwrapPrincipal                      | the buyer's         |
| Tax: OurPriceTax, ShippingTax, ShippingTaxDiscount, GiftwrapTax                | the buyer's         |
| PromoRebates: OurPriceDiscount, ShippingDiscount                               | the buyer's         |
| AmazonFees: Commission, RefundCommission, ShippingChargeback, …Fee             | the seller's        |
| MarketplaceFacilitatorTax-…, MarketplaceFacilitatorVAT-…, LowValueGoodsTax-…   | the seller's        |

Items tell of which SKU a part is; where they do not add up to the total, the transaction's own breakdowns are taken.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from marketplace.amazon.nodes import money, objects, text
from marketplace.amazon.sales import divided
from rules.order import Money, RefundPart
from rules.sale import ZERO, Charge

DEEPEST = 8
_SELLERS = re.compile(
    r"fee|commission|charge ?back|facilitator|low ?value ?goods|withh[eo]ld|postage|label|reserve|\bt[cd]s\b"
)
_CHARGES = (
    (Charge.GIFT_WRAP, re.compile(r"gift")),
    (Charge.SHIPPING, re.compile(r"shipping|delivery")),
    (
        Charge.ITEM,
        re.compile(r"product ?charge|principal|our ?price|item ?price|goodwill|restocking|promo|discount|rebate"),
    ),
)
_TAX = re.compile(r"\b(tax|vat|gst)\b")


@dataclass(frozen=True, slots=True)
class _Leaf:
    """An amount of which no smaller parts are told. `path`: its names, from the outermost on."""

    path: str
    amount: Money
    sku: str | None


def parts_of(node: dict[str, Any]) -> tuple[RefundPart, ...] | None:
    """What the buyer got back in a refund, by item and charge. None: it cannot be told."""
    total = money(node.get("totalAmount"), "currencyAmount")
    if total is None:
        return None
    items = [leaf for item in objects(node, "items") for leaf in _leaves(item, _sku(item))]
    for leaves in (items, list(_leaves(node, None))):
        same = all(leaf.amount.currency == total.currency for leaf in leaves)
        if leaves and same and sum(leaf.amount.amount for leaf in leaves) == total.amount:
            return _parts(leaves)
    return None


def _leaves(node: dict[str, Any], sku: str | None, path: str = "", depth: int = 0) -> Iterator[_Leaf]:
    # in the model's example the transaction's breakdowns are an object that holds the list
    for part in objects(node, "breakdowns") or objects(node, "breakdowns", "breakdowns"):
        name = f"{path}/{spaced(text(part, 'breakdownType') or '')}"
        inner = list(_leaves(part, sku, name, depth + 1)) if depth < DEEPEST else []
        own = money(part.get("breakdownAmount"), "currencyAmount")
        if own and (not inner or sum(leaf.amount.amount for leaf in inner) != own.amount):
            yield _Leaf(name, own, sku)
        else:
            yield from inner


def spaced(name: str) -> str:
    """`ProductCharges` as `product charges`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", name).lower()


@dataclass(slots=True)
class _Item:
    """By charge: amounts and taxes, of which those below zero are given back. `tax`: of no charge in particular."""

    amounts: dict[Charge, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    taxes: dict[Charge, Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    tax: Decimal = ZERO


def _parts(leaves: Iterable[_Leaf]) -> tuple[RefundPart, ...] | None:
    items: defaultdict[str | None, _Item] = defaultdict(_Item)
    for leaf in leaves:
        item, amount = items[leaf.sku], leaf.amount.amount
        if not amount or _SELLERS.search(leaf.path):
            continue
        charge = next((each for each, words in _CHARGES if words.search(leaf.path)), None)
        is_tax = bool(_TAX.search(leaf.path))
        if charge and is_tax:
            item.taxes[charge] += amount
        elif charge:
            item.amounts[charge] += amount
        elif is_tax:
            item.tax += amount
        else:
            return None  # words that are new: the buyer's, or not
    found = tuple(part for sku, item in items.items() for part in _of_item(sku, item))
    return found if all(part.amount > 0 for part in found) else None


def _of_item(sku: str | None, item: _Item) -> Iterator[RefundPart]:
    charged = {str(charge): amount for charge, amount in item.amounts.items()} or {Charge.ITEM: Decimal(1)}
    loose = divided(item.tax, charged)
    for charge in Charge:
        tax = item.taxes[charge] + loose.get(charge, ZERO)
        if amount := item.amounts[charge] + tax:
            yield RefundPart(charge, -amount, -tax, sku)


def _sku(item: dict[str, Any]) -> str | None:
    return next((sku for context in objects(item, "contexts") if (sku := text(context, "sku"))), None)
