"""GET_FLAT_FILE_VAT_INVOICE_DATA_REPORT: what each shipment and refund of an order must be invoiced with.

Columns: SP-API docs, "Invoice Data reports attributes". Amounts of promotions, and of refunds, are negative.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import chain

from marketplace.simulator.invoice_book import CORRECTION
from marketplace.simulator.messages import Call, iso
from marketplace.simulator.replies import InvalidInputError
from marketplace.simulator.sim_order import SimOrder, SimRefund
from marketplace.simulator.sim_sale import SimBuyer, SimPrice
from marketplace.simulator.world import World
from rules.order import Item
from rules.sale import ZERO, to_cent
from settings.marketplaces import MARKETPLACES_BY_ID

KEPT = timedelta(days=90)
MARKETPLACES = frozenset(("IE", "ES", "UK", "FR", "BE", "NL", "DE", "IT", "SE", "PL"))

FROM = "FR"  # where all goods leave

_NAMES = {
    "ITEM": ("item", "item-promo"),
    "SHIPPING": ("shipping", "shipping-promo"),
    "GIFT_WRAP": ("gift-wrap", "gift-promo"),
}


@dataclass(frozen=True, slots=True)
class Document:
    """One that the seller owes: for a shipment, or for a refund. Its totals are positive."""

    order_id: str
    kind: str  # invoice | credit_note
    shipping_id: str
    transaction_id: str
    at: datetime
    lines: tuple[tuple[Item, SimPrice], ...]
    total: Decimal
    vat: Decimal


def documents(order: SimOrder, now: datetime) -> Iterator[Document]:
    """Those of an order as of `now`, of what has left."""
    if order.status(now) == "CANCELLED":
        return
    sold = order.sold()
    shipments = sorted({price.shipment for _, _, price in sold})
    for shipment in shipments:
        left_at = _left_at(order, shipment)
        if left_at is None or left_at > now:
            continue
        lines = tuple((item, price) for _, item, price in sold if price.shipment == shipment)
        total = sum((price.paid for _, price in lines), ZERO)
        vat = sum((price.tax(on_top=False) for _, price in lines), ZERO)
        transaction = f"amzn:crow:{order.order_id}-{shipment}"
        place = (order.order_id, "invoice", shipping_id(order, shipment))
        yield Document(*place, transaction, left_at, lines, total, vat)
        if order.corrected_at and order.corrected_at <= now:
            kinds = (("credit_note", "CorrectionReversal:X"), ("invoice", CORRECTION + "X"))
            for kind, name in kinds:
                again = (order.order_id, kind, shipping_id(order, shipment), f"{name}:{order.order_id}-{shipment}")
                yield Document(*again, order.corrected_at, lines, total, vat)
    for index, refund in enumerate(order.refunds):
        if refund.at > now or not sold:
            continue
        yield from _credit_notes(order, refund, index)


def _credit_notes(order: SimOrder, refund: SimRefund, index: int) -> Iterator[Document]:
    """One for each shipment of which something is given back."""
    given = refund.given_back(order)
    prices = {number: (item, price) for number, item, price in order.sold() if number in given}
    for shipment in sorted({price.shipment for _, price in prices.values()}):
        lines = tuple(
            (item, _given_back(price, given[number]))
            for number, (item, price) in prices.items()
            if price.shipment == shipment
        )
        yield Document(
            order_id=order.order_id,
            kind="credit_note",
            shipping_id=shipping_id(order, shipment),
            transaction_id=f"amzn:crow:{order.order_id}-refund-{index}" + f"-{shipment}" * (shipment > 1),
            at=refund.at,
            lines=lines,
            total=sum((part.paid for _, part in lines), ZERO),
            vat=sum((part.tax(on_top=False) for _, part in lines), ZERO),
        )


def _given_back(price: SimPrice, amounts: Mapping[str, Decimal]) -> SimPrice:
    return replace(
        price,
        item=amounts.get("ITEM", ZERO) + amounts.get("GOODWILL", ZERO),
        shipping=amounts.get("SHIPPING", ZERO),
        gift_wrap=amounts.get("GIFT_WRAP", ZERO),
        discount=ZERO,
        shipping_discount=ZERO,
    )


def _left_at(order: SimOrder, shipment: int) -> datetime | None:
    """What is shipped in part leaves with its first shipment."""
    return order.partly_shipped_at if order.partly_shipped_at and shipment == 1 else order.shipped_at


def shipping_id(order: SimOrder, shipment: int) -> str:
    return f"{order.order_id}-{shipment}"


def pending(world: World, call: Call, marketplace_ids: list[str]) -> Iterator[dict[str, str]]:
    """The rows of what is missing. Empty for a seller without Amazon's VAT Calculation Service."""
    if any(MARKETPLACES_BY_ID[each].code not in MARKETPLACES for each in marketplace_ids if each in MARKETPLACES_BY_ID):
        raise InvalidInputError("Provided MarketplaceIdList is invalid.")
    if world.account(call.account).invoicing != "vcs":
        return
    entries = world.stream("finances").between(call.account, call.now - KEPT, call.now)
    changes = world.stream("updated").between(call.account, call.now - KEPT, call.now)
    for order_id in dict.fromkeys(order_id for _, order_id, _ in chain(entries, changes)):
        order = world.orders[order_id]
        if order.marketplace_id not in marketplace_ids or order.invoiced_by_amazon:
            continue
        for document in documents(order, call.now):
            told_apart = document.kind == "credit_note" or document.transaction_id.startswith(CORRECTION)
            credit = document.transaction_id if told_apart else None
            if not world.invoices.has(call.account, order_id, document.kind, document.shipping_id, credit):
                yield from rows(order, document, world.invoices.complaint(order_id, document.shipping_id))


