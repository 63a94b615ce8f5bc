"""A refund as listTransactions lists it: what the buyer got back, and beside it the fees that Amazon gives back.

Names of the parts: marketplace/amazon/refund_parts.py says where they were seen. On top, what is below zero stands
under Expenses, what is above under Sales (selling-partner-api-models issue 4274).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from marketplace.simulator.sim_order import SimOrder, SimRefund
from marketplace.simulator.sim_sale import SimPrice
from rules.sale import ZERO, to_cent

PRINCIPALS = {"ITEM": ("ProductCharges", "OurPrice"), "SHIPPING": ("Shipping", "Shipping")}
PRINCIPALS |= {"GIFT_WRAP": ("Giftwrap", "Giftwrap")}
MOST_REFUND_FEE = Decimal(5)

Parts = dict[str, dict[str, Decimal]]
"""Amounts by container and name, as the seller's account sees them: below zero is what the buyer got."""


def refund(order: SimOrder, which: SimRefund) -> dict[str, object]:
    """`totalAmount`, `items` and `breakdowns`."""
    items = {number: _parts(order, number, given, which) for number, given in which.given_back(order).items()}
    currency = which.amount.currency
    whole: dict[str, Decimal] = {}
    for parts in items.values():
        for container, inner in parts.items():
            whole[container] = whole.get(container, ZERO) + sum(inner.values())
    sides = {
        "Sales": {name: amount for name, amount in whole.items() if amount >= 0},
        "Expenses": {name: amount for name, amount in whole.items() if amount < 0},
    }
    return {
        "totalAmount": _money(sum(whole.values(), ZERO), currency),
        "items": [_item(order, number, parts, currency) for number, parts in items.items()],
        "breakdowns": [_part(side, inner, currency) for side, inner in sides.items() if inner],
    }


def _parts(order: SimOrder, number: int, given: Mapping[str, Decimal], which: SimRefund) -> Parts:
    price = order.prices[number - 1] if order.prices else SimPrice(ZERO)
    parts: Parts = {}
    for container, name, amount in _amounts(price, given, order.tax_on_top):
        parts.setdefault(container, {})[name] = amount
    commission = to_cent(sum(given.values()) * which.commission)
    if commission:
        kept = min(MOST_REFUND_FEE, to_cent(commission / 5))
        parts["AmazonFees"] = {"Commission": commission, "RefundCommission": -kept}
    return parts


def _amounts(price: SimPrice, given: Mapping[str, Decimal], on_top: bool) -> Iterator[tuple[str, str, Decimal]]:
    discounts = {kind: discount for kind, _, discount in price.charges}
    paid = {kind: amount - discounts[kind] for kind, amount, _ in price.charges}
    for kind, amount in given.items():
        if kind == "GOODWILL":
            yield "ProductCharges", "GoodwillPrincipal", -amount
            continue
        container, name = PRINCIPALS[kind]
        tax = price.tax_on(amount, on_top=False)  # `amount` has the tax within, in North America, too
        discount = discounts[kind] if amount - on_top * tax == paid[kind] else ZERO
        yield container, f"{name}Principal", -(amount - tax + discount)
        if discount:
            yield "PromoRebates", f"{name}Discount", discount
        if tax:
            yield "Tax", f"{name}Tax", -tax
        if tax and on_top:
            yield "Tax", "MarketplaceFacilitatorTax-" + ("Principal" if kind == "ITEM" else "Shipping"), tax


def _item(order: SimOrder, number: int, parts: Parts, currency: str) -> dict[str, Any]:
    item = order.items[number - 1]
    context = {"contextType": "ProductContext", "asin": item.asin, "sku": item.sku, "quantityShipped": item.quantity}
    return {
        "description": order.prices[number - 1].title if order.prices else "A product",
        "totalAmount": _money(sum((sum(inner.values(), ZERO) for inner in parts.values()), ZERO), currency),
        "relatedIdentifiers": [],
        "breakdowns": [_part(container, inner, currency) for container, inner in parts.items()],
        "contexts": [context | {"fulfillmentNetwork": "AFN" if order.fulfilled_by == "AMAZON" else "MFN"}],
    }


def _part(name: str, inner: Mapping[str, Decimal], currency: str) -> dict[str, object]:
    return {
        "breakdownType": name,
        "breakdownAmount": _money(sum(inner.values(), ZERO), currency),
        "breakdowns": [
            {"breakdownType": each, "breakdownAmount": _money(amount, currency), "breakdowns": None}
            for each, amount in inner.items()
        ],
    }


def _money(amount: Decimal, currency: str) -> dict[str, object]:
    return {"currencyAmount": float(amount), "currencyCode": currency}
