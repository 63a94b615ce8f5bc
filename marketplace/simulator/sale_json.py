"""Prices, taxes and buyers of orders in the words of the Orders API 2026-01-01."""

from decimal import Decimal
from typing import Any

from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.sim_sale import SimBuyer, SimPrice


def money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": str(amount), "currencyCode": currency}


def title(order: SimOrder, number: int) -> str:
    """Of the item with this number, from 1."""
    return order.prices[number - 1].title if order.prices else "A product"


def with_proceeds(order: SimOrder, items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`orderItems`, with what those cost that were not cancelled."""
    if order.value is None:
        return items
    told = {number: _proceeds(price, order.value.currency, order.tax_on_top) for number, _, price in order.sold()}
    return [item | ({"proceeds": told[number]} if number in told else {}) for number, item in enumerate(items, 1)]


def _proceeds(price: SimPrice, currency: str, on_top: bool) -> dict[str, object]:
    """Discounts are told as negative amounts, and the tax of a discount as one of TAX's parts."""
    parts: list[dict[str, object]] = [
        {"type": kind, "subtotal": money(amount, currency)} for kind, amount, _ in price.charges if amount
    ]
    if not price.item:
        parts.insert(0, {"type": "ITEM", "subtotal": money(Decimal("0.00"), currency)})
    discounts = {kind: -discount for kind, _, discount in price.charges if discount}
    if discounts:
        parts.append(_detailed("DISCOUNT", sum(discounts.values(), Decimal(0)), discounts, currency))
    if price.tax_rate is not None:
        parts.append(_detailed("TAX", price.tax(on_top=on_top), _taxes(price, on_top=on_top), currency))
    total = price.paid + on_top * price.tax(on_top=True)
    return {"proceedsTotal": money(total, currency), "breakdowns": parts}


def buyer(order: SimOrder, who: SimBuyer, included: frozenset[str]) -> dict[str, object]:
    """What was asked for of buyer, recipient and tax registration."""
    told: dict[str, object] = {}
    if "BUYER" in included:
        told["buyer"] = {
            "buyerName": who.name,
            **_given("buyerEmail", "hidden@marketplace.amazon.example" if order.fulfilled_by == "MERCHANT" else None),
            **_given("buyerCompanyName", who.company),
            **_given("buyerPurchaseOrderNumber", who.purchase_order),
        }
    if "RECIPIENT" in included:
        told["recipient"] = {"deliveryAddress": _address(who, who.lines, who.recipient or who.name)}
    if "TAX" in included and who.vat_number:
        registration = {
            "entityType": "BUYER",
            "taxRegistrationType": "VAT",
            "taxRegistrationNumber": who.vat_number,
            **_given("legalName", who.company),
            "taxRegistrationAddress": _address(who, who.billing_lines or who.lines, who.name),
        }
        told["tax"] = {"taxRegistrations": [registration]}
    return told


def _address(who: SimBuyer, lines: tuple[str, ...], name: str) -> dict[str, str]:
    return {
        "name": name,
        **_given("companyName", who.company),
        **{f"addressLine{number}": line for number, line in enumerate(lines[:3], 1)},
        **_given("city", who.city),
        **_given("stateOrRegion", who.region),
        **_given("postalCode", who.postal_code),
        **_given("countryCode", who.country),
    }


def _taxes(price: SimPrice, *, on_top: bool) -> dict[str, Decimal]:
    found, off = {}, Decimal(0)
    for kind, amount, discount in price.charges:
        if amount:
            found[kind] = price.tax_on(amount, on_top=on_top)
            off += price.tax_on(amount - discount, on_top=on_top) - found[kind]
    return {**found, "DISCOUNT": off} if off else found


def _detailed(kind: str, subtotal: Decimal, parts: dict[str, Decimal], currency: str) -> dict[str, object]:
    details = [{"subtype": subtype, "value": money(value, currency)} for subtype, value in parts.items()]
    return {"type": kind, "subtotal": money(subtotal, currency), "detailedBreakdowns": details}


def _given(name: str, value: str | None) -> dict[str, str]:
    return {name: value} if value else {}
