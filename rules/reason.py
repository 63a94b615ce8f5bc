"""Every reason code, once: shared by code, JSON, docs and pages."""

from enum import StrEnum


class Reason(StrEnum):
    """Why an order has not been asked; each with one sentence for people and, where there is one, what to do."""

    def __new__(cls, code: str, meaning: str = "", remedy: str = "") -> "Reason":
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.remedy = remedy
        return member

    meaning: str
    remedy: str

    # not yet
    DUE = "due", "it goes out now, at Amazon's pace"
    NOT_SEEN = "not_seen", "Amazon has not shown the order yet"
    NOT_SHIPPED = "not_shipped", "the order has not been shipped yet"
    NOT_DELIVERED = "not_delivered", "the order is not known to be delivered yet"
    TOO_EARLY = "too_early", "fewer days since delivery than the seller's day range asks for"
    OUTSIDE_TIME_SLOT = "outside_time_slot", "the seller's time slots and weekdays exclude this moment"
    NOT_OFFERED = "not_offered", "Amazon does not offer the request for this order at present"
    OUTSIDE_AMAZON_WINDOW = "outside_amazon_window", "Amazon says that today is outside its 5 to 30 days after delivery"
    DAILY_LIMIT = "daily_limit", "the seller's daily limit is used up", "raise daily_limit in the settings"
    STALE_FACTS = (
        "stale_facts",
        "a source of refunds, returns or orders is too old, unreadable or not permitted",
        "run `askonce check` to see which source, and why",
    )
    NOT_LIVE = "not_live", "the seller's settings say live = false", "set live = true in the settings"
    PAUSED = "paused", "sending is paused", "run `askonce resume`"
    NOT_AUTHORISED = (
        "not_authorised",
        "Amazon refuses this seller's credentials or roles",
        "run `askonce check`, mend the credentials or roles, then `askonce resume --seller NAME`",
    )
    BUSY = "busy", "Amazon, or the way to it, was busy or failing: nothing was sent; it is tried again"
    # not at all
    TOO_LATE = "too_late", "the day range or Amazon's own window has ended"
    CANCELLED = "cancelled", "the order was cancelled"
    REFUNDED = "refunded", "the order was refunded"
    RETURNED = "returned", "the order was returned, or a return was requested"
    UNDELIVERABLE = "undeliverable", "a package was lost, damaged or could not be delivered"
    REPLACEMENT = "replacement", "the order replaces another one, was replaced or was exchanged"
    NOT_AMAZON_ORDER = "not_amazon_order", "the order was not sold on Amazon"
    MARKETPLACE_NOT_ENABLED = "marketplace_not_enabled", "the settings do not name the order's marketplace"
    DISABLED = "disabled", "the settings say enabled = false"
    BUSINESS_ORDER_EXCLUDED = "business_order_excluded", "the settings exclude business orders"
    SKU_EXCLUDED = "sku_excluded", "the settings exclude a SKU of the order"
    ASIN_EXCLUDED = "asin_excluded", "the settings exclude an ASIN of the order"
    FULFILMENT_EXCLUDED = "fulfilment_excluded", "the settings exclude who fulfilled the order"
    ORDER_VALUE_EXCLUDED = "order_value_excluded", "the settings exclude orders of this value"
    PROMOTION_EXCLUDED = "promotion_excluded", "the settings exclude orders with this promotion"
    ALREADY_REQUESTED = "already_requested", "a review had already been requested for the order"
    # in doubt
    UNCLEAR = (
        "unclear",
        "the answer was lost: perhaps it was sent; Amazon is asked before anything else is done",
        "if it is held: look at the order in Seller Central, then `askonce resolve ORDER_ID sent` or `not-sent`",
    )
    UNKNOWN_REFUSAL = (
        "unknown_refusal",
        "Amazon refused in words that askonce does not know",
        "run `askonce explain ORDER_ID`, then `askonce resolve ORDER_ID sent` or `not-sent`",
    )
    BROKEN = (
        "broken",
        "Amazon called the request wrong, again and again: nothing was sent",
        "run `askonce explain ORDER_ID`, report it as a bug, then `askonce resolve ORDER_ID not-sent`",
    )
    NO_LONGER_OFFERED = "no_longer_offered", "the answer was lost, and Amazon no longer offers the request: it was sent"
    REQUESTED = "requested", "Amazon accepted the request"
    RESOLVED = "resolved", "a person settled it"
