"""An answer of getOrder as a sale (model: Orders 2026-01-01): with pending.py the only reader of a buyer's data.

What the model leaves open, and how it is read:

- Whether ITEM, SHIPPING and so on include the tax. In Orders v0 Amazon's prices include the VAT in Europe (SP-API docs,
  "(Option 1) Allow Amazon to Create Invoices": item_price is VAT-inclusive; selling-partner-api-models issue 4858), and
  ITEM takes the place of v0's ItemPrice (selling-partner-api-samples: orders-api-migration-data.json). The only example
  with TAX in the model, from the US, has it on top: 39.99 + 10.00 = 49.99. So the total decides: if the charges alone
  are grandTotal, they include the tax; if grandTotal is charges and tax, they do not. If it is neither, or there is no
  tax, the region decides: on top in North America, included elsewhere.
- The sign of DISCOUNT: it is taken off, whatever its sign.
- Whether an item of which some pieces were cancelled has the price of all, or of what was shipped: the total decides,
  too. So it does of what only the order's own breakdowns have (OTHER, COD_FEE, SHIPPING).
- TAX of subtype DISCOUNT (v0's PromotionDiscountTax): whether TAX's subtotal contains it. The subtotal is believed, and
  what the parts for the charges miss of it is laid on the discounted ones.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from marketplace.amazon.mapping import fulfilled_of, is_cancelled, pieces_of, quantity_of, unfulfilled_of
from marketplace.amazon.nodes import at, listed, money, objects, text, time
from marketplace.amazon.parties import buyer_of, recipient_of
from marketplace.errors import Broken
from rules.sale import ZERO, Charge, Sale, SaleLine, paid_for, tax_on, to_cent
from settings.marketplaces import marketplace_of

WHAT = "getOrder"
CHARGES = {
    "ITEM": Charge.ITEM,
    "SHIPPING": Charge.SHIPPING,
    "GIFT_WRAP": Charge.GIFT_WRAP,
    "COD_FEE": Charge.OTHER,
    "OTHER": Charge.OTHER,
}
# IOSS and UOSS were v0's DeemedResellerCategory: Amazon is deemed to be the seller, and owes the VAT.
SELLER_IS_AMAZON = ("IOSS", "UOSS", "DEEMED_RESELLER")
NOT_SENT = ("PENDING", "CANCELLED")
"""A package's states in which it has not left."""

Amounts = Mapping[str, Decimal]


def sale_of(document: dict[str, Any]) -> Sale:
    """Raises Broken for an order without its times, its marketplace or its amounts: no invoice can be made of it."""
    try:
        return _sale(at(document, "order"))
    except ArithmeticError:
        raise Broken(f"{WHAT}: amounts that cannot be reckoned with") from None


def _sale(order: Any) -> Sale:
    order_id, purchased_at = text(order, "orderId"), time(order, "createdTime")
    marketplace_id = text(order, "salesChannel", "marketplaceId")
    total = money(at(order, "proceeds", "grandTotal"), "amount")
    if not (order_id and purchased_at and marketplace_id):
        raise Broken(f"{WHAT}: an order without orderId, createdTime or marketplaceId")
    if total is None:
        raise Broken(f"{WHAT}: an order without proceeds")
    items = [item for item in objects(order, "orderItems") if not is_cancelled(item)]
    packages = [each for each in objects(order, "packages") if time(each, "shipTime")]
    shipped = [sent for package in packages if (sent := time(package, "shipTime"))]
    lines = _lines_of(order, items, total.amount, marketplace_id)
    if text(order, "fulfillment", "fulfillmentStatus") == "PARTIALLY_SHIPPED":
        lines = _with_what_left(lines, items, packages)
    return Sale(
        order_id=order_id,
        marketplace_id=marketplace_id,
        purchased_at=purchased_at,
        currency=total.currency,
        lines=lines,
        total=total.amount,
        buyer=buyer_of(order),
        recipient=recipient_of(order),
        shipped_at=max(shipped, default=None),
        business="AMAZON_BUSINESS" in listed(order, "programs"),
        purchase_order=text(order, "buyer", "buyerPurchaseOrderNumber"),
        fulfilled_by_amazon=text(order, "fulfillment", "fulfilledBy") == "AMAZON",
        tax_by_amazon=any(_taxed_by_amazon(item) for item in items),
    )


def _lines_of(
    order: dict[str, Any], items: Sequence[dict[str, Any]], total: Decimal, marketplace_id: str
) -> tuple[SaleLine, ...]:
    """Those that make up the total; if none do, what the items and the order say."""
    said = [line for item in items for line in _lines(item, free=not total)]
    shipped = [line for item in items for line in _shipped(item, _lines(item, free=not total))]
    extra = _of_the_order(order, said)
    ways = ([*said, *extra], said, [*shipped, *extra], shipped)
    found = [_as_documented(way, total, marketplace_id) for way in ways]
    return next((lines for lines in found if total in _sums(lines)), found[0])


