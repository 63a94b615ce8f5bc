"""A seller's own All Orders report, as Seller Central exports it (Reports > Fulfilment or Order Reports > All Orders).

Tab- or comma-separated, plain or gzipped, whatever its name says; one line for each item of an order. Needed columns:
amazon-order-id, purchase-date, order-status. Without fulfillment-channel an order is the merchant's; without
sales-channel it is Amazon's, of no known marketplace.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Literal

from marketplace.simulator.report_file import ReportError, table
from marketplace.simulator.sim_order import PackageEvent, SimOrder
from rules.order import Item, Money
from settings.marketplaces import MARKETPLACES_BY_DOMAIN

__all__ = ["AllOrders", "Problem", "ReportError", "ReportedOrder", "read_all_orders", "to_sim_orders"]

_NEEDED = ("amazon-order-id", "purchase-date", "order-status")
_TRANSIT, _UNDELIVERABLE = "IN_TRANSIT", "UNDELIVERABLE"

# order-status, in lower case: how far the order has come, and a merchant parcel's last words in Orders API 2026-01-01.
_STATUSES: dict[str, tuple[str, str, str | None]] = {
    "pending": ("PENDING", "", None),
    "pending - waiting for pick up": ("PENDING", "", None),
    "unshipped": ("UNSHIPPED", "", None),
    "shipping": ("UNSHIPPED", "", None),
    "partially shipped": ("PARTIALLY_SHIPPED", "", None),
    "shipped": ("SHIPPED", "SHIPPED", None),
    "shipped - delivered to buyer": ("SHIPPED", "DELIVERED", "DELIVERED"),
    "shipped - picked up": ("SHIPPED", _TRANSIT, "PICKED_UP"),
    "shipped - out for delivery": ("SHIPPED", _TRANSIT, "OUT_FOR_DELIVERY"),
    "shipped - returned to seller": ("SHIPPED", _UNDELIVERABLE, "RETURNED_TO_SELLER"),
    "shipped - returning to seller": ("SHIPPED", _UNDELIVERABLE, "RETURNING_TO_SELLER"),
    "shipped - rejected by buyer": ("SHIPPED", _UNDELIVERABLE, "REJECTED_BY_BUYER"),
    "shipped - lost in transit": ("SHIPPED", _UNDELIVERABLE, "LOST"),
    "shipped - damaged": ("SHIPPED", _UNDELIVERABLE, "DAMAGED"),
    "shipped - undeliverable": ("SHIPPED", _UNDELIVERABLE, "UNDELIVERABLE"),
    "cancelled": ("CANCELLED", "", None),
    "canceled": ("CANCELLED", "", None),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """A line of the file (the first is 1) that was left out, and why."""

    line: int
    what: str


@dataclass(frozen=True, slots=True)
class ReportedOrder:
    """One order. `status` is Amazon's word in lower case; it decides, whatever the items' own statuses say."""

    order_id: str
    purchased_at: datetime
    status: str
    channel: Literal["AMAZON", "NON_AMAZON"]
    marketplace_id: str | None
    fulfilled_by: Literal["AMAZON", "MERCHANT"]
    items: tuple[Item, ...]
    value: Money | None
    business: bool


@dataclass(frozen=True, slots=True)
class AllOrders:
    """What the report holds. `lines` counts those below the header, with those that are a problem."""

    orders: list[ReportedOrder]
    lines: int
    problems: list[Problem]
    first_purchase: datetime | None
    last_purchase: datetime | None


def read_all_orders(path: Path) -> AllOrders:
    """Reads the whole file. A line that makes no sense is a Problem; a file that makes none raises ReportError."""
    rows = table(path)
    try:
        header = [_column(name) for name in next(rows, (0, []))[1]]
        missing = [name for name in _NEEDED if name not in header]
        if missing:
            raise ReportError(f"{path} has no column {', '.join(missing)}: export the All Orders report again, with it")
        orders: dict[str, ReportedOrder] = {}
        problems: list[Problem] = []
        lines = 0
        for line, row in rows:
            lines += 1
            try:
                order = _order(header, row)
            except ValueError as complaint:
                problems.append(Problem(line, str(complaint)))
                continue
            known = orders.get(order.order_id)
            orders[order.order_id] = _together(known, order) if known else order
    except csv.Error as complaint:
        raise ReportError(f"{path} is no table ({complaint}): export the All Orders report again") from complaint
    bought = [order.purchased_at for order in orders.values()]
    return AllOrders(
        [_with_items(order) for order in orders.values()],
        lines,
        problems,
        min(bought, default=None),
        max(bought, default=None),
    )


def to_sim_orders(orders: Iterable[ReportedOrder], transit: timedelta) -> list[SimOrder]:
    """The history that led to each order's status. The report tells no delivery date: it is taken to be `transit`
    after the purchase, for orders whose status says delivered, or just shipped."""
    return [_history(order, transit) for order in orders]


def _column(name: str) -> str:
    return name.strip().lower().replace("_", "-").replace(" ", "-")


def _order(header: list[str], row: list[str]) -> ReportedOrder:
    """Raises ValueError."""
    if len(row) != len(header):
        raise ValueError(f"{len(row)} columns, where the header has {len(header)}")
    cells = dict(zip(header, map(str.strip, row), strict=True))
    if not cells["amazon-order-id"]:
        raise ValueError("no order id")
    status = cells["order-status"].lower()
    if status not in _STATUSES:
        raise ValueError(f"unknown order-status {cells['order-status']!r}")
    item = _item(cells)
    channel, marketplace_id = _channel(cells.get("sales-channel", ""))
    return ReportedOrder(
        order_id=cells["amazon-order-id"],
        purchased_at=_date(cells["purchase-date"]),
        status=status,
        channel=channel,
        marketplace_id=marketplace_id,
        fulfilled_by="AMAZON" if cells.get("fulfillment-channel", "").lower() in ("amazon", "afn") else "MERCHANT",
        items=(item,),
        value=None if item.cancelled else _value(cells),
        business=cells.get("is-business-order", "").lower() == "true",
    )


def _channel(sales_channel: str) -> tuple[Literal["AMAZON", "NON_AMAZON"], str | None]:
    if sales_channel.lower().startswith("non-amazon"):
        return "NON_AMAZON", None
    if not sales_channel:
        return "AMAZON", None
    known = MARKETPLACES_BY_DOMAIN.get(sales_channel.lower())
    if known is None:
        raise ValueError(f"unknown sales-channel {sales_channel!r}")
    return "AMAZON", known.marketplace_id


def _date(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"purchase-date {text!r} is no date") from None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _item(cells: dict[str, str]) -> Item:
    quantity = cells.get("quantity", "") or "1"
    if not quantity.isdecimal():
        raise ValueError(f"quantity {quantity!r} is no number")
    promotions = filter(None, map(str.strip, cells.get("promotion-ids", "").split(",")))
    return Item(
        sku=cells.get("sku") or None,
        asin=cells.get("asin") or None,
        quantity=int(quantity),
        cancelled=cells.get("item-status", "").lower() in ("cancelled", "canceled"),
        promotions=tuple(promotions),
    )


def _value(cells: dict[str, str]) -> Money | None:
    """The line's price (item-price is for the line's whole quantity)."""
    price, currency = cells.get("item-price", ""), cells.get("currency", "")
    if not price or not currency:
        return None
    try:
        return Money(Decimal(price), currency)
    except InvalidOperation:
        raise ValueError(f"item-price {price!r} is no amount") from None


def _together(known: ReportedOrder, line: ReportedOrder) -> ReportedOrder:
    """One more line of an order that is known already."""
    value = known.value or line.value
    if known.value and line.value:
        value = Money(known.value.amount + line.value.amount, known.value.currency)
    return replace(known, items=known.items + line.items, value=value)


def _with_items(order: ReportedOrder) -> ReportedOrder:
    """An order with a status of its own cannot have nothing but cancelled lines: the order's status decides."""
    if _STATUSES[order.status][0] == "CANCELLED" or not all(item.cancelled for item in order.items):
        return order
    return replace(order, items=tuple(replace(item, cancelled=False) for item in order.items))


