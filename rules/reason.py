"""Every reason code, once: shared by code, JSON, docs and pages."""

from rules.coded import Coded


class Reason(Coded):
    """Why an order was not asked, or got no invoice; each with a sentence for people and, if there is one, a remedy."""

    def __init__(self, _code: str, meaning: str = "", remedy: str = "") -> None:
        self.meaning = meaning
        self.remedy = remedy

    # not yet
    DUE = "due", "its time has come: it goes out at Amazon's pace"
    NOT_SEEN = "not_seen", "Amazon has not shown the order yet"
    NOT_FETCHED_YET = "not_fetched_yet", "only a report has named the order: Amazon has not told the rest of it yet"
    NOT_SHIPPED = "not_shipped", "the order has not been shipped yet"
    NOT_DELIVERED = "not_delivered", "the order is not known to be delivered yet"
    TOO_EARLY = "too_early", "fewer days since delivery than the seller's day range asks for"
    OUTSIDE_TIME_SLOT = "outside_time_slot", "the seller's time slots and weekdays exclude this moment"
    BLACKOUT = "blackout", "the seller's blackout days exclude the next time at which it would be asked"
    NOT_OFFERED = "not_offered", "Amazon does not offer the request for this order at present"
    OUTSIDE_AMAZON_WINDOW = "outside_amazon_window", "Amazon says that today is outside its 5 to 30 days after delivery"
    DAILY_LIMIT = "daily_limit", "the seller's daily limit is used up", "raise daily_limit in the settings"
    STALE_FACTS = (
        "stale_facts",
        "a source of refunds, returns or orders is too old, unreadable or not permitted",
        "run `askonce check` to see which source, and why",
    )
    NOT_LIVE = "not_live", "the seller's settings say live = false", "set live = true in the settings"
    NOT_ARMED = (
        "not_armed",
        "nobody has armed the seller for this ledger, where it stands: nothing is sent",
        "run `askonce arm --seller NAME`",
    )
    RAMP_UP = "ramp_up", "the seller was armed a short time ago, and the most for today has gone out"
    STOP_FILE = (
        "stop_file",
        "the stop file is there: nothing is sent",
        "run `askonce check` to see where it is, and delete it",
    )
    PAUSED = "paused", "sending is paused", "run `askonce resume`"
    BRAKED = (
        "braked",
        "a brake stopped the marketplace: something is far from usual there",
        "run `askonce brakes`: it says what, what to look at, and what to type",
    )
    NOT_AUTHORISED = (
        "not_authorised",
        "Amazon refuses this seller's credentials or roles",
        "run `askonce check`, mend the credentials or roles, then `askonce resume --seller NAME`",
    )
    SAME_ACCOUNT = (
        "same_account",
        "another seller, in the settings or in the ledger, has the same Amazon account",
        "run `askonce check`: it names the other, and what to type",
    )
    BUSY = "busy", "Amazon, or the way to it, was busy or failing: nothing was sent; it is tried again"
    # not at all
    TOO_LATE = "too_late", "the day range or Amazon's own window has ended"
    NO_LONGER_KEPT = (
        "no_longer_kept",
        "the order is older than what the ledger keeps: whether it was asked is not known any more",
        "if you want it asked, look at the order in Seller Central, and ask there",
    )
    CANCELLED = "cancelled", "the order was cancelled"
    REFUNDED = "refunded", "the order was refunded"
    RETURNED = "returned", "the order was returned, or a return was requested"
    UNDELIVERABLE = "undeliverable", "a package was lost, damaged or could not be delivered"
    REPLACEMENT = "replacement", "the order replaces another one, was replaced or was exchanged"
    NOT_AMAZON_ORDER = "not_amazon_order", "the order was not sold on Amazon"
    MARKETPLACE_NOT_ENABLED = "marketplace_not_enabled", "the settings do not name the order's marketplace"
    DISABLED = "disabled", "the settings say enabled = false"
    LEFT_OUT = "left_out", "a person left the order out", "to take that back: `askonce skip --undo ORDER_ID`"
    BUSINESS_ORDER_EXCLUDED = "business_order_excluded", "the settings exclude business orders"
    SKU_EXCLUDED = "sku_excluded", "the settings exclude a SKU of the order"
    ASIN_EXCLUDED = "asin_excluded", "the settings exclude an ASIN of the order"
    FULFILMENT_EXCLUDED = "fulfilment_excluded", "the settings exclude who fulfilled the order"
    ORDER_VALUE_EXCLUDED = "order_value_excluded", "the settings exclude orders of this value"
    PROMOTION_EXCLUDED = "promotion_excluded", "the settings exclude orders with this promotion"
    DELIVERED_LATE = "delivered_late", "the settings exclude orders that came after their promised date"
    SHIPPED_ABROAD = "shipped_abroad", "the settings exclude orders that go to another country, or nobody says where to"
    RULE_SAYS_NO = "rule_says_no", "a rule set of the settings says ask = false for the order"
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
        "Amazon called the request wrong, again and again, or something unexpected happened: nothing was sent",
        "run `askonce explain ORDER_ID`, report it as a bug, then `askonce resolve ORDER_ID not-sent`",
    )
    NO_LONGER_OFFERED = "no_longer_offered", "the answer was lost, and Amazon no longer offers the request: it was sent"
    REQUESTED = "requested", "Amazon accepted the request"
    RESOLVED = "resolved", "a person settled it"
    # invoices: not yet
    ASKED_BY_HAND = "asked_by_hand", "a person asked for the document"
    AWAITING_TAX_DATA = "awaiting_tax_data", "Amazon has not given the shipment's VAT data yet"
    AWAITING_SHIPPING_DATE = "awaiting_shipping_date", "Amazon has not said yet on which day it shipped the order"
    PDF_MISSING = "pdf_missing", "the invoice folder holds no PDF for the order yet", "put it there"
    SUBMITTED = "submitted", "Amazon has the document and is checking it"
    INVOICES_NOT_AUTHORISED = (
        "invoices_not_authorised",
        "Amazon refuses this seller's roles for invoices; review requests go on",
        "run `askonce check`, grant the role, then `askonce resume --seller NAME`",
    )
    # invoices: not at all
    INVOICED_BY_AMAZON = "invoiced_by_amazon", "Amazon makes the order's invoice itself"
    BEFORE_START = "before_start", "the order was placed before the day that the settings name in invoices.since"
    NOTHING_TO_INVOICE = "nothing_to_invoice", "the order's total is zero"
    CORRECTED = "corrected", "a person had the invoice taken back, and another one replaces it"
    CREDIT_NOTE_KEPT = (
        "credit_note_kept",
        "the settings give Amazon no credit notes: the document is made and kept",
        "run `askonce invoice export ORDER_ID --to FOLDER`, and send it yourself if you must; those to come are "
        "uploaded with invoices.upload_credit_notes",
    )
    # invoices: in doubt
    TAX_DATA_MISSING = (
        "tax_data_missing",
        "Amazon gives no VAT for the order, and the settings name no rate",
        "set invoices.vat_rates in the settings",
    )
    BUYER_DATA_MISSING = (
        "buyer_data_missing",
        "Amazon does not give this account the buyer's name and address",
        "grant the application the roles that `askonce check` names",
    )
    PDF_AMBIGUOUS = "pdf_ambiguous", "the invoice folder holds several PDFs for the order", "leave one of them there"
    PDF_UNUSABLE = (
        "pdf_unusable",
        "the PDF for the order cannot be read, contradicts the order, or has a number that Amazon does not take",
        "run `askonce explain ORDER_ID`, and replace it in the invoice folder",
    )
    NOT_PRINTABLE = (
        "not_printable",
        "the invoice's page cannot be made, or cannot be kept",
        "run `askonce explain ORDER_ID`, and mend what it names",
    )
    WRONG_KEY = "wrong_key", "INVOICE_KEY is not the key that the document was kept with", "set the key of that time"
    INVOICE_REJECTED = (
        "invoice_rejected",
        "Amazon took the document and rejected it",
        "run `askonce explain ORDER_ID`; once the cause is mended, `askonce invoice resend ORDER_ID --why TEXT`",
    )
    STILL_PENDING = (
        "still_pending",
        "Amazon accepted the document, but still lists the invoice as missing",
        "look at the order in Seller Central, then `askonce invoice resend ORDER_ID --why TEXT` if it is not there",
    )
    NO_RESULT = (
        "no_result",
        "Amazon took the document, and has not said within two days what became of it",
        "look at the order in Seller Central, then `askonce resolve ORDER_ID sent --action invoice`, or `not-sent`",
    )
    INVOICED = "invoiced", "Amazon accepted the document"
