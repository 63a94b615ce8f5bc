"""Amazon's JSON as facts (models: Orders 2026-01-01, Sellers v1, Solicitations v1).

Of buyer and recipient only the country is looked at here, and only whether it is another one is kept. A word that is
new is kept as it came.
"""

from datetime import datetime, timedelta
from typing import Any

from marketplace.amazon.nodes import at, listed, masked, money, number, objects, order_id, text, time
from marketplace.errors import Broken
from marketplace.port import OrdersPage, Participation
from rules.order import Item, Order, Package
from rules.text import storable
from settings.marketplaces import marketplace_of

# Amazon itself looks no closer than this when it is not told how far to look (`lastUpdatedBefore`).
AMAZON_LAG = timedelta(minutes=2)
MOST_PIECES = 10**9


def orders_page(document: dict[str, Any], now: datetime) -> OrdersPage:
    """An answer of searchOrders. Of several copies of an order the newest counts; what cannot be read is named."""
    nodes = document.get("orders")
    if not isinstance(nodes, list):
        raise Broken("searchOrders: an answer without orders")
    newest: dict[str, Order] = {}
    left_out = []
    for node in nodes:
        if order := order_of(node):
            known = newest.setdefault(order.order_id, order)
            newest[order.order_id] = max(known, order, key=lambda each: each.updated_at)
        else:
            left_out.append(_named(node))
    return OrdersPage(
        orders=tuple(newest.values()),
        next_token=text(document, "pagination", "nextToken"),
        as_of=min(time(document, "lastUpdatedBefore") or now - AMAZON_LAG, now),
        left_out=tuple(left_out),
    )


def one_order(document: dict[str, Any], order_id: str) -> Order:
    """An answer of getOrder. Raises Broken: it is not that order, or it cannot be read."""
    order = order_of(document.get("order"))
    if order is None or order.order_id != order_id:
        raise Broken("getOrder: an answer without the order that was asked for")
    return order


def order_of(node: Any) -> Order | None:
    """None: without its id, its times or its channel an order cannot be judged."""
    my_id, channel = order_id(node, "orderId"), text(node, "salesChannel", "channelName")
    purchased_at, updated_at = time(node, "createdTime"), time(node, "lastUpdatedTime")
    if not (my_id and channel and purchased_at and updated_at):
        return None
    promised = time(node, "fulfillment", "deliverByWindow", "latestDateTime")
    return Order(
        order_id=my_id,
        purchased_at=purchased_at,
        updated_at=updated_at,
        channel=channel,
        marketplace_id=text(node, "salesChannel", "marketplaceId"),
        status=text(node, "fulfillment", "fulfillmentStatus"),
        fulfilled_by=text(node, "fulfillment", "fulfilledBy"),
        items=tuple(_item(item) for item in objects(node, "orderItems")),
        packages=tuple(_package(package) for package in objects(node, "packages")),
        deliver_by=promised if promised and promised >= purchased_at else None,
        value=money(at(node, "proceeds", "grandTotal"), "amount"),
        programs=tuple(storable(word) for word in listed(node, "programs") if isinstance(word, str)),
        original_order_ids=tuple(
            original
            for other in objects(node, "associatedOrders")
            # REPLACEMENT_ORIGINAL_ID, EXCHANGE_ORIGINAL_ID
            if (text(other, "associationType") or "").endswith("_ORIGINAL_ID")
            and (original := order_id(other, "orderId"))
        ),
        ships_abroad=_ships_abroad(node),
    )


def _ships_abroad(node: Any) -> bool | None:
    """None: Amazon does not say, since it was not asked or the application has no role for it."""
    country = text(node, "recipient", "deliveryAddress", "countryCode")
    marketplace = marketplace_of(text(node, "salesChannel", "marketplaceId"))
    return country.upper() != marketplace.country if country and marketplace else None


def _named(node: Any) -> str:
    """An order that cannot be read, in words."""
    said = text(node, "orderId")
    return f"order {masked(said)}" if said else "an order without its id"


def participations(document: dict[str, Any]) -> tuple[Participation, ...]:
    if not isinstance(document.get("payload"), list):
        raise Broken("getMarketplaceParticipations: an answer without payload")
    return tuple(
        Participation(
            marketplace_id=marketplace_id,
            participating=at(node, "participation", "isParticipating") is True,
            suspended=at(node, "participation", "hasSuspendedListings") is True,
        )
        for node in objects(document, "payload")
        if (marketplace_id := text(node, "marketplace", "id"))
    )


def offered(operation: str, document: dict[str, Any], *names: str) -> bool:
    """Whether an action of one of these names is among the order's. Empty actions are Amazon's way to say no."""
    if not isinstance(document.get("_links"), dict):
        raise Broken(f"{operation}: an answer without _links")
    return any(action.get("name") in names for action in objects(document, "_links", "actions"))


def quantity_of(node: dict[str, Any]) -> int:
    """Of one of `orderItems`; what is no number of pieces counts as one."""
    quantity = _pieces(node.get("quantityOrdered"))
    return 1 if quantity is None else quantity


def fulfilled_of(node: dict[str, Any]) -> int:
    """How many pieces of one of `orderItems` were shipped; 0: none, or it is not said."""
    return _pieces(at(node, "fulfillment", "quantityFulfilled")) or 0


def unfulfilled_of(node: dict[str, Any]) -> int | None:
    """How many pieces of one of `orderItems` are still to be shipped; None: it is not said."""
    return _pieces(at(node, "fulfillment", "quantityUnfulfilled"))


def pieces_of(node: dict[str, Any]) -> int:
    """Of one of `packageItems`; 0: it is not said."""
    return _pieces(node.get("quantity")) or 0


def is_cancelled(node: dict[str, Any]) -> bool:
    """Whether one of `orderItems` was cancelled, and none of its pieces shipped; a request for it is not enough."""
    cancelled = at(node, "cancellation", "cancellationExecution") is not None
    return quantity_of(node) == 0 or (cancelled and not fulfilled_of(node))


def _pieces(found: Any) -> int | None:
    quantity = number(found)
    return (
        int(quantity) if quantity is not None and 0 <= quantity <= MOST_PIECES and quantity == int(quantity) else None
    )


def _item(node: dict[str, Any]) -> Item:
    return Item(
        sku=text(node, "product", "sellerSku"),
        asin=text(node, "product", "asin"),
        quantity=quantity_of(node),
        cancelled=is_cancelled(node),
        promotions=tuple(
            promotion for each in objects(node, "promotion", "breakdowns") if (promotion := text(each, "promotionId"))
        ),
    )


def _package(node: dict[str, Any]) -> Package:
    return Package(
        status=text(node, "packageStatus", "status") or "",
        detailed_status=text(node, "packageStatus", "detailedStatus"),
        shipped_at=time(node, "shipTime"),
    )
