"""The All Orders report by last update: a line for each item, with the address columns that nobody must keep."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from marketplace.simulator.messages import Call, iso
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.world import World
from settings.marketplaces import marketplace_of

REPORT = "GET_FLAT_FILE_ALL_ORDERS_DATA_BY_LAST_UPDATE_GENERAL"
LONGEST = timedelta(days=30)
"""The range that one report may cover; Amazon makes it anew at any time."""
_STATUS = {
    "PENDING": "Pending",
    "UNSHIPPED": "Unshipped",
    "PARTIALLY_SHIPPED": "Partially Shipped",
    "SHIPPED": "Shipped",
    "CANCELLED": "Cancelled",
}


def rows(
    world: World, call: Call, start: datetime, end: datetime, marketplace_ids: Sequence[str]
) -> Iterator[dict[str, str]]:
    """Every order whose last change until now lies in that time, as it is now."""
    for at, order_id, _ in world.stream("updated").between(call.account, start, min(end, call.now)):
        order = world.orders[order_id]
        if world.updated_at(order_id, call.now) == at and order.marketplace_id in (None, *marketplace_ids):
            yield from _lines(order, at, call.now)


def _lines(order: SimOrder, at: datetime, now: datetime) -> Iterator[dict[str, str]]:
    marketplace = marketplace_of(order.marketplace_id)
    status = order.status(now)
    for item in order.items:
        yield {
            "amazon-order-id": order.order_id,
            "merchant-order-id": order.order_id,
            "purchase-date": iso(order.purchased_at),
            "last-updated-date": iso(at),
            "order-status": _STATUS.get(status, status.title()),
            "fulfillment-channel": "Amazon" if order.fulfilled_by == "AMAZON" else "Merchant",
            "sales-channel": marketplace.domain if marketplace and order.channel == "AMAZON" else "Non-Amazon",
            "product-name": "A product",
            "sku": item.sku or "",
            "asin": item.asin or "",
            "item-status": "Shipped" if status == "SHIPPED" else "Unshipped",
            "quantity": str(item.quantity),
            "ship-city": "Beispielstadt",
            "ship-state": "",
            "ship-postal-code": "99999",
            "ship-country": order.country or "",
            "is-business-order": str(order.business).lower(),
        }
