"""Finances API 2024-06-19: listTransactions."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice

from marketplace.simulator import refund_json
from marketplace.simulator.messages import Call, iso, page_token, parse_time
from marketplace.simulator.replies import InvalidInputError, RefusalError, Reply, json_reply
from marketplace.simulator.sim_order import SimOrder
from marketplace.simulator.timeline import Entry
from marketplace.simulator.world import LAG, RELEASED_COPY, World, money
from rules.order import Money

PAGE = 500  # what a live answer held (selling-partner-api-models issue 4224)
LONGEST = timedelta(days=180)  # a longer range is answered with nothing, without an error
SHORT = timedelta(days=16)  # of which late pages were seen to work (selling-partner-api-models issue 4279)
SAME = "same"  # the page token of a fault
_STATUSES = frozenset(("DEFERRED", "RELEASED", "DEFERRED_RELEASED"))


def list_transactions(world: World, call: Call) -> Reply:
    """One page. It may be empty and not the last: transactions are filtered after the page is cut."""
    asked_with = call.query.get("nextToken", "")
    if asked_with == SAME:
        call = replace(call, query={name: value for name, value in call.query.items() if name != "nextToken"})
    elif asked_with and call.fault == "page_token_expired":
        raise InvalidInputError("Next token has expired.")
    elif asked_with and call.fault == "late_pages_fail" and _is_long(call):
        raise RefusalError(500, "InternalFailure", "We encountered an internal error. Please try again.")
    statuses = call.words("transactionStatus", _STATUSES)
    marketplace = call.query.get("marketplaceId")
    if "relatedIdentifierName" in call.query:
        page, token = _of_order(world, call), None
    else:
        page, token = _posted(world, call)
    transactions = []
    for at, order_id, what in page:
        order = world.orders[order_id]
        transaction = _transaction(order, at, what, call.now)
        if transaction is None or (statuses and transaction["transactionStatus"] not in statuses):
            continue
        if marketplace in (None, order.marketplace_id):
            transactions.append(transaction)
    payload: dict[str, object] = {"transactions": transactions}
    if token or call.fault == "same_page":
        payload["nextToken"] = SAME if call.fault == "same_page" else token
    return json_reply({"payload": payload})


def _is_long(call: Call) -> bool:
    after, before = call.time("postedAfter"), call.time("postedBefore") or call.now
    return after is not None and before - after > SHORT


def _of_order(world: World, call: Call) -> list[Entry]:
    if call.query["relatedIdentifierName"] != "ORDER_ID":
        raise InvalidInputError("Only ORDER_ID is simulated as relatedIdentifierName")
    order = world.order(call.query.get("relatedIdentifierValue", ""), call.account)
    return [(at, order.order_id, what) for at, what in money(order) if at <= call.now] if order else []


def _posted(world: World, call: Call) -> tuple[list[Entry], str | None]:
    after = call.time("postedAfter")
    if after is None:
        raise InvalidInputError("Start date cannot be null")
    visible = call.now - LAG
    before = call.time("postedBefore") or visible
    if after > visible or before > visible or before < after:
        raise InvalidInputError("Dates must be in order, and more than two minutes before the time of the request")
    if before - after > LONGEST:
        return [], None
    timeline = world.stream("finances")
    if "nextToken" in call.query:
        at, order_id, what, end = call.page("nextToken", 4)
        position, before = (parse_time(at, "nextToken"), order_id, what), parse_time(end, "nextToken")
        found = timeline.after(call.account, position, before)
    else:
        found = timeline.between(call.account, after, before)
    page = list(islice((entry for entry in found if entry[0] < before), PAGE + 1))
    if len(page) <= PAGE:
        return page, None
    at, order_id, what = page[PAGE - 1]
    return page[:PAGE], page_token(iso(at), order_id, what, iso(before))


def _transaction(order: SimOrder, at: datetime, what: str, now: datetime) -> dict[str, object] | None:
    """None: it is not shown at present. A shipment's transaction moves to its release when that has come."""
    released_at = order.released_at()
    if what.startswith("refund"):
        return _refund(order, at, what, now)
    if what == "shipment" and released_at and released_at <= now:
        return None
    amount = order.total() or Money(Decimal(0), "EUR")
    status = "DEFERRED" if what == "shipment" else "DEFERRED_RELEASED"
    transaction = _json(order, at, "shipment", "Shipment", status, amount, {"SHIPMENT_ID": f"{order.order_id}-1"})
    deferral = {"contextType": "DeferredContext", "deferralReason": "DD7"}
    if released_at:
        deferral["maturityDate"] = iso(released_at)
    return transaction | {"contexts": [deferral]}


def _refund(order: SimOrder, at: datetime, what: str, now: datetime) -> dict[str, object] | None:
    """One that is posted before the funds are released is deferred; when they are, it is listed once more."""
    first = what.removesuffix(RELEASED_COPY)
    refund, released_at = order.refunds[int(first.removeprefix("refund-"))], order.released_at()
    if refund.at + order.refund_visible_after > now:
        return None
    names = {"REFUND_ID": f"{order.order_id}-{first}"} if refund.kind == "Refund" else {}
    status = "DEFERRED"
    if what != first:
        status, names = "RELEASED", names | {"DEFERRED_TRANSACTION_ID": f"{order.order_id}-{first}"}
    elif released_at and released_at <= refund.at:
        status = "RELEASED"
    elif released_at and released_at <= now:
        names |= {"RELEASE_TRANSACTION_ID": f"{order.order_id}-{first}{RELEASED_COPY}"}
        status = "DEFERRED_RELEASED"
    said = _json(order, at, what, refund.kind, status, refund.amount, names)
    return said | refund_json.refund(order, refund)


def _json(
    order: SimOrder, at: datetime, what: str, kind: str, status: str, amount: Money, names: dict[str, str]
) -> dict[str, object]:
    identifiers = {"ORDER_ID": order.order_id} | names
    return {
        "sellingPartnerMetadata": {"accountType": "Standard Orders", "marketplaceId": order.marketplace_id},
        "relatedIdentifiers": [
            {"relatedIdentifierName": name, "relatedIdentifierValue": value} for name, value in identifiers.items()
        ],
        "transactionType": kind,
        "transactionId": f"{order.order_id}-{what}",
        "transactionStatus": status,
        "description": "Order Payment" if kind == "Shipment" else f"{kind} Order",
        "postedDate": iso(at),
        "totalAmount": {"currencyAmount": float(amount.amount), "currencyCode": amount.currency},
        "marketplaceDetails": {"marketplaceId": order.marketplace_id},
        "items": [],
        "contexts": [],
        "breakdowns": [],
    }