def _sums(lines: Sequence[SaleLine]) -> tuple[Decimal, Decimal]:
    """What was paid, without a tax on top and with it."""
    paid = paid_for(lines)
    return paid, paid + tax_on(lines)


def _shipped(item: dict[str, Any], lines: Sequence[SaleLine]) -> list[SaleLine]:
    """An item's charges for the pieces that were shipped, of the charges for all that were ordered."""
    part = Decimal(_billed(item)) / quantity_of(item)
    return [
        replace(
            line,
            amount=to_cent(line.amount * part),
            discount=to_cent(line.discount * part),
            tax=None if line.tax is None else to_cent(line.tax * part),
        )
        for line in lines
    ]


def _billed(item: dict[str, Any]) -> int:
    """How many pieces: those that were shipped or still will be, once some were."""
    ordered, fulfilled, unfulfilled = quantity_of(item), fulfilled_of(item), unfulfilled_of(item)
    live = fulfilled + (unfulfilled or 0)
    return live if fulfilled > 0 and live < ordered else ordered


def _with_what_left(
    lines: Sequence[SaleLine], items: Sequence[dict[str, Any]], packages: Sequence[dict[str, Any]]
) -> tuple[SaleLine, ...]:
    """How much of each charge has been shipped, by pieces; what is charged for the order as a whole, with the first.

    An item says how many of its pieces were (`quantityFulfilled`); if none does, the packages say it.
    """
    left = {_name(item): fulfilled_of(item) for item in items}
    if not any(left.values()):
        named = [(_name(node), quantity) for each in packages for node, quantity in _contents(each)]
        left = {name: sum(quantity for other, quantity in named if other == name) for name in left}
    billed = {_name(item): _live(item) for item in items}
    sent = {name: min(left[name], pieces) for name, pieces in billed.items()}
    whole = Fraction(any(sent.values()))
    return tuple(
        replace(line, quantity=billed[line.item], left=Fraction(sent[line.item], billed[line.item]))
        if line.item in billed
        else replace(line, left=whole)
        for line in lines
    )


def _live(item: dict[str, Any]) -> int:
    """How many pieces of an item are shipped or still will be."""
    cancelled = at(item, "cancellation", "cancellationExecution") is not None
    return _billed(item) if cancelled or unfulfilled_of(item) is not None else quantity_of(item)


