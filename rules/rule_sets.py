"""Which rule set of the settings an order belongs to, and why.

Each item of an order has the first set that fits it. If one of these says `ask = false` the order is not asked, else
the first of them counts for the whole order. What is not known (a SKU, a value) fits a set that says `ask = false`, and
no other: when in doubt a buyer is not asked.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import chain

from msgspec import Struct

from rules.order import Item, Order
from rules.patterns import fits
from rules.readable import money, said, switch
from settings.marketplaces import marketplace_of
from settings.schema import RuleSet

_UNKNOWN = Item(sku=None, asin=None)
"""In place of the items of an order whose items are not known."""


class Look(Struct, frozen=True):
    """One key of a set beside what an order has; `fits` is None where that is not known."""

    key: str
    has: str | None
    fits: bool | None


def chosen(order: Order, sets: Sequence[RuleSet]) -> RuleSet | None:
    """The set that counts for this order; None: none of them fits."""
    found = {place for item in _items(order) if (place := _first(order, item, sets)) is not None}
    best = min(found, key=lambda place: (sets[place].ask, place), default=None)
    return None if best is None else sets[best]


def why(order: Order, rule: RuleSet) -> str:
    """What of this order fits the set, by the set's keys: `skus: COFFEE-1; marketplaces: DE`."""
    looks = next((found for item in _items(order) if _all_fit(found := [*_looks(order, item, rule)], rule)), [])
    return "; ".join(f"{each.key}: {each.has or 'unknown'}" for each in looks) or said(
        "it names none, so every order fits"
    )


def _items(order: Order) -> Sequence[Item]:
    return [item for item in order.items if not item.cancelled] or (_UNKNOWN,)


def _first(order: Order, item: Item, sets: Sequence[RuleSet]) -> int | None:
    return next((place for place, rule in enumerate(sets) if _all_fit(_looks(order, item, rule), rule)), None)


def _all_fit(looks: "Iterator[Look] | Sequence[Look]", rule: RuleSet) -> bool:
    return all(not rule.ask if each.fits is None else each.fits for each in looks)


def _looks(order: Order, item: Item, rule: RuleSet) -> Iterator[Look]:
    return chain(_looks_at_item(item, rule), _looks_at_order(order, rule))


def _looks_at_item(item: Item, rule: RuleSet) -> Iterator[Look]:
    if rule.skus:
        yield Look("skus", item.sku, fits(rule.skus, item.sku) if item.sku else None)
    if rule.asins:
        yield Look("asins", item.asin, fits(rule.asins, item.asin) if item.asin else None)
    if rule.promotions:
        like = next((each for each in item.promotions if fits(rule.promotions, each)), None)
        yield Look("promotions", like, like is not None)


def _looks_at_order(order: Order, rule: RuleSet) -> Iterator[Look]:
    if rule.marketplaces:
        market = marketplace_of(order.marketplace_id)
        code = market.code if market else None
        yield Look("marketplaces", code, code in rule.marketplaces if code else None)
    if rule.fulfilled_by:
        by = order.fulfilled_by.lower() if order.fulfilled_by in ("AMAZON", "MERCHANT") else None
        yield Look("fulfilled_by", by, by in rule.fulfilled_by if by else None)
    if rule.business_orders is not None:
        yield Look("business_orders", switch(order.is_business), order.is_business is rule.business_orders)
    if rule.order_value_below is not None or rule.order_value_above is not None:
        yield Look("order_value", money(order.value), _is_worth(order.value.amount, rule) if order.value else None)


def _is_worth(amount: Decimal, rule: RuleSet) -> bool:
    below, above = rule.order_value_below, rule.order_value_above
    return (below is None or amount < below) and (above is None or amount > above)