def _history(order: ReportedOrder, transit: timedelta) -> SimOrder:
    progress, word, detail = _STATUSES[order.status]
    bought = order.purchased_at
    sim_order = SimOrder(
        order_id=order.order_id,
        purchased_at=bought,
        marketplace_id=order.marketplace_id,
        channel=order.channel,
        fulfilled_by=order.fulfilled_by,
        items=order.items,
        value=order.value,
        business=order.business,
        pending=progress == "PENDING",
    )
    shipped, arrived = bought + min(timedelta(days=1), transit), bought + transit
    match progress:
        case "CANCELLED":
            return replace(sim_order, cancelled_at=bought + timedelta(hours=1))
        case "PARTIALLY_SHIPPED":
            return replace(sim_order, partly_shipped_at=shipped)
        case "SHIPPED":
            return replace(
                sim_order,
                shipped_at=shipped,
                delivered_at=arrived if word in ("SHIPPED", "DELIVERED") else None,
                deliver_by=arrived,
                packages=() if order.fulfilled_by == "AMAZON" else (_parcel(shipped, arrived, word, detail),),
            )
        case _:
            return sim_order


def _parcel(shipped: datetime, arrived: datetime, word: str, detail: str | None) -> tuple[PackageEvent, ...]:
    if word == "SHIPPED":  # untracked: Amazon hears no more of it
        return (PackageEvent(shipped, word),)
    if word == _TRANSIT:
        return (PackageEvent(shipped, word, detail),)
    return PackageEvent(shipped, _TRANSIT, "PICKED_UP"), PackageEvent(arrived, word, detail)
