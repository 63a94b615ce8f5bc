"""An order of an All Orders report, and the history that led to its status."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from marketplace.simulator.sim_order import PackageEvent, SimOrder
from rules.order import Item, Money

_TRANSIT, _UNDELIVERABLE = "IN_TRANSIT", "UNDELIVERABLE"

# order-status: how far the order has come, and a merchant parcel's last words in Orders API 2026-01-01. Amazon cancels
# what it cannot fulfil (its fulfilment of other shops' orders).
_STATUSES: dict[str, tuple[str, str, str | None]] = {
    "pending": ("PENDING", "", None),
    "unshipped": ("UNSHIPPED", "", None),
    "invoice unconfirmed": ("UNSHIPPED", "", None),
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
    "unfulfillable": ("CANCELLED", "", None),
}


def status_of(text: str) -> str:
    """The status in lower case, in one spelling. Raises ValueError: none that is known."""
    words = re.sub(r"\s*[-–]\s*", " - ", re.sub(r"[\s_]+", " ", text)).strip().lower()
    words = words.replace("canceled", "cancelled").replace("partiallyshipped", "partially shipped")
    if words.startswith("pending"):  # Waiting for Pick Up, Label Cancelled, Availability: not shipped in any case
        return "pending"
    if words not in _STATUSES:
        raise ValueError(f"unknown order-status {text[:40]!r}")
    return words


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
    replaces: str | None = None
    exchanged: bool = False  # `replaces` was exchanged for this order, rather than replaced by it
    ships_abroad: bool | None = None  # None: the report does not say where it goes


def with_items(order: ReportedOrder) -> ReportedOrder:
    """An order with a status of its own cannot have nothing but cancelled lines: the order's status decides."""
    if _STATUSES[order.status][0] == "CANCELLED" or not all(item.cancelled for item in order.items):
        return order
    return replace(order, items=tuple(replace(item, cancelled=False) for item in order.items))


def to_sim_orders(orders: Iterable[ReportedOrder], transit: timedelta) -> list[SimOrder]:
    """The history that led to each order's status. The report tells no delivery date: it is taken to be `transit`
    after the purchase, for orders whose status says delivered, or just shipped."""
    return [_history(order, transit) for order in orders]


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
        replaces=order.replaces,
        exchanged_for_it=order.exchanged,
        ships_abroad=order.ships_abroad,
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
