"""Orders API 2026-01-01: searchOrders and getOrder."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from marketplace.simulator import sale_json
from marketplace.simulator.messages import Call, iso, page_token, parse_time
from marketplace.simulator.replies import InvalidInputError, NotFoundError, Reply, json_reply
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.timeline import Entry
from marketplace.simulator.world import LAG, World
from rules.order import Item
from settings.marketplaces import marketplace_of

STATUSES = frozenset(
    ("PENDING_AVAILABILITY", "PENDING", "UNSHIPPED", "PARTIALLY_SHIPPED", "SHIPPED", "CANCELLED", "UNFULFILLABLE")
)
DATA_SETS = frozenset(
    (
        *("BUYER", "RECIPIENT", "PROCEEDS", "EXPENSE", "PROMOTION", "CANCELLATION", "FULFILLMENT", "PACKAGES"),
        *("TAX", "PAYMENT", "FULFILLMENT_ORDERS"),
    )
)
FULFILLED_BY = frozenset(("AMAZON", "MERCHANT"))
TOKEN_LIFE = timedelta(hours=24)
SAME, OLDER = "same", "older:"  # page tokens of faults
_MAY_CHANGE = ("paginationToken", "maxResultsPerPage", "includedData")


def search_orders(world: World, call: Call) -> Reply:
    """One page, the least recently changed first."""
    token = call.query.get("paginationToken", "")
    if token == SAME:
        call = replace(call, query={**call.query, "paginationToken": ""})
    if token.startswith(OLDER):
        return _older_copies(world, call, token.removeprefix(OLDER).split(","))
    if token and call.fault == "page_token_expired":
        raise InvalidInputError("The paginationToken has expired")
    family, after, before = _range(call)
    statuses = call.words("fulfillmentStatuses", STATUSES)
    fulfilled_by = call.words("fulfilledBy", FULFILLED_BY)
    marketplaces = frozenset(filter(None, call.query.get("marketplaceIds", "").split(",")))
    included = call.words("includedData", DATA_SETS)
    stream = world.stream("created" if family == "created" else "updated")
    if call.query.get("paginationToken"):
        position, before = _position(call)
        entries = stream.after(call.account, position, before)
    else:
        entries = stream.between(call.account, after, before)

    def wanted(entry: Entry) -> bool:
        at, order_id, _ = entry
        order = world.orders[order_id]
        return (
            (family == "created" or world.updated_at(order_id, call.now) == at)
            and (not statuses or order.status(call.now) in statuses)
            and (not fulfilled_by or order.fulfilled_by in fulfilled_by)
            and (not marketplaces or order.marketplace_id in marketplaces)
        )

    page, more = _page((entry for entry in entries if wanted(entry)), _page_size(call))
    content: dict[str, object] = {
        "orders": [order_json(world, world.orders[order_id], call, included) for _, order_id, _ in page],
        f"{family}Before": iso(before),
    }
    if call.fault == "same_page":
        content["pagination"] = {"nextToken": SAME}
    elif more:
        content["pagination"] = {"nextToken": _token(call, page[-1], before)}
    elif call.fault == "older_copies":
        content["pagination"] = {"nextToken": OLDER + ",".join(order_id for _, order_id, _ in page)}
    return json_reply(content)


def _older_copies(world: World, call: Call, order_ids: list[str]) -> Reply:
    """The same orders once more, as they were before their last change (selling-partner-api-docs issue 2090)."""
    included = call.words("includedData", DATA_SETS)
    copies = []
    for order_id in order_ids:
        updated_at = world.updated_at(order_id, call.now)
        if updated_at and (earlier := world.updated_at(order_id, updated_at - timedelta(seconds=1))):
            copies.append(order_json(world, world.orders[order_id], replace(call, now=earlier), included))
    return json_reply({"orders": copies, "lastUpdatedBefore": iso(call.now - LAG)})


def get_order(world: World, call: Call) -> Reply:
    order = world.order(call.resource, call.account)
    if order is None or order.purchased_at > call.now:
        raise NotFoundError
    included = call.words("includedData", DATA_SETS)
    told = order_json(world, order, call, included)
    if "PROCEEDS" in included:
        told["orderItems"] = sale_json.with_proceeds(order, told["orderItems"])
    return json_reply({"order": told})


def order_json(world: World, order: SimOrder, call: Call, included: frozenset[str]) -> dict[str, Any]:
    """The order as of `now`, with the data sets that were asked for.

    Buyer and address are left out, as Amazon does, for an account without the roles for them. What each item costs is
    left to getOrder, since searchOrders must be quick.
    """
    now = call.now
    cancelled = order.status(now) == "CANCELLED"
    updated_at = world.updated_at(order.order_id, now) or order.purchased_at
    result: dict[str, Any] = {
        "orderId": order.order_id,
        "createdTime": iso(order.purchased_at),
        "lastUpdatedTime": iso(updated_at),
        "programs": ["AMAZON_BUSINESS"] * order.business + ["INVOICE_BY_AMAZON"] * order.invoiced_by_amazon,
        "salesChannel": _sales_channel(order),
        "orderItems": [
            _item_json(order, number, item, cancelled or item.cancelled, now, included)
            for number, item in enumerate(order.items, 1)
        ],
    }
    if order.replaces:
        kind = "EXCHANGE_ORIGINAL_ID" if order.exchanged_for_it else "REPLACEMENT_ORIGINAL_ID"
        result["associatedOrders"] = [{"orderId": order.replaces, "associationType": kind}]
    if "PROCEEDS" in included and (total := order.total()):
        result["proceeds"] = {"grandTotal": sale_json.money(total.amount, total.currency)}
        if order.other:
            other = {"type": "OTHER", "subtotal": sale_json.money(order.other, total.currency)}
            result["proceeds"]["breakdowns"] = [other]
    if "RECIPIENT" in included and (country := order.country):
        result["recipient"] = {"deliveryAddress": {"countryCode": country}}
    if order.buyer and world.account(call.account).buyer_data:
        result |= sale_json.buyer(order, order.buyer, included)
    if "FULFILLMENT" in included:
        result["fulfillment"] = _fulfillment(order, now)
    if "PACKAGES" in included and (packages := list(_packages(order, now))):
        result["packages"] = packages
    return result


def _sales_channel(order: SimOrder) -> dict[str, str]:
    channel: dict[str, str] = {"channelName": order.channel}
    if order.marketplace_id:
        channel["marketplaceId"] = order.marketplace_id
        if known := marketplace_of(order.marketplace_id):
            channel["marketplaceName"] = known.domain
    return channel


def _fulfillment(order: SimOrder, now: datetime) -> dict[str, object]:
    result: dict[str, object] = {"fulfillmentStatus": order.status(now), "fulfilledBy": order.fulfilled_by}
    if order.fulfilled_by == "MERCHANT" and order.deliver_by:
        earliest = order.deliver_by - timedelta(days=2)
        result["deliverByWindow"] = {"earliestDateTime": iso(earliest), "latestDateTime": iso(order.deliver_by)}
    return result


def _item_json(
    order: SimOrder, number: int, item: Item, cancelled: bool, now: datetime, included: frozenset[str]
) -> dict[str, object]:
    result: dict[str, object] = {
        "orderItemId": _item_id(order, number),
        "quantityOrdered": item.quantity,
        "product": {"asin": item.asin, "sellerSku": item.sku, "title": sale_json.title(order, number)},
    }
    if "TAX" in included and order.tax_by_amazon:
        collection = {"model": "MARKETPLACE_FACILITATOR", "responsibleParty": "Amazon Services"}
        result["tax"] = {"taxCollections": [collection]}
    if "PROMOTION" in included and item.promotions:
        result["promotion"] = {"breakdowns": [{"promotionId": promotion} for promotion in item.promotions]}
    fewer = order.prices[number - 1].cancelled if order.prices else 0
    if "CANCELLATION" in included and (cancelled or fewer):
        result["cancellation"] = {"cancellationExecution": {"cancelledBy": "BUYER", "cancelReason": "CHANGED_MIND"}}
    if "FULFILLMENT" in included:
        live = 0 if cancelled else order.live(number - 1)
        fulfilled = min(live, order.fulfilled(number - 1, now))
        unfulfilled = live - fulfilled
        result["fulfillment"] = {"quantityFulfilled": fulfilled, "quantityUnfulfilled": unfulfilled}
    return result


def _packages(order: SimOrder, now: datetime) -> Iterator[dict[str, object]]:
    for number, history in enumerate(order.parcels(), 1):
        past = [event for event in history if event.at <= now]
        if not past:
            continue
        status = {"status": past[-1].status}
        if past[-1].detailed_status and not order.detailed_status_missing:
            status["detailedStatus"] = past[-1].detailed_status
        yield {
            "packageReferenceId": str(number),
            "createdTime": iso(past[0].at),
            "shipTime": iso(past[0].at),
            "packageStatus": status,
            **({"packageItems": list(_contents(order, number))} if order.shipments else {}),
        }


def _contents(order: SimOrder, number: int) -> Iterator[dict[str, object]]:
    for item, quantity in enumerate(order.shipments[number - 1].pieces, 1):
        if quantity:
            yield {"orderItemId": _item_id(order, item), "quantity": quantity}


def _item_id(order: SimOrder, number: int) -> str:
    return f"{order.order_id.replace('-', '')}{number:02}"


def _range(call: Call) -> tuple[str, datetime, datetime]:
    """Which family of times is asked for, and from when to when; both ends are included."""
    created, updated = call.time("createdAfter"), call.time("lastUpdatedAfter")
    if (created is None) == (updated is None):
        raise InvalidInputError("Exactly one of createdAfter and lastUpdatedAfter must be provided")
    family, other = ("created", "lastUpdated") if created else ("lastUpdated", "created")
    after = created or updated
    assert after is not None
    if f"{other}Before" in call.query:
        raise InvalidInputError(f"{other}Before cannot be combined with {family}After")
    visible = call.now - LAG
    before = call.time(f"{family}Before") or visible
    if before > visible:
        raise InvalidInputError(f"{family}Before must be at least two minutes before the time of the request")
    if f"{family}Before" in call.query and before < after:
        raise InvalidInputError(f"{family}Before must be equal to or after {family}After")
    return family, after, before


def _page_size(call: Call) -> int:
    size = call.query.get("maxResultsPerPage", "100")
    if not size.isdecimal() or not 1 <= int(size) <= 100:
        raise InvalidInputError("maxResultsPerPage must be from 1 to 100")
    return int(size)


def _page(entries: Iterator[Entry], size: int) -> tuple[list[Entry], bool]:
    page: list[Entry] = []
    for entry in entries:
        if len(page) == size:
            return page, True
        page.append(entry)
    return page, False


def _filters(call: Call) -> list[list[str]]:
    return sorted([name, value] for name, value in call.query.items() if name not in _MAY_CHANGE)


def _token(call: Call, last: Entry, before: datetime) -> str:
    at, order_id, _ = last
    return page_token(iso(at), order_id, iso(before), iso(call.now), _filters(call))


def _position(call: Call) -> tuple[Entry, datetime]:
    """Where the page before ended, and the end of the whole search."""
    at, order_id, before, issued, filters = call.page("paginationToken", 5)
    if filters != _filters(call):
        raise InvalidInputError("The filters must be those of the call that gave the paginationToken")
    if call.now - parse_time(issued, "paginationToken") > TOKEN_LIFE:
        raise InvalidInputError("The paginationToken has expired")
    return (parse_time(at, "paginationToken"), order_id, ""), parse_time(before, "paginationToken")
