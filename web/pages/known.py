"""What is known of an order, in the reader's words: what its life does not show already."""

from collections.abc import Iterator, Mapping
from typing import Any

from rules.order import UNKNOWN, Source
from tasks.explain import Explanation
from web.pages import Look

_STATUS: dict[str | None, str] = {
    "PENDING": "pending",
    "UNSHIPPED": "not shipped",
    "PARTIALLY_SHIPPED": "shipped in part",
    "SHIPPED": "shipped",
    "CANCELLED": "cancelled",
    "UNFULFILLABLE": "cannot be shipped",
}
_PARCEL: dict[str | None, str] = {
    "SHIPPED": "on its way",
    "OUT_FOR_DELIVERY": "out for delivery",
    "DELIVERED": "delivered",
    "UNDELIVERABLE": "undeliverable",
    "LOST": "lost",
    "DAMAGED": "damaged",
}
_FULFILLED: dict[str | None, str] = {"AMAZON": "Amazon (FBA)", "MERCHANT": "you (FBM)"}


def known(found: Explanation, look: Look) -> list[tuple[str, list[str]]]:
    """Names, and the lines under each; what nothing is known of is left out."""
    facts = {each.name: each.value for each in found.facts}
    place = next(each.text for each in found.facts if each.name == "marketplace_id")
    return [(name, [line for line in lines if line]) for name, lines in _rows(facts, place, found, look) if any(lines)]


def _rows(facts: Mapping[str, Any], place: str, found: Explanation, look: Look) -> Iterator[tuple[str, list[str]]]:
    tongue = look.tongue
    say, zone = tongue.say, look.sellers[found.seller].zone

    def moments(name: str) -> list[str]:
        return [tongue.moment(facts[name], zone, look.now)] if facts[name] else []

    def money(amount: Mapping[str, Any]) -> str:
        is_known = amount["currency"] != UNKNOWN.currency
        return tongue.money(amount["amount"], amount["currency"]) if is_known else say("unknown")

    def worded(words: Mapping[str | None, str], code: str | None) -> list[str]:
        return [say(words[code]) if code in words else code or ""]

    yield say("Marketplace"), [place if facts["channel"] == "AMAZON" else say("not Amazon")]
    yield say("Items"), [_item(each, look) for each in facts["items"]]
    yield say("Value"), [money(facts["value"])] if facts["value"] else []
    yield say("Status"), worded(_STATUS, facts["status"])
    yield say("Fulfilled by"), worded(_FULFILLED, facts["fulfilled_by"])
    yield say("Programs"), list(facts["programs"])
    yield (
        say("Parcels"),
        [line for each in facts["packages"] for line in worded(_PARCEL, each["detailed_status"] or each["status"])],
    )
    yield say("Promised for"), moments("deliver_by")
    yield say("Seen as delivered"), moments("seen_delivered_at")
    yield say("Seen as not delivered"), moments("not_delivered_at") if not facts["seen_delivered_at"] else []
    yield say("Arrival, Amazon's estimate"), moments("fba_arrival")
    yield say("Funds released for"), moments("funds_released_for")
    yield say("Replaces"), list(facts["replaces"])
    yield say("Replaced by"), [facts["replaced_by"] or ""]
    yield say("Refunds"), [money(each["amount"]) for each in facts["refunds"]]
    yield say("Returned, says"), [tongue.source(Source(facts["returned_by"]))] if facts["returned_by"] else []
    yield say("Changed at Amazon"), moments("updated_at")


def _item(item: Mapping[str, Any], look: Look) -> str:
    name = item["sku"] or item["asin"] or "?"
    asin = f" ({item['asin']})" if item["sku"] and item["asin"] else ""
    cancelled = f", {look.tongue.say('cancelled')}" if item["cancelled"] else ""
    return f"{name} × {item['quantity']}{asin}{cancelled}"