def rows(order: SimOrder, document: Document, complaint: str) -> Iterator[dict[str, str]]:
    """One for each item of the document; `complaint`: why the last upload was rejected."""
    sign = 1 if document.kind == "invoice" else -1
    for number, (item, price) in enumerate(document.lines, 1):
        yield {
            "marketplace-id": order.marketplace_id or "",
            "order-id": order.order_id,
            "order-item-id": f"{order.order_id.replace('-', '')}{number:02}",
            "shipping-id": document.shipping_id,
            "transaction-id": document.transaction_id,
            "transaction-type": "SHIPMENT" if document.kind == "invoice" else "REFUND",
            "invoice-number": "",
            "invoice-status": "Rejected" if complaint else "Pending",
            "invoice-status-description": complaint,
            "is-amazon-invoiced": str(order.invoiced_by_amazon).lower(),
            "order-date": iso(order.purchased_at),
            "shipment-date": iso(_left_at(order, price.shipment) or document.at),
            "buyer-vat-number": (order.buyer and order.buyer.vat_number) or "",
            "seller-vat-number": "FR00000000000",
            "asin": item.asin or "",
            "sku": item.sku or "",
            "product-name": price.title,
            "quantity-purchased": str(item.quantity - price.cancelled),
            "currency": order.value.currency if order.value else "EUR",
            **_amounts(price, sign),
            "is-business-order": str(order.business).lower(),
            "purchase-order-number": (order.buyer and order.buyer.purchase_order) or "",
            **_addresses(order),
            "export-outside-eu": "false",
            "citation-en": _citation(order, price),
        }


def _citation(order: SimOrder, price: SimPrice) -> str:
    """The sentence to print. Its words are invented: Amazon's documentation has none."""
    buyer = order.buyer
    if buyer is None or not buyer.vat_number or price.tax_rate:
        return ""
    return "Reverse charge" if buyer.country == FROM else "Intra-Community supply exempt from VAT, Article 138"


def _amounts(price: SimPrice, sign: int) -> dict[str, str]:
    found: dict[str, str] = {}
    rate = f"{(price.tax_rate or ZERO) / 100:f}"
    for kind, amount, discount in price.charges:
        tax = price.tax_on(amount, on_top=False)
        off = tax - price.tax_on(amount - discount, on_top=False)
        for name, gross, vat in zip(_NAMES[kind], (amount, -discount), (tax, -off), strict=True):
            found[f"{name}-vat-incl-amount"] = str(to_cent(sign * gross))
            found[f"{name}-vat-amount"] = str(to_cent(sign * vat))
            found[f"{name}-vat-excl-amount"] = str(to_cent(sign * (gross - vat)))
            found[f"{name}-vat-rate"] = rate
    return found


def _addresses(order: SimOrder) -> dict[str, str]:
    buyer = order.buyer or SimBuyer("")
    ship = {f"ship-address-{number}": line for number, line in enumerate(buyer.lines[:3], 1)}
    bill = {f"bill-address-{number}": line for number, line in enumerate((buyer.billing_lines or buyer.lines)[:3], 1)}
    rest = {"city": buyer.city, "state": buyer.region, "postal-code": buyer.postal_code, "country": buyer.country}
    return {
        "recipient-name": buyer.recipient or buyer.name,
        **{f"ship-address-{number}": "" for number in (1, 2, 3)},
        **ship,
        **{f"ship-{name}": value for name, value in rest.items()},
        "ship-from-postal-code": "59553",
        "ship-from-country": FROM,
        "billing-name": buyer.name,
        **{f"bill-address-{number}": "" for number in (1, 2, 3)},
        **bill,
        **{f"bill-{name}": value for name, value in rest.items()},
        "buyer-name": buyer.name,
        "buyer-company-name": buyer.company or "",
    }