def _contents(package: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    if text(package, "packageStatus", "status") not in NOT_SENT:
        yield from ((node, quantity) for node in objects(package, "packageItems") if (quantity := pieces_of(node)))


def _name(node: dict[str, Any]) -> str | None:
    return text(node, "orderItemId")


def _of_the_order(order: dict[str, Any], lines: Sequence[SaleLine]) -> list[SaleLine]:
    """Charges that the order has beyond those of its items. Their tax is what it has beyond the items', if it says."""
    parts = {str(part.get("type")): part for part in objects(order, "proceeds", "breakdowns")}
    known = _amount(parts["TAX"], "subtotal") if "TAX" in parts else None
    tax = None if known is None else known - tax_on(lines)
    found = []
    for charge in (Charge.SHIPPING, Charge.GIFT_WRAP, Charge.OTHER):
        whole = sum((_amount(parts[kind], "subtotal") for kind in parts if CHARGES.get(kind) is charge), ZERO)
        more = whole - sum((line.amount for line in lines if line.charge is charge), ZERO)
        if more > 0:
            found.append(SaleLine(charge, "", 1, more, tax=tax if tax is not None and 0 < tax < more else None))
            tax = None
    return found


@dataclass(frozen=True, slots=True)
class _Proceeds:
    """What Amazon says of one item: charges, and discounts and taxes by the charge they belong to."""

    charges: Amounts
    discounts: Amounts
    taxes: Amounts | None


def _lines(item: dict[str, Any], *, free: bool) -> list[SaleLine]:
    proceeds = _proceeds(item, free=free)
    return [
        SaleLine(
            charge=CHARGES[kind],
            description=text(item, "product", "title") or "",
            quantity=_billed(item),
            amount=amount,
            discount=proceeds.discounts.get(kind, ZERO),
            tax=None if proceeds.taxes is None else proceeds.taxes.get(kind, ZERO),
            sku=text(item, "product", "sellerSku"),
            asin=text(item, "product", "asin"),
            item=_name(item),
        )
        for kind, amount in proceeds.charges.items()
        if amount or kind == "ITEM"
    ]


def _proceeds(item: dict[str, Any], *, free: bool) -> _Proceeds:
    parts = {str(part.get("type")): part for part in objects(item, "proceeds", "breakdowns")}
    charges = {kind: _amount(part, "subtotal") for kind, part in parts.items() if kind in CHARGES}
    if "ITEM" not in charges:
        whole = money(at(item, "proceeds", "proceedsTotal"), "amount")
        if parts or (whole is None and not free):
            raise Broken(f"{WHAT}: an item without its price")
        charges["ITEM"] = whole.amount if whole else ZERO
    discounts = _discounts(parts.get("DISCOUNT"), charges)
    return _Proceeds(charges, discounts, _taxes(parts.get("TAX"), charges, discounts))


def _discounts(part: dict[str, Any] | None, charges: Amounts) -> Amounts:
    """What the subtotal holds beyond its parts is taken off the item."""
    if part is None:
        return {}
    found = {kind: abs(amount) for kind, amount in _detailed(part).items() if kind in charges}
    rest = abs(_amount(part, "subtotal")) - sum(found.values())
    return {**found, "ITEM": found.get("ITEM", ZERO) + rest}


def _taxes(part: dict[str, Any] | None, charges: Amounts, discounts: Amounts) -> Amounts | None:
    """Adds up to the subtotal. Without parts, it is divided as the charges are."""
    if part is None:
        return None
    found = {kind: amount for kind, amount in _detailed(part).items() if kind in charges}
    rest = _amount(part, "subtotal") - sum(found.values())
    paid = {kind: amount - discounts.get(kind, ZERO) for kind, amount in charges.items()}
    shares = divided(rest, (discounts if found and any(discounts.values()) else paid))
    taxes = {kind: found.get(kind, ZERO) + shares.get(kind, ZERO) for kind in charges}
    return _without_free(taxes, paid)


def _without_free(taxes: Amounts, paid: Amounts) -> Amounts:
    """A cent of rounding is no tax on what is free: it is of the charge that is furthest from its share of the tax."""
    free, charged = [kind for kind in taxes if not paid[kind]], [kind for kind in taxes if paid[kind]]
    cents, whole = sum((taxes[kind] for kind in free), ZERO), sum(paid.values())
    rate, sign = sum(taxes.values()) / whole if whole else ZERO, 1 if cents > 0 else -1
    most = max(charged or free[:1], key=lambda kind: (sign * (rate * paid[kind] - taxes[kind]), paid[kind]))
    left = {**taxes, **dict.fromkeys(free, ZERO)}
    return {**left, most: left[most] + cents}


def divided(amount: Decimal, weights: Amounts) -> dict[str, Decimal]:
    """In proportion to the weights, to the cent; the last one bears the rounding."""
    whole, shares, last = sum(weights.values()), dict.fromkeys(weights, ZERO), next(reversed(list(weights)))
    if whole:
        shares = {kind: to_cent(amount * weight / whole) for kind, weight in weights.items()}
    return {**shares, last: shares[last] + amount - sum(shares.values())}


def _as_documented(lines: Sequence[SaleLine], total: Decimal, marketplace_id: str) -> tuple[SaleLine, ...]:
    """With the tax within the amounts, except in North America."""
    marketplace = marketplace_of(marketplace_id)
    north_america = marketplace is not None and marketplace.region == "na"
    paid = paid_for(lines)
    tax = tax_on(lines)
    on_top = bool(tax) and total == paid + tax
    if north_america and tax and total == paid:
        return tuple(_grown(line, -(line.tax or ZERO)) for line in lines)
    return tuple(_grown(line, line.tax or ZERO) for line in lines) if on_top and not north_america else tuple(lines)


def _grown(line: SaleLine, by: Decimal) -> SaleLine:
    """The same line with the tax that is on top of it put into it, and the discount's part into the discount."""
    paid = line.paid
    discount = to_cent(line.discount * (paid + by) / paid) if paid else line.discount
    return replace(line, amount=paid + by + discount, discount=discount)


def _taxed_by_amazon(item: dict[str, Any]) -> bool:
    """One such item is enough: Amazon makes no mixed orders of them that its documents tell of."""
    collected = any(each.get("model") == "MARKETPLACE_FACILITATOR" for each in objects(item, "tax", "taxCollections"))
    schemes = [text(each, "reportingScheme") or "" for each in objects(item, "tax", "taxCalculationBreakdowns")]
    return collected or any(word in scheme for scheme in schemes for word in SELLER_IS_AMAZON)


def _detailed(part: dict[str, Any]) -> Amounts:
    found: dict[str, Decimal] = {}
    for each in objects(part, "detailedBreakdowns"):
        if (kind := text(each, "subtype")) and kind != "DISCOUNT":
            found[kind] = found.get(kind, ZERO) + _amount(each, "value")
    return found


def _amount(node: dict[str, Any], name: str) -> Decimal:
    found = money(node.get(name), "amount")
    if found is None:
        raise Broken(f"{WHAT}: an amount that is none, in {name}")
    return found.amount
